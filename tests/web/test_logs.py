"""Log lines: one object a happening, the same shape for our words and a library's, and never what an error quotes."""

import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from web.logs import configure_logs, log_what_nobody_caught

SECRET = "13800001234"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Logging is one for the whole process: afterwards it is as it was."""
    root, hook = logging.getLogger(), threading.excepthook
    handlers = list(root.handlers)
    yield
    root.handlers[:] = handlers
    threading.excepthook = hook
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def fail() -> None:
    try:
        raise KeyError(f"row {SECRET}")
    except KeyError as error:
        raise ValueError(f"telephone {SECRET}") from error


def test_a_line_says_when_how_grave_who_and_what_in_this_order(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(process="tracker", level="info", json=True)
    structlog.get_logger().info("batch_ingested", appended=9, note="揽收")
    structlog.get_logger().debug("too_small_to_be_told")
    (line,) = lines(capsys)
    assert list(line) == ["timestamp", "level", "process", "event", "appended", "note"]
    assert (line["level"], line["process"], line["event"], line["note"]) == (
        "info",
        "tracker",
        "batch_ingested",
        "揽收",
    )


def test_on_a_terminal_it_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(process="up", level="info", json=False)
    structlog.get_logger().warning("service_ended", service="web", code=-9)
    said = capsys.readouterr().err
    assert said.endswith("level='warning' process='up' event='service_ended' service='web' code=-9\n")


def test_an_error_is_told_by_type_and_place_and_never_by_what_it_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(process="web", level="info", json=True)
    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("scans_not_sent")
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n%s", SECRET)
    ours, theirs = lines(capsys)
    for line in (ours, theirs):
        assert (line["error"], line["cause"]) == ("ValueError", "KeyError")
        assert line["places"][0].endswith(" fail")
        assert SECRET not in json.dumps(line)
    assert (theirs["event"], theirs["library"], theirs["words"]) == (
        "library_warned", "uvicorn.error", "Exception in ASGI application"
    )  # fmt: skip


def test_libraries_speak_from_warning_on(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(process="web", level="debug", json=True)
    logging.getLogger("alembic").info("told to nobody")
    logging.getLogger("apscheduler").warning("told %s", "once")
    (line,) = lines(capsys)
    assert (line["event"], line["library"], line["words"]) == ("library_warned", "apscheduler", "told %s")


def test_setting_it_up_twice_doubles_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        configure_logs(process="web", level="info", json=True)
    logging.getLogger("uvicorn").error("once")
    assert len(lines(capsys)) == 1


def test_a_thread_that_dies_leaves_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(process="station", level="info", json=True)
    log_what_nobody_caught()
    thread = threading.Thread(target=fail, name="publisher")
    thread.start()
    thread.join()
    (line,) = lines(capsys)
    assert (line["event"], line["thread"], line["error"]) == ("thread_crashed", "publisher", "ValueError")
    assert SECRET not in json.dumps(line)
