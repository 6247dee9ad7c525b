"""The scheme page (评定方案): a version's rules as a table, so that anyone can compute a score by hand."""

from dataclasses import dataclass

from credit_scoring.evidence.indicators import indicator_of
from credit_scoring.scheme.rules import TOTAL, Rule, Scheme
from web.views.figures import in_language, write_share
from web.views.parts import Seal, grade_seal
from web.views.ranking_view import indicator_title
from web.views.times import write_day
from web.words import Words, write_number


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One indicator's rule."""

    title: str
    text: str
    points: str
    full: str
    zero: str


@dataclass(frozen=True, slots=True)
class GradeRow:
    """A grade and from which score on."""

    seal: Seal
    text: str


@dataclass(frozen=True, slots=True)
class VersionLink:
    """Another version of the scheme."""

    version: str
    href: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class SchemeView:
    """Everything the template places."""

    title: str
    note: str
    is_proposal: bool
    valid_from: str
    minimum: str
    rules: tuple[RuleRow, ...]
    total: str
    grades: tuple[GradeRow, ...]
    sha256: str
    versions: tuple[VersionLink, ...]


def build_scheme_view(words: Words, scheme: Scheme, *, versions: list[str]) -> SchemeView:
    """The page of one version; `versions` are all there are, the oldest first."""
    return SchemeView(
        title=in_language(words, scheme.title),
        note=in_language(words, scheme.note),
        is_proposal=scheme.proposal,
        valid_from=words("scheme.valid_from", day=write_day(words, scheme.valid_from)),
        minimum=words.count("scheme.minimum", scheme.minimum_parcels),
        rules=tuple(_rule(words, rule) for rule in scheme.rules),
        total=write_number(TOTAL),
        grades=_grades(words, scheme),
        sha256=scheme.sha256,
        versions=tuple(
            VersionLink(version, f"/schemes/{version}", version == scheme.version) for version in reversed(versions)
        ),
    )


def _rule(words: Words, rule: Rule) -> RuleRow:
    return RuleRow(
        title=indicator_title(words, indicator_of(rule.indicator)),
        text=in_language(words, rule.text),
        points=write_number(rule.points),
        full=write_share(rule.full),
        zero=write_share(rule.zero),
    )


def _grades(words: Words, scheme: Scheme) -> tuple[GradeRow, ...]:
    names = tuple(grade.name for grade in scheme.grades)
    return tuple(
        GradeRow(grade_seal(grade.name, names), words("scheme.grade_from", score=grade.from_score))
        for grade in scheme.grades
    )
