"""Reading back (回读): of 500 labels, printed badly and photographed worse, at least 99 % are read."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import product
from random import Random

import pytest
import zxingcpp
from PIL import Image

from scanners.label.media import Media, Paper
from scanners.label.png import draw_png
from tests.scanners.label.degrading import degrade
from tests.scanners.label.orders import Known, label_of, make_orders, sheet_of

LABELS, PARTS = 500, 5
AT_LEAST = 0.99
MEDIA = [Media(paper, dpi) for paper, dpi in product(Paper, (203, 300))]
FORMATS = [zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.QRCode]


@dataclass(frozen=True)
class Reading:
    """What was read of one label."""

    media: str
    barcode: bool
    qr: bool


@cache
def all_orders() -> list[Known]:
    return list(make_orders(LABELS, seed=11))


def read_back(number: int, known: Known) -> Reading:
    """Print one label, degrade it, read it."""
    media = MEDIA[number % len(MEDIA)]
    page = Image.open(BytesIO(draw_png(sheet_of(known.order, media)))).convert("L")
    found = zxingcpp.read_barcodes(degrade(page, Random(number)), formats=FORMATS)
    read = {(str(code.format), code.text) for code in found}
    texts = {text for _, text in read}
    return Reading(
        f"{media.paper}-{media.dpi}", known.order.waybill_no in texts, label_of(known.order).address in texts
    )


@pytest.mark.parametrize("part", range(PARTS))
def test_of_500_degraded_labels_at_least_99_percent_are_read(part: int) -> None:
    """In parts that the suite's workers share; each of them holds the promise, so that all do."""
    numbers = range(part * LABELS // PARTS, (part + 1) * LABELS // PARTS)
    readings = [read_back(number, all_orders()[number]) for number in numbers]
    barcodes, qrs = sum(each.barcode for each in readings), sum(each.qr for each in readings)
    print(f"labels read back: Code 128 {barcodes}/{len(numbers)}, QR {qrs}/{len(numbers)}")
    assert barcodes >= AT_LEAST * len(numbers)
    assert qrs >= AT_LEAST * len(numbers)
