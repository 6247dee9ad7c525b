"""The counter's camera: a browser whose camera shows a label reads its barcode, with what our own machine serves."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from scanners.counter.own_page import OwnPage
from scanners.label.content import LabelOrder, Party, build_label
from scanners.label.layout import lay_out
from scanners.label.media import Media, Paper
from scanners.label.png import draw_png
from scanners.label.typeface import Typeface
from tests.scanners.counter_screen.world import BADGE, NOW, World
from tests.walk.browser import run_browser, serve_at
from tests.walk.processes import free_port

WAYBILL = "QN1408223190755"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """What the camera sees: a label held before it, as frames of Motion JPEG."""
    party = Party("张三", "13800138000", "重庆市渝北区")
    order = LabelOrder(WAYBILL, "BLUEBIRD", party, party)
    sheet = lay_out(
        build_label(order, printed_at=NOW, address=f"https://trace.example/t/{WAYBILL}"),
        Media(Paper.LARGE, 203),
        Typeface(),
    )
    label = Image.open(BytesIO(draw_png(sheet))).convert("RGB")
    frame = Image.new("RGB", (1280, 960), "#888")
    label.thumbnail((1200, 920))
    frame.paste(label, ((1280 - label.width) // 2, 20))
    buffer = BytesIO()
    frame.save(buffer, "JPEG", quality=92, subsampling="4:2:0")
    path = tmp_path / "camera.mjpeg"
    path.write_bytes(buffer.getvalue() * 30)
    return path


@pytest.fixture
def page(film: Path, tmp_path: Path) -> Iterator[Page]:
    """The counter's page in a browser with that camera."""
    world = World(tmp_path / "counter")
    port = free_port()
    app = OwnPage(world.app.app, hosts=[f"127.0.0.1:{port}"], scheme="http")
    arguments = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    with serve_at(app, port) as address, run_browser(*arguments) as browser:
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#sign-in-code:focus")
        page.keyboard.type(BADGE)
        page.keyboard.press("Enter")
        page.wait_for_selector("#scan:focus")
        yield page
    world.close()


def test_the_camera_reads_a_label_and_the_acceptance_begins(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.click("#camera")
    page.wait_for_selector("#read-card:focus")
    assert page.input_value("#scan") == WAYBILL
    assert page.is_hidden("#viewer"), "it has seen enough"
    assert all(url.startswith(("http://127.0.0.1:", "data:", "blob:")) for url in asked)
    assert any(url.endswith("zxing_reader.wasm") for url in asked)
