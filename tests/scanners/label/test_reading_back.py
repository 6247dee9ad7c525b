"""Reading back (回读): of 500 labels, printed badly and photographed worse, at least 99 % are read."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from itertools import product
from multiprocessing import get_context
from random import Random

import pytest
import zxingcpp
from PIL import Image

from scanners.label.media import Media, Paper
from scanners.label.png import draw_png
from tests.scanners.label.degrading import degrade
from tests.scanners.label.orders import Known, label_of, make_orders, sheet_of

LABELS = 500
AT_LEAST = 0.99
MEDIA = [Media(paper, dpi) for paper, dpi in product(Paper, (203, 300))]
FORMATS = [zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.QRCode]


@dataclass(frozen=True)
class Reading:
    """What was read of one label."""

    media: str
    barcode: bool
    qr: bool


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


def test_of_500_degraded_labels_at_least_99_percent_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        readings = list(pool.map(read_back, range(LABELS), make_orders(LABELS, seed=11), chunksize=25))
    barcodes, qrs = sum(each.barcode for each in readings), sum(each.qr for each in readings)
    with capsys.disabled():
        print(f"\nlabels read back: Code 128 {barcodes}/{LABELS}, QR {qrs}/{LABELS}")
    assert barcodes >= AT_LEAST * LABELS
    assert qrs >= AT_LEAST * LABELS
