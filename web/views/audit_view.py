"""The audit page's view (审计日志): entries worded, with a filter over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tracker.access.audit import Action, AuditEntry, AuditFilter, Outcome
from web.views.parts import Chip, Choice
from web.views.times import Moment, full_moment
from web.words import Words

PATH = "/admin/audit"


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry for people."""

    number: int
    at: Moment
    actor: str
    role: str
    action: str
    object: str
    address: str
    chip: Chip


@dataclass(frozen=True, slots=True)
class AuditView:
    """One page of the log."""

    rows: tuple[EntryLine, ...]
    actor: str
    since: str
    until: str
    actions: tuple[Choice, ...]
    export_href: str
    next_href: str | None
    first_href: str
    is_first: bool
    is_chosen: bool


def build_audit_view(
    words: Words,
    entries: Sequence[AuditEntry],
    chosen: AuditFilter,
    asked: dict[str, str],
    *,
    next_token: str | None,
    is_first: bool,
) -> AuditView:
    """The view of one page; `asked` are the filter's fields as they were sent."""
    query = {name: value for name, value in asked.items() if value}
    return AuditView(
        rows=tuple(entry_line(words, each) for each in entries),
        actor=asked["actor"],
        since=asked["from"],
        until=asked["to"],
        actions=tuple(Choice(each, words(f"action.{each}"), each == chosen.action) for each in Action),
        export_href=_address(f"{PATH}.csv", query),
        next_href=_address(PATH, query | {"next": next_token}) if next_token else None,
        first_href=_address(PATH, query),
        is_first=is_first,
        is_chosen=bool(query),
    )


def entry_line(words: Words, entry: AuditEntry) -> EntryLine:
    """An entry in words; a code that this version does not know stands as it is."""
    return EntryLine(
        number=entry.entry_no,
        at=full_moment(entry.at),
        actor=entry.actor or words("audit.nobody"),
        role=words.find(f"role.{entry.role}") or entry.role,
        action=words.find(f"action.{entry.action}") or entry.action,
        object=" ".join(words.find(f"role.{part}") or part for part in entry.object.split(" ")),
        address=entry.address,
        chip=Chip(
            words.find(f"audit.ended.{entry.outcome}") or entry.outcome,
            "" if entry.outcome == Outcome.DONE else "warn",
        ),
    )


def _address(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
