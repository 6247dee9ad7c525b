"""A consumer's own case, and how to look it up (投诉进度查询)."""

from dataclasses import dataclass

from credit_scoring.complaints.case import Kind
from web.views.complaint_view import CaseView
from web.words import Words


@dataclass(frozen=True, slots=True)
class Act:
    """Something that may be done: its code and its button; `note` says what follows from it."""

    code: str
    text: str
    note: str | None
    is_main: bool


@dataclass(frozen=True, slots=True)
class OwnCaseView:
    """The case, what the consumer may do, and when an appeal opens; shut: four digits first."""

    receipt: str
    is_open: bool
    said: str | None
    action: str
    csrf: str
    case: CaseView | None
    acts: tuple[Act, ...]
    appeal_note: str | None


@dataclass(frozen=True, slots=True)
class LookUpView:
    """The look-up: a receipt number, four digits, and what was wrong with the last try."""

    said: str | None
    receipt: str


def build_acts(words: Words, kinds: list[Kind]) -> tuple[Act, ...]:
    """The buttons of a consumer."""
    return tuple(
        Act(
            code=kind,
            text=words(f"complaint.act.{kind}"),
            note=words.find(f"complaint.act_note.{kind}"),
            is_main=kind is not Kind.WITHDRAWN,
        )
        for kind in kinds
    )
