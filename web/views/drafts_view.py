"""The committee's list (方案草案列表): its drafts, and what a new one begins with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from credit_scoring.errors import SchemeInvalid
from credit_scoring.scheme.directory import Schemes
from credit_scoring.scheme.draft import SIGNATURES, Committee, Draft, DraftRefused
from tracker.wire.divisions import division_of
from web.accounts.forms import Form
from web.views.parts import Chip, Choice
from web.views.times import Moment, full_moment
from web.words import Words

HOME = "/regulator/schemes"


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One draft in its latest revision."""

    version: str
    href: str
    chip: Chip
    author: str
    saved: Moment
    revision: str


@dataclass(frozen=True, slots=True)
class DraftsView:
    """Everything the template places; `committee` is empty for who has none."""

    csrf: str
    committee: str
    said: str
    rows: tuple[DraftRow, ...]
    bases: tuple[Choice, ...]
    version: str
    year: str


def build_drafts_view(
    words: Words,
    committee: Committee | None,
    drafts: Sequence[Draft],
    schemes: Schemes,
    *,
    today: date,
    csrf: str,
    error: SchemeInvalid | DraftRefused | None,
    form: Form | None,
) -> DraftsView:
    """The page; `form` is what was sent where it is shown again."""
    division = committee.division if committee else None
    present = schemes.on(today, division)
    year = str(today.year + 1)
    version = f"{division}-{year}-1" if division else f"{year}-1"
    chosen = form("base") if form else present.version
    return DraftsView(
        csrf=csrf,
        committee=write_committee(words, committee) if committee else "",
        said=say_fault(words, error) if error else "",
        rows=tuple(_row(words, draft) for draft in drafts),
        bases=tuple(
            Choice(each.version, f"{each.version} · {state_of(words, each.proposal)}", each.version == chosen)
            for each in reversed(schemes.known)
        ),
        version=form("version") if form else version,
        year=form("year") if form else year,
    )


def write_committee(words: Words, committee: Committee) -> str:
    """Whose drafts they are, in words."""
    division = division_of(committee.division) if committee.division else None
    return words(f"drafts.level.{committee.level}", name=division.full_name if division else "")


def say_fault(words: Words, error: SchemeInvalid | DraftRefused) -> str:
    """Why a text was not kept or not signed."""
    if isinstance(error, DraftRefused):
        return words(f"draft_refused.{error.fault}", reason=error.reason)
    return words("drafts.invalid", reason=error.reason)


def state_of(words: Words, proposal: bool) -> str:
    return words("scheme.proposal" if proposal else "scheme.adopted")


def draft_chip(words: Words, draft: Draft) -> Chip:
    """How far it has come."""
    if draft.adopted_at is not None:
        return Chip(words("drafts.state.adopted"))
    if draft.signatures:
        return Chip(words("drafts.state.signed", n=len(draft.signatures), of=SIGNATURES), "warn")
    return Chip(words("drafts.state.draft"), "note")


def _row(words: Words, draft: Draft) -> DraftRow:
    return DraftRow(
        version=draft.scheme.version,
        href=f"{HOME}/{draft.draft_id}",
        chip=draft_chip(words, draft),
        author=draft.author,
        saved=full_moment(draft.saved_at),
        revision=str(draft.revision),
    )
