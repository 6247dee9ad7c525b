"""The label command (面单命令): orders in JSON become pictures, printers' commands, or both."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from scanners.label.content import LabelOrder, build_label, parse_orders
from scanners.label.layout import lay_out
from scanners.label.media import Form, Media
from scanners.label.png import draw_png
from scanners.label.typeface import Typeface
from scanners.label.zpl import write_zpl
from tracker.wire.details import LOCAL
from tracker.wire.enrolment import read_enrolment
from tracker.wire.label_token import label_address, label_token
from tracker.wire.private_file import write_private
from tracker.wire.signature import decode_base64url
from web.commands.running import Misused
from web.settings import Settings

MAX_BYTES = 16 * 1024 * 1024
STANDARD_INPUT = Path("-")


def run_label(
    settings: Settings,
    file: Path,
    out: Path,
    *,
    media: Media,
    form: Form,
    enrolment_file: Path | None,
    now: datetime,
    stdin: BinaryIO,
) -> Iterator[tuple[str, bool]]:
    """Write a file or two a label, in the order given; each waybill number, and whether its code opens more.

    Every label is laid out before any is written. Raises Misused, LabelError, OSError, NotAnEnrolment.
    """
    if settings.public_url is None:
        raise Misused(
            "请设置 JIXIN_PUBLIC_URL · the QR code holds an address: set JIXIN_PUBLIC_URL, such as https://trace.example"
        )
    key = _label_key(enrolment_file)
    orders = parse_orders(_read(file, stdin))
    typeface = Typeface(settings.label_font)
    written: dict[Path, bytes] = {}
    for order in orders:
        address = label_address(settings.public_url, order.waybill_no, _token(key, order))
        sheet = lay_out(build_label(order, printed_at=now.astimezone(LOCAL), address=address), media, typeface)
        if form is not Form.ZPL:
            written[out / f"{order.waybill_no}.png"] = draw_png(sheet)
        if form is not Form.PNG:
            written[out / f"{order.waybill_no}.zpl"] = write_zpl(sheet)
    for path, content in written.items():
        write_private(path, content)
    for order in orders:
        yield order.waybill_no, key is not None


def _label_key(enrolment_file: Path | None) -> bytes | None:
    """The device's label key; None without an enrolment. Raises Misused where the enrolment has none."""
    if enrolment_file is None:
        return None
    text = read_enrolment(enrolment_file).label_key
    if text is None:
        raise Misused(
            f"此凭据没有面单密钥，请重新入网 · {enrolment_file} holds no label key: make a new one with `jixin enrol`"
        )
    return decode_base64url(text)


def _token(key: bytes | None, order: LabelOrder) -> str | None:
    return label_token(key, order.waybill_no) if key else None


def _read(file: Path, stdin: BinaryIO) -> bytes:
    octets = stdin.read(MAX_BYTES + 1) if file == STANDARD_INPUT else _head(file)
    if len(octets) > MAX_BYTES:
        raise Misused(
            f"一次最多 {MAX_BYTES // 2**20} MiB · at most {MAX_BYTES // 2**20} MiB of orders at once: split them"
        )
    return octets


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)
