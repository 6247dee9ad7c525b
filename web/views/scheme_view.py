"""The scheme page (评定方案): a version's rules as a table, so that anyone can compute a score by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.scheme.directory import Schemes
from credit_scoring.scheme.rules import TOTAL, Band, Dimension, Rule, Scheme
from web.views.figures import in_language, indicator_title, write_value
from web.views.parts import Seal, grade_seal
from web.views.times import write_day
from web.words import Words, write_number


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One indicator's rule."""

    title: str
    text: str
    points: str
    line: str
    citation: str


@dataclass(frozen=True, slots=True)
class DimensionRows:
    """One dimension's rules and points."""

    title: str
    points: str
    rules: tuple[RuleRow, ...]


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
    valid: str
    minimum: str
    covered: str | None
    dimensions: tuple[DimensionRows, ...]
    total: str
    grades: tuple[GradeRow, ...]
    sha256: str
    versions: tuple[VersionLink, ...]


def build_scheme_view(words: Words, scheme: Scheme, *, schemes: Schemes) -> SchemeView:
    """The page of one version, with links to all there are."""
    return SchemeView(
        title=in_language(words, scheme.title),
        note=in_language(words, scheme.note),
        is_proposal=scheme.proposal,
        valid=words(
            "scheme.valid", first=write_day(words, scheme.valid_from), last=write_day(words, scheme.valid_until)
        ),
        minimum=words.count("scheme.minimum", scheme.minimum_parcels),
        covered=words("scheme.covered", points=scheme.minimum_covered) if scheme.minimum_covered else None,
        dimensions=tuple(_dimension(words, each, scheme) for each in Dimension if scheme.dimensions.get(each)),
        total=write_number(TOTAL),
        grades=_grades(words, scheme),
        sha256=scheme.sha256,
        versions=tuple(
            VersionLink(each.version, f"/schemes/{each.version}", each is scheme) for each in reversed(schemes.known)
        ),
    )


def _dimension(words: Words, dimension: Dimension, scheme: Scheme) -> DimensionRows:
    rules = tuple(_rule(words, rule) for rule in scheme.rules if rule.dimension is dimension)
    return DimensionRows(words(f"dimension.{dimension}"), write_number(scheme.dimensions[dimension]), rules)


def _rule(words: Words, rule: Rule) -> RuleRow:
    indicator = indicator_of(rule.indicator)
    return RuleRow(
        title=indicator_title(words, indicator),
        text=in_language(words, rule.text),
        points=write_number(rule.points),
        line=_line(words, rule),
        citation=words("scheme.citation", text=indicator.citation, tag=words(f"scheme.tag.{indicator.tag}")),
    )


def _line(words: Words, rule: Rule) -> str:
    """How a value becomes points, in words."""

    def written(value: Decimal) -> str:
        return write_value(words, indicator_of(rule.indicator).unit, value)

    if rule.full is not None and rule.zero is not None:
        return words("scheme.straight", full=written(rule.full), zero=written(rule.zero))
    return words("scheme.comma").join(_band(words, band, written) for band in rule.bands)


def _band(words: Words, band: Band, written: Callable[[Decimal], str]) -> str:
    if band.high is None:
        return words("scheme.band_up", low=written(band.low), points=band.points)
    return words("scheme.band", low=written(band.low), high=written(band.high), points=band.points)


def _grades(words: Words, scheme: Scheme) -> tuple[GradeRow, ...]:
    names = tuple(grade.name for grade in scheme.grades)
    return tuple(
        GradeRow(grade_seal(grade.name, names), words("scheme.grade_from", score=grade.from_score))
        for grade in scheme.grades
    )
