"""A real browser and a real server (真实浏览器): what a test needs to look at a page as a person does."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.types import ASGIApp

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 20.0
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


def find_chromium() -> str:
    """Where Debian keeps it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise RuntimeError("no chromium: `./jixin test` installs one")
    return found


@contextmanager
def run_browser(*more: str) -> Iterator[Browser]:
    """A browser without a window, with `more` arguments, closed when the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*ARGUMENTS, *more])
        yield browser
        browser.close()


def grave_faults(page: Page, *rules: str) -> list[str]:
    """What axe finds serious or critical in the page as it stands: rule and element; `rules` where not all matter."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    told = page.evaluate("rules => axe.run(rules.length ? {runOnly: rules} : {})", rules)
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in told["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def serve(app: FastAPI) -> AbstractContextManager[str]:
    """The app on a free port of this machine; its address."""
    return serve_at(app, 0)


@contextmanager
def serve_at(app: ASGIApp, port: int) -> Iterator[str]:
    """The app on a port of this machine, 0 for any free one; its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=START_SECONDS)


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    until = time.monotonic() + START_SECONDS
    while not server.started:
        if time.monotonic() > until or not thread.is_alive():
            raise RuntimeError("the web server did not start")
        time.sleep(0.02)
