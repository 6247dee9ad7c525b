"""The door on a page (查件门): open, or how to open it, and what was wrong with the last try."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tracker.wire.identity_record import Masked, Subject
from web.doors.door import Visit
from web.views.times import write_span
from web.words import Words


@dataclass(frozen=True, slots=True)
class PartyLine:
    """Sender or recipient, masked."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class DoorView:
    """`parties` where it is open; `has_form` where it is shut and four digits would open it.

    `code` is the pickup code in two groups, where this asker may know it.
    `said` is about the digits that were typed and stands beside the form, `notice` about a label that does not fit.
    """

    is_open: bool
    has_form: bool
    said: str | None
    notice: str | None
    action: str
    parties: tuple[PartyLine, ...]
    code: str | None = None


def build_door_view(
    words: Words,
    visit: Visit,
    *,
    number: str,
    parties: Mapping[Subject, Masked],
    has_tails: bool,
    code: str | None = None,
    by_tail: bool = False,
) -> DoorView:
    """How the door of a parcel stands for this asker."""
    said = say_visit(words, visit, wrong="door.wrong_tail" if by_tail else "door.wrong_label")
    lines = (PartyLine(words(f"door.{subject}"), _write(party)) for subject, party in parties.items())
    return DoorView(
        is_open=visit.is_open,
        has_form=has_tails and not visit.is_open,
        said=said if by_tail else None,
        notice=None if by_tail else said,
        action=f"/t/{number}#door",
        parties=tuple(line for line in lines if line.text) if visit.is_open else (),
        code=None if code is None else f"{code[:4]} {code[4:]}",
    )


def say_visit(words: Words, visit: Visit, *, wrong: str) -> str | None:
    """What is said of a try: how long to wait, or the words at `wrong`; nothing of none, or of a hit."""
    if not visit.missed:
        return None
    if visit.malformed:
        return words("door.not_four_digits")
    if visit.wait is not None:
        return words("door.wait", span=write_span(words, max(visit.wait, timedelta(minutes=1))))
    return words(wrong)


def _write(party: Masked) -> str:
    return " ".join(part for part in (party.name, party.phone, party.address) if part)
