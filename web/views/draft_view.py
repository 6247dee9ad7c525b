"""A draft's views (方案草案): the form, the text with the line at fault, and the signatures."""

import re
from dataclasses import dataclass

from credit_scoring.errors import SchemeInvalid
from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.scheme.draft import MOST_OCTETS, Draft, DraftRefused
from credit_scoring.scheme.rules import Dimension, Text
from credit_scoring.scheme.write import RuleTold, SchemeTold
from web.views.drafts_view import HOME, draft_chip, say_fault, write_committee
from web.views.figures import indicator_title
from web.views.parts import Chip, Choice
from web.views.times import Moment, full_moment
from web.words import Words

SPARE_GRADES = 1


@dataclass(frozen=True, slots=True)
class RuleField:
    """One indicator's row; `dimensions` are to choose from where the scheme does not judge it yet."""

    name: str
    title: str
    points: str
    full: str
    zero: str
    bands: str
    dimensions: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that is there."""

    signer: str
    at: Moment


@dataclass(frozen=True, slots=True)
class DraftHead:
    """What stands over every page of a draft."""

    version: str
    chip: Chip
    committee: str
    revision: str
    author: str
    saved: Moment
    sha256: str
    href: str
    csrf: str
    said: str
    published: str  # the adopted scheme's page, else empty


@dataclass(frozen=True, slots=True)
class DraftView:
    """Everything the form places."""

    head: DraftHead
    version: str
    valid_from: str
    valid_until: str
    minimum: str
    covered: str
    title: Text
    note: Text
    grades: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, str, tuple[RuleField, ...]], ...]
    signed: tuple[Signed, ...]
    may_sign: bool


@dataclass(frozen=True, slots=True)
class TextView:
    """Everything the text's page places; `at_fault` is the line that a fault names, with its number."""

    head: DraftHead
    text: str
    most: int
    at_fault: tuple[str, str] | None


def build_draft_view(
    words: Words, draft: Draft, told: SchemeTold, *, me: str, csrf: str, error: SchemeInvalid | DraftRefused | None
) -> DraftView:
    """The form with what was told; `me` is who looks."""
    judged = {rule.indicator for rule in draft.scheme.rules}
    groups = [
        (
            words(f"dimension.{each}"),
            str(draft.scheme.dimensions.get(each, 0)),
            tuple(_field(words, r) for r in told.rules if r.indicator in judged and r.dimension == each),
        )
        for each in Dimension
    ]
    others = tuple(_field(words, r, chosen=r.dimension) for r in told.rules if r.indicator not in judged)
    return DraftView(
        head=_head(words, draft, csrf, error),
        version=told.version,
        valid_from=told.valid_from,
        valid_until=told.valid_until,
        minimum=told.minimum,
        covered=told.covered,
        title=told.title,
        note=told.note,
        grades=(*told.grades, *([("", "")] * SPARE_GRADES)),
        groups=(*groups, (words("drafts.not_judged"), "", others)),
        signed=tuple(Signed(each.signer, full_moment(each.signed_at)) for each in draft.signatures),
        may_sign=draft.adopted_at is None and me not in {each.signer for each in draft.signatures},
    )


def build_text_view(
    words: Words, draft: Draft, text: str, *, csrf: str, error: SchemeInvalid | DraftRefused | None
) -> TextView:
    """The text, with the line that a fault names."""
    named = re.search(r"\bline (\d+)", error.reason) if error else None
    lines = text.splitlines()
    number = int(named[1]) if named else 0
    at_fault = (str(number), lines[number - 1]) if 0 < number <= len(lines) else None
    return TextView(_head(words, draft, csrf, error), text, MOST_OCTETS, at_fault)


def _head(words: Words, draft: Draft, csrf: str, error: SchemeInvalid | DraftRefused | None) -> DraftHead:
    scheme = draft.scheme
    return DraftHead(
        version=scheme.version,
        chip=draft_chip(words, draft),
        committee=write_committee(words, draft.committee),
        revision=str(draft.revision),
        author=draft.author,
        saved=full_moment(draft.saved_at),
        sha256=scheme.sha256,
        href=f"{HOME}/{draft.draft_id}",
        csrf=csrf,
        said=say_fault(words, error) if error else "",
        published=f"/schemes/{scheme.version}" if draft.adopted_at else "",
    )


def _field(words: Words, rule: RuleTold, *, chosen: str = "") -> RuleField:
    choices = tuple(Choice(each, words(f"dimension.{each}"), each == chosen) for each in Dimension) if chosen else ()
    return RuleField(
        name=rule.indicator,
        title=indicator_title(words, indicator_of(rule.indicator)),
        points=rule.points,
        full=rule.full,
        zero=rule.zero,
        bands=rule.bands,
        dimensions=choices,
    )
