"""Wrong parameters (问错的参数): which one of a question cannot be taken, what it got, and what it may be."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError

from credit_scoring.errors import WindowInvalid
from web.errors import QuestionRefused

MOST_SHOWN, MOST_DIGITS = 40, 10  # characters; more digits may be somebody's number
_QUOTED = re.compile(r"'([^']*)'")
_LIMITS = {"greater_than_equal": "ge", "less_than_equal": "le", "string_too_long": "max_length"}
_FORMS = ("int_parsing", "missing")
RULES = ("choices", "form", *_FORMS, *_LIMITS)  # and the names of parameters that errors of ours are about


@dataclass(frozen=True, slots=True)
class Wrong:
    """`at` is where it stands (`query/count`, `body/0/gtin`), `message` what is wrong for programs.

    `name` is a query parameter's, empty for what stands in a body, which may hold a person's data: then `got` is None.
    `rule` is the key of the words that say to people what is asked for, by `allowed` or a `limit`.
    """

    at: str
    message: str
    rule: str = "form"
    got: str | None = None
    allowed: tuple[str, ...] = ()
    limit: str = ""
    name: str = ""

    def as_json(self) -> dict[str, object]:
        """For a problem's `errors`."""
        told: dict[str, object] = {"at": self.at, "message": self.message}
        if self.got is not None:
            told["got"] = self.got
        return told | ({"allowed": list(self.allowed)} if self.allowed else {})


def find_wrong(error: Exception, query: Mapping[str, str]) -> list[Wrong]:
    """Every parameter at fault, each once; empty where the error is about none."""
    if isinstance(error, RequestValidationError):
        return _of_validation(error.errors())
    if not isinstance(error, QuestionRefused | WindowInvalid) or error.parameter not in query:
        return []
    name, at = error.parameter, f"query/{error.parameter}"
    if isinstance(error, WindowInvalid):
        return [Wrong(at, error.reason, error.code, write_got(query[name]), name=name)]
    rule = "choices" if error.allowed else name
    return [Wrong(at, error.detail or "", rule, write_got(error.asked), error.allowed, name=name)]


def write_got(value: object) -> str | None:
    """What was typed as an answer may repeat it: cut short, and left out where it could be a person's number."""
    text = str(value)
    if sum(each.isdigit() for each in text) > MOST_DIGITS:
        return None
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _of_validation(faults: Iterable[Mapping[str, Any]]) -> list[Wrong]:
    found: dict[str, Wrong] = {}
    for fault in faults:
        wrong = _of_fault(fault)
        known = found.get(wrong.at)
        if known is None or (wrong.allowed and not known.allowed):  # of a choice's branches the one that names them
            found[wrong.at] = wrong
    return list(found.values())


def _of_fault(fault: Mapping[str, Any]) -> Wrong:
    location, kind, context = fault["loc"], fault["type"], fault.get("ctx", {})
    if location[0] != "query":
        return Wrong(_pointer(location), fault["msg"])
    name = str(location[1])
    allowed = tuple(filter(None, _QUOTED.findall(str(context.get("expected", "")))))
    limit = str(context.get(_LIMITS.get(kind, ""), ""))
    rule = "choices" if allowed else kind if limit or kind in _FORMS else "form"
    got = None if kind == "missing" else write_got(fault["input"])
    return Wrong(f"query/{name}", fault["msg"], rule, got, allowed, limit, name=name)


def _pointer(location: tuple[int | str, ...]) -> str:
    """Where a value stands: `body/0/gtin`; the tags of a choice between models left out."""
    return "/".join(str(part) for part in location if part not in ("one", "many"))
