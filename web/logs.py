"""Log lines (日志): one line a happening, a fixed event name and fields; JSON for machines, text for a terminal.

An exception is told by its type and the places it passed, never by its message: that may quote a row.
"""

import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

FIRST = ("timestamp", "level", "process", "event")
PLACES = 6  # the innermost frames of an exception
LEVELS = ("debug", "info", "warning", "error")


def configure_logs(*, process: str, level: str, json: bool) -> None:
    """Send our lines and the libraries' warnings to standard error, as one JSON object or one line of text each."""
    number = logging.getLevelNamesMapping()[level.upper()]
    render: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if json
        else structlog.processors.KeyValueRenderer(key_order=[])
    )
    chain: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_process(process),
        _describe_error,
        _order,
    ]
    structlog.configure(
        processors=[*chain, render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    _listen_to_libraries(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_tell_of_library, *chain],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        ),
        max(number, logging.WARNING),
    )


def logs_as_json(form: str) -> bool:
    """Whether `form` (json, text or auto) means JSON here: auto does where nobody watches."""
    return form == "json" or (form == "auto" and not sys.stderr.isatty())


def log_what_nobody_caught() -> None:
    """A thread that ends with an exception leaves a line like any other, not a traceback."""

    def tell(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_type is not SystemExit:
            name = ended.thread.name if ended.thread else None
            error = (ended.exc_type, ended.exc_value, ended.exc_traceback)
            structlog.get_logger().critical("thread_crashed", thread=name, exc_info=error)

    threading.excepthook = tell


class _Stderr(logging.StreamHandler[TextIO]):
    """Whatever standard error is at the time of the line."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # a plain attribute in the base class
        return sys.stderr


def _listen_to_libraries(formatter: logging.Formatter, level: int) -> None:
    root = logging.getLogger()
    for earlier in [each for each in root.handlers if isinstance(each, _Stderr)]:
        root.removeHandler(earlier)
    handler = _Stderr()
    handler.setFormatter(formatter)
    handler.setLevel(level)
    root.addHandler(handler)
    uvicorn = logging.getLogger("uvicorn")  # it brings a handler and a shape of its own wherever it set up its logs
    uvicorn.handlers.clear()
    uvicorn.propagate = True


def _tell_of_library(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    """A library's words without the values it puts in: those may be anything."""
    record: logging.LogRecord = line["_record"]
    words = str(record.msg).strip().partition("\n")[0]
    line.update(event="library_warned", library=record.name, words=words)
    return line


def _name_process(process: str) -> Processor:
    def name(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
        line["process"] = process
        return line

    return name


def _describe_error(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    told = line.pop("exc_info", None)
    error = _error_of(told)
    if error is not None:
        line.update(error=type(error).__name__, places=places_of(error.__traceback__))
        if cause := error.__cause__ or error.__context__:
            line["cause"] = type(cause).__name__
    return line


def _error_of(told: Any) -> BaseException | None:
    if isinstance(told, BaseException):
        return told
    return told[1] if isinstance(told, tuple) else sys.exc_info()[1] if told else None


def places_of(trace: TracebackType | None) -> list[str]:
    """The innermost frames, innermost first: enough to find the fault, nothing of the data."""
    frames = reversed(traceback.extract_tb(trace)[-PLACES:])
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def _order(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    first = {name: line.pop(name) for name in FIRST if name in line}
    return {**first, **line}
