"""The PDF: the same bytes again, every character from its font, signed whole, and its QR code leads to the page."""

import re
from dataclasses import asdict, replace
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from scanners.label.errors import CharacterMissing
from tests.web.report.world import BASE, Printed
from tracker.wire.key_set import encode_key_set
from web.commands.verifying import run_verify
from web.report.facts import Audience
from web.report.making import SignedFacts, make_pdf
from web.report.pairs import Pair
from web.report.pdf_signature import PdfUnsigned, check_pdf, sign_pdf
from web.report.typesetting import draw_pages, typeset


@pytest.fixture
def made(printed: Printed) -> SignedFacts:
    printed.object("FARREACH")
    return printed.signed("FARREACH")


def characters_of(pdf: bytes) -> set[str]:
    """What the embedded fonts map their glyphs to: what a reader finds, copies and reads aloud."""
    reader, found = PdfFileReader(BytesIO(pdf)), set[str]()
    for page in range(int(reader.root["/Pages"]["/Count"])):
        fonts = reader.find_page_for_modification(page)[0].get_object()["/Resources"]["/Font"]
        for name in fonts:
            table = fonts[name]["/ToUnicode"].data.decode()
            for code in re.findall(r"^<[0-9a-fA-F]+> <([0-9a-fA-F]+)>$", table, re.M):
                found.update(bytes.fromhex(code).decode("utf-16-be"))
    return found


def texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        value = list(value.values())
    return {c for each in value for c in texts(each)} if isinstance(value, list | tuple) else set(str(value or ""))


def test_the_same_report_gives_the_same_bytes_and_the_signature_only_adds_to_them(
    printed: Printed, made: SignedFacts
) -> None:
    first = typeset(printed.layout(made), made.signed, font=None)
    assert typeset(printed.layout(printed.signed("FARREACH")), made.signed, font=None) == first
    assert make_pdf(made, printed.layout(made), printed.settings).startswith(first)
    assert b"pdfaid" in first
    assert b"D:20261018140300" in first, "its date is the run's moment"


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("code", ["FARREACH", "SMALLTOWN"])
def test_every_character_is_there_to_be_read(printed: Printed, code: str, audience: Audience) -> None:
    made = printed.signed(code, audience)
    layout = printed.layout(made)
    pdf = typeset(layout, made.signed, font=None)
    placed = asdict(layout) | {
        "as_of": None,
        "no_address": None,
        "tables": [asdict(each if each.rows else replace(each, heads=())) | {"none": None} for each in layout.tables],
    }
    wanted = texts(placed)
    assert {each for each in wanted if not each.isspace()} <= characters_of(pdf)


def test_a_character_that_no_font_has_is_an_error_that_names_the_setting(printed: Printed, made: SignedFacts) -> None:
    rare = replace(printed.layout(made), name=Pair("\U0002b81c快递"))
    with pytest.raises(CharacterMissing, match="JIXIN_LABEL_FONT"):
        typeset(rare, made.signed, font=None)


def test_one_name_may_take_its_characters_from_two_fonts(printed: Printed, made: SignedFacts) -> None:
    mixed = replace(printed.layout(made), name=Pair("ა快递"))
    with pytest.raises(CharacterMissing, match="U\\+10D0"):
        typeset(mixed, made.signed, font=None)
    other = Path(str(files("barcode").joinpath("fonts/DejaVuSansMono.ttf")))
    assert set("ა快递") <= characters_of(typeset(mixed, made.signed, font=other))


def test_the_code_on_the_last_page_leads_to_the_page(printed: Printed, made: SignedFacts) -> None:
    pages = draw_pages(printed.layout(made), made.signed, font=None)
    codes = [code.text for code in zxingcpp.read_barcodes(Image.open(BytesIO(pages[-1])))]
    assert codes == [f"{BASE}/carriers/FARREACH/report?run={printed.run_id}"]
    nowhere = draw_pages(replace(printed.layout(made), address=None), made.signed, font=None)
    assert zxingcpp.read_barcodes(Image.open(BytesIO(nowhere[-1]))) == []


def test_one_signature_covers_every_octet(printed: Printed, made: SignedFacts) -> None:
    pdf = make_pdf(made, printed.layout(made), printed.settings)
    assert check_pdf(pdf).attachment == made.signed
    assert check_pdf(pdf).fingerprint == made.sealing.certificate
    for at in (20, len(pdf) // 3, pdf.index(b"/ByteRange") - 30, len(pdf) - 40):
        with pytest.raises(PdfUnsigned):
            check_pdf(bytes([*pdf[:at], pdf[at] ^ 1, *pdf[at + 1 :]]))
    with pytest.raises(PdfUnsigned):
        check_pdf(pdf[:-9])
    with pytest.raises(PdfUnsigned, match="一个签名"):
        check_pdf(typeset(printed.layout(made), made.signed, font=None))


def test_a_file_that_is_nested_too_deep_is_no_report() -> None:
    body = b"%PDF-1.7\n1 0 obj\n" + b"[" * 100_000 + b"\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Size 2/Root 1 0 R>>\n"
    with pytest.raises(PdfUnsigned, match="不是签名"):
        check_pdf(body + table + b"startxref\n%d\n%%%%EOF" % len(body))


def test_what_is_added_after_the_signature_is_refused(printed: Printed, made: SignedFacts) -> None:
    pdf = make_pdf(made, printed.layout(made), printed.settings)
    writer, out = IncrementalPdfFileWriter(BytesIO(pdf)), BytesIO()
    writer.root["/Lang"] = writer.root["/Lang"]
    writer.update_root()
    writer.write(out)
    assert out.getvalue().startswith(pdf)
    with pytest.raises(PdfUnsigned, match="改动"):
        check_pdf(out.getvalue())


def test_the_command_says_what_it_proved_and_wants_the_certificate_that_the_content_names(
    printed: Printed, made: SignedFacts, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    keys.write_bytes(encode_key_set(printed.keys.values()))

    def verify(name: str, content: bytes) -> tuple[bool, str]:
        said: list[str] = []
        (tmp_path / name).write_bytes(content)
        return run_verify(tmp_path / name, keys, say=said.append), "\n".join(said)

    holds, said = verify("report.json", made.signed)
    assert holds
    assert "远达速递" in said
    assert "处理中 open 1" in said
    holds, said = verify("report.pdf", make_pdf(made, printed.layout(made), printed.settings))
    assert holds
    assert "一个字节也没有变" in said
    (printed.settings.receipt_key_file.parent / "reports.pem").unlink()
    other = printed.signed("FARREACH").signer
    forged = sign_pdf(typeset(printed.layout(made), made.signed, font=None), other)
    assert verify("forged.pdf", forged) == (
        False,
        "✗ 不是本机构的证书签的 the PDF is signed by another certificate than its signed content names",
    )
    assert verify("bare.pdf", b"%PDF-1.7\n")[0] is False
    assert verify("odd.json", made.signed.replace(b"a", b"b", 1))[0] is False
