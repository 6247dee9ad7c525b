"""The label (面单): masked, whole, in exact dots, and the same from either kind of printer."""

import re
from io import BytesIO
from itertools import product

import msgspec
import pytest
import zxingcpp
from PIL import Image

from scanners.label.content import Party, parse_orders
from scanners.label.errors import NumberTooLong, OrderUnreadable
from scanners.label.layout import lay_out
from scanners.label.marks import Sheet
from scanners.label.media import MM_PER_INCH, NARROWEST_BAR, Media, Paper
from scanners.label.png import draw_png
from scanners.label.symbols import Bars
from scanners.label.typeface import Typeface
from scanners.label.zpl import write_zpl
from tests.conftest import Golden
from tests.scanners.label.orders import label_of, make_orders, sheet_of
from tests.scanners.label.zpl_reader import read_zpl

MEDIA = [Media(paper, dpi) for paper, dpi in product(Paper, (203, 300))]
NAMES = [f"{media.paper}-{media.dpi}" for media in MEDIA]
ORDERS = [known.order for known in make_orders(6, seed=7)]
ORDER = {
    "waybill_no": "SF1234567890123",
    "carrier": "青鸟速运",
    "sender": {"name": "李娜", "phone": "0755-86543210", "address": "广东省深圳市南山区科苑路15号创新大厦B座1203"},
    "recipient": {"name": "欧阳小明", "phone": "13800138000", "address": "浙江省杭州市文三路100号5栋3单元501室"},
    "destination": "330106",
    "station": "HZ07",
    "weight_g": 1250,
    "inspected": True,
}


def picture(png: bytes) -> Image.Image:
    return Image.open(BytesIO(png)).convert("L")


@pytest.mark.parametrize("media", MEDIA, ids=NAMES)
def test_png_and_zpl_are_the_same_dots(media: Media) -> None:
    for order in ORDERS:
        sheet = sheet_of(order, media)
        png = picture(draw_png(sheet))
        assert png.size == (media.width, media.height)
        assert read_zpl(write_zpl(sheet)).print().tobytes() == png.tobytes()


@pytest.mark.parametrize("media", MEDIA, ids=NAMES)
def test_a_png_says_its_dots_an_inch(media: Media) -> None:
    opened = Image.open(BytesIO(draw_png(sheet_of(ORDERS[0], media))))
    assert opened.info["dpi"] == pytest.approx((media.dpi, media.dpi), abs=0.1)
    assert opened.mode == "1"
    assert media.paper.width - media.width * MM_PER_INCH / media.dpi < 0.2
    assert media.width * MM_PER_INCH / media.dpi <= media.paper.width


@pytest.mark.parametrize("media", MEDIA, ids=NAMES)
def test_codes_have_whole_dots_and_their_white_around_them(media: Media) -> None:
    for order in ORDERS:
        sheet = sheet_of(order, media)
        page = picture(draw_png(sheet))
        assert read_zpl(write_zpl(sheet)).bar_modules() == [code.module for code in sheet.barcodes]
        for code in sheet.barcodes:
            assert NARROWEST_BAR <= code.module * MM_PER_INCH / media.dpi <= 0.51
            assert_white(page, code.x - code.quiet, code.y, code.x, code.y + code.height)
            assert_white(page, code.x + code.width, code.y, code.x + code.width + code.quiet, code.y + code.height)
        qr = sheet.qr
        assert 0.5 <= qr.module * MM_PER_INCH / media.dpi <= 0.9
        low, high = qr.x + qr.width + qr.quiet, qr.y + qr.width + qr.quiet
        assert_white(page, qr.x - qr.quiet, qr.y - qr.quiet, low, qr.y)
        assert_white(page, qr.x - qr.quiet, qr.y + qr.width, low, high)
        assert_white(page, qr.x - qr.quiet, qr.y, qr.x, qr.y + qr.width)
        assert_white(page, qr.x + qr.width, qr.y, low, qr.y + qr.width)


def assert_white(page: Image.Image, left: int, top: int, right: int, bottom: int) -> None:
    assert 0 <= left < right <= page.width
    assert 0 <= top < bottom <= page.height
    assert page.crop((left, top, right, bottom)).getextrema() == (255, 255)


@pytest.mark.parametrize("media", MEDIA, ids=NAMES)
def test_no_words_lie_on_others_or_on_codes(media: Media) -> None:
    for order in ORDERS:
        sheet = sheet_of(order, media)
        boxes = [box for mark in sheet.pictures if (box := ink_of(mark.x, mark.y, mark.image)) is not None]
        boxes += [(code.x, code.y, code.x + code.width, code.y + code.height) for code in sheet.barcodes]
        boxes += [(rule.x, rule.y, rule.x + rule.width, rule.y + rule.height) for rule in sheet.rules]
        boxes.append((sheet.qr.x, sheet.qr.y, sheet.qr.x + sheet.qr.width, sheet.qr.y + sheet.qr.width))
        for at, one in enumerate(boxes):
            assert one[2] <= media.width
            assert one[3] <= media.height
            for other in boxes[at + 1 :]:
                assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def ink_of(x: int, y: int, image: Image.Image) -> tuple[int, int, int, int] | None:
    """Where a picture is black."""
    box = image.getbbox()
    return (x + box[0], y + box[1], x + box[2], y + box[3]) if box else None


def test_only_what_is_masked_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    draw = Typeface.draw

    def overhear(face: Typeface, text: str, size: int, *, bold: bool = False) -> Image.Image:
        drawn.append(text)
        return draw(face, text, size, bold=bold)

    monkeypatch.setattr(Typeface, "draw", overhear)
    for known in make_orders(40, seed=3):
        drawn.clear()
        zpl = re.sub(rb"\^GFA[^^]*", b"", write_zpl(sheet_of(known.order, MEDIA[2])))  # dots, not words
        shown = "\n".join(drawn) + label_of(known.order).address
        without_number = shown.replace(known.order.waybill_no, "")
        for secret in known.secrets:
            assert secret not in without_number
            assert secret not in zpl.decode().replace(Bars(known.order.waybill_no).zpl, "")
        assert "".join(drawn).replace(" ", "").count(known.order.waybill_no) == 1


def test_a_party_tells_nothing_of_itself() -> None:
    (order,) = parse_orders(msgspec.json.encode(ORDER))
    assert "欧阳" not in repr(order) + repr(order.recipient) + repr(Party("欧阳", "1", "2"))


def test_the_payload_and_the_commands_are_those_of_before(golden: Golden) -> None:
    (order,) = parse_orders(msgspec.json.encode(ORDER))
    label = label_of(order)
    golden("scanners/label.json", msgspec.json.format(msgspec.json.encode(label), indent=2) + b"\n")
    golden("scanners/label.zpl", write_zpl(lay_out(label, MEDIA[2], Typeface())))


def test_a_number_is_read_in_capitals() -> None:
    (order,) = parse_orders(msgspec.json.encode(ORDER | {"waybill_no": "sf1234567890123"}))
    assert order.waybill_no == "SF1234567890123"


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "array"),
        (b'{"waybill_no":"1"}', "carrier"),
        (msgspec.json.encode(ORDER | {"remark": "13800138000"}), "a field that no label has"),
        (msgspec.json.encode(ORDER | {"destination": "杭州"}), "destination"),
        (msgspec.json.encode(ORDER | {"waybill_no": "运单"}), "waybill_no"),
        (msgspec.json.encode(ORDER | {"weight_g": -1}), "weight_g"),
    ],
)
def test_what_is_no_order_is_named_without_its_content(octets: bytes, told: str) -> None:
    with pytest.raises(OrderUnreadable) as caught:
        parse_orders(octets)
    assert told in str(caught.value)
    assert "13800138000" not in str(caught.value)


def test_a_number_that_is_too_long_for_the_paper_is_an_error() -> None:
    (order,) = parse_orders(msgspec.json.encode(ORDER | {"waybill_no": "ABCDEFGH" * 5}))
    with pytest.raises(NumberTooLong, match="40 characters"):
        sheet_of(order, MEDIA[2])


@pytest.mark.parametrize("media", MEDIA, ids=NAMES)
@pytest.mark.parametrize("change", [
    {"station": "X" * 64},
    {"carrier": "很" * 40},
    {"destination": None, "station": None},
    {"destination": "460400"},
    {"destination": "999999"},
    {"weight_g": None, "inspected": False},
    {"recipient": {"name": "W" * 200, "phone": "9" * 200, "address": "某" * 200}},
    {"recipient": {"name": "*", "phone": "无", "address": "*"}},
    {"sender": {"name": "A B C " * 20, "phone": "1" * 40, "address": "Building 5, " * 16}},
], ids=lambda change: next(iter(change)))  # fmt: skip
def test_whatever_is_asked_for_fits_on_the_paper(media: Media, change: dict[str, object]) -> None:
    (order,) = parse_orders(msgspec.json.encode(ORDER | change))
    sheet = sheet_of(order, media)
    assert read_zpl(write_zpl(sheet)).print().tobytes() == picture(draw_png(sheet)).tobytes()
    assert within(sheet)


def within(sheet: Sheet) -> bool:
    return all(
        mark.x >= 0
        and mark.x + mark.image.width <= sheet.media.width
        and mark.y + mark.image.height <= sheet.media.height
        for mark in sheet.pictures
    )


@pytest.mark.parametrize("number", ["1", "12", "A", "AB-12_c", "YT0000001", "RB123456785GB", "99999999999999999999"])
def test_any_number_is_read_back(number: str) -> None:
    (order,) = parse_orders(msgspec.json.encode(ORDER | {"waybill_no": number}))
    read = {found.text for found in zxingcpp.read_barcodes(picture(draw_png(sheet_of(order, MEDIA[0]))))}
    assert order.waybill_no in read
    assert label_of(order).address in read
