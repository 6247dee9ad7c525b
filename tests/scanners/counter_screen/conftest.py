"""What the counter's tests share."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page

from scanners.counter.own_page import OwnPage
from tests.scanners.counter_screen.world import BADGE, World
from tests.walk.browser import run_browser
from tests.walk.processes import free_port, wait_until


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A counter with one clerk, signed in."""
    made = World(tmp_path)
    made.sign_in()
    yield made
    made.close()


@pytest.fixture
def page(world: World) -> Iterator[Page]:
    """The page of the world's counter in a browser, one parcel begun."""
    port = free_port()
    world.app = OwnPage(world.inner, hosts=[f"127.0.0.1:{port}"], scheme="http")
    server = uvicorn.Server(uvicorn.Config(world.app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, "the page is there")
    with run_browser() as browser:
        opened = browser.new_page()
        opened.goto(f"http://127.0.0.1:{port}")
        opened.wait_for_selector("#sign-in-code:focus")
        opened.keyboard.type(BADGE)
        opened.keyboard.press("Enter")
        opened.wait_for_selector("#scan:focus")
        opened.keyboard.type("QN1408223190755")
        opened.keyboard.press("Enter")
        opened.wait_for_selector("#verdict[data-state=pending]")
        yield opened
    server.should_exit = True
    thread.join()
