"""The layout (面单版式): where everything stands, from the top down, in the same order on either paper.

Carrier and route for who sorts, the barcode, recipient before sender, and at the foot what concerns the recipient. The
large paper ends in a stub (存根联) with the barcode once more.
"""

from dataclasses import dataclass

from scanners.label.content import Label, MaskedParty
from scanners.label.errors import NumberTooLong
from scanners.label.marks import Barcode, Cells, Picture, Rule, Sheet
from scanners.label.media import QUIET_CELLS, Media, Paper
from scanners.label.page import LINE, Page
from scanners.label.symbols import Bars, qr_cells
from scanners.label.typeface import Typeface


@dataclass(frozen=True, slots=True)
class Measures:
    """One paper's lengths in millimetres: of bands from the top down, and of type."""

    header: float
    route: float
    bars: float
    recipient: float
    sender: float
    qr: float
    title: float
    code: float
    place: float
    number: float
    person: float
    address: float
    small: float
    has_stub: bool


MEASURES = {
    Paper.LARGE: Measures(
        header=13, route=18, bars=31, recipient=28, sender=19, qr=34,
        title=6.4, code=11.5, place=6.6, number=6.2, person=5.6, address=4.4, small=3.2, has_stub=True,
    ),
    Paper.SMALL: Measures(
        header=10.5, route=14, bars=26.5, recipient=23, sender=16, qr=30,
        title=5.2, code=9, place=5.2, number=5, person=4.6, address=3.7, small=2.8, has_stub=False,
    ),
}  # fmt: skip
LEADING = 1.25  # from line to line, in sizes


def lay_out(label: Label, media: Media, typeface: Typeface) -> Sheet:
    """Every mark of a label. Raises CharacterMissing, NumberTooLong."""
    page, measures = Page(media, typeface), MEASURES[media.paper]
    _header(page, measures, label)
    _route(page, measures, label)
    _barcode(page, measures, label.waybill_no, measures.bars)
    _party(page, measures, "收", label.recipient, large=True)
    _party(page, measures, "寄", label.sender, large=False)
    if measures.has_stub:
        page.cut()
        _barcode(page, measures, label.waybill_no, measures.bars - 8)
    qr = _foot(page, measures, label)
    return Sheet(media, tuple(page.pictures), tuple(page.rules), tuple(page.barcodes), qr)


def _header(page: Page, measures: Measures, label: Label) -> None:
    """The carrier, and the mark that the contents were inspected (已验视)."""
    height, size = page.dots(measures.header), page.dots(measures.title)
    end = page.right
    if label.inspected:
        end = page.stamp("已验视", size=round(size * 0.78), middle=page.y + height // 2) - page.dots(2)
    page.words(label.carrier, page.left, page.y + (height - size) // 2, size, until=end, bold=True)
    page.close(height)


def _route(page: Page, measures: Measures, label: Label) -> None:
    """The routing words (三段码), and the places they mean for who reads no codes."""
    height, size, place = (page.dots(mm) for mm in (measures.route, measures.code, measures.place))
    towards = [page.line(text, place, bold=True) for text in label.towards[:2]]
    start = page.right - max((each.width for each in towards), default=0)
    if towards and start > page.left + (page.right - page.left) // 2:
        lead = round(place * 1.2)
        top = page.y + (height - lead * len(towards)) // 2
        for number, each in enumerate(towards):
            page.pictures.append(Picture(page.right - each.width, top + number * lead, each))
    else:
        start = page.right
    if label.route:
        size = page.fitting(label.route, size, start - page.left - page.dots(3))
        page.words(label.route, page.left, page.y + (height - size) // 2, size, until=start, bold=True)
    page.close(height)


def _barcode(page: Page, measures: Measures, waybill_no: str, height_mm: float) -> None:
    """The number as Code 128 and, large enough for tired eyes, in groups of four."""
    bars, height = Bars(waybill_no), page.dots(height_mm)
    size = page.fitting(_grouped(waybill_no), page.dots(measures.number), page.right - page.left)
    gap = page.dots(1.8)
    tall = height - gap * 2 - round(size * LEADING)
    module = page.media.bar_width(len(bars.modules), height=tall)
    if module is None:
        raise NumberTooLong(
            f"运单号太长，印不成条码 · {len(waybill_no)} characters are too wide a barcode for"
            f" {page.media.paper} mm at {page.media.dpi} dpi: use larger paper or a shorter number"
        )
    x = (page.media.width - len(bars.modules) * module) // 2
    page.barcodes.append(Barcode(x, page.y + gap, module, tall, bars))
    number = page.line(_grouped(waybill_no), size, bold=True)
    page.pictures.append(Picture((page.media.width - number.width) // 2, page.y + gap + tall, number))
    page.close(height)


def _party(page: Page, measures: Measures, sign: str, party: MaskedParty, *, large: bool) -> None:
    """Recipient (收) or sender (寄): name and telephone on one line, the address below."""
    height, person = (
        page.dots(measures.recipient if large else measures.sender),
        page.dots(measures.person * (1 if large else 0.8)),
    )
    address = page.dots(measures.address * (1 if large else 0.85))
    badge = round(person * 1.7)
    page.pictures.append(Picture(page.left, page.y + page.dots(2), page.badge(sign, badge, filled=large)))
    x, y = page.left + badge + page.dots(2.5), page.y + page.dots(2)
    who = "  ".join(part for part in (_short(party.name), _spaced(party.phone)) if part)
    page.words(who, x, y, person, until=page.right, bold=large)
    y += round(person * LEADING) + page.dots(0.8)
    room = (page.y + height - y) // round(address * LEADING)
    for line in page.wrap(party.address, address, page.right - x)[:room]:
        page.words(line, x, y, address, until=page.right)
        y += round(address * LEADING)
    page.close(height)


def _foot(page: Page, measures: Measures, label: Label) -> Cells:
    """The QR code with what it is for, and beside it the facts."""
    cells = qr_cells(label.address)
    room = page.dots(measures.qr)
    module = room // (len(cells) + 2 * QUIET_CELLS)
    qr = Cells(0, 0, module, cells)
    small, tiny = page.dots(measures.small), page.dots(measures.small * 0.9)
    x, top = page.right - qr.width - page.dots(1), page.y + max(page.dots(3), qr.quiet + 1)
    y = page.y + page.dots(3)
    caption = page.line("扫码查轨迹", small)
    page.pictures.append(Picture(x + (qr.width - caption.width) // 2, top + qr.width + qr.quiet, caption))
    end = x - qr.quiet
    lines = [
        f"重量 {label.weight_g / 1000:.2f} kg" if label.weight_g is not None else "重量 未称",
        f"打印 {label.printed_at:%Y-%m-%d %H:%M}",
    ]
    for text in lines:
        page.words(text, page.left, y, small, until=end)
        y += round(small * 1.5)
    y += page.dots(1)
    page.words("签收", page.left, y, small, until=end)
    signed = page.left + page.face.width("签收 ", small) + page.dots(1)
    page.rules.append(Rule(signed, y + small, end - page.dots(3) - signed, max(1, page.dots(LINE) // 2)))
    y += round(small * 2)
    for text in ("收件人有权当面验货", "丢弃前请撕毁面单与二维码"):
        page.words(text, page.left, y, tiny, until=end)
        y += round(tiny * 1.4)
    return Cells(x, top, module, cells)


def _grouped(number: str) -> str:
    """Letters first, then groups of four: SF 1234 5678 9012 3."""
    letters = len(number) - len(number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    rest = number[letters:]
    return " ".join([*([number[:letters]] if letters else []), *(rest[at : at + 4] for at in range(0, len(rest), 4))])


def _short(name: str) -> str:
    """A masked name of at most ten characters."""
    return name if len(name) <= 10 else f"{name[:9]}…"


def _spaced(phone: str) -> str:
    """A masked mobile number as it is read: *** **** 8000."""
    return f"{phone[:3]} {phone[3:7]} {phone[7:]}" if len(phone) == 11 else phone
