"""The change since the run before (得分变化), worded: by how much, and what each indicator did to it."""

from dataclasses import dataclass
from fractions import Fraction

from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.scoring.assess import Assessment
from web.runs.assessed import Since
from web.views.figures import indicator_title
from web.views.times import full_moment
from web.words import Words


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What one indicator did."""

    title: str
    points: str
    turn: str


@dataclass(frozen=True, slots=True)
class SinceView:
    """The run before, the difference, and its parts; none where nothing changed."""

    run: str
    difference: str
    notes: tuple[str, ...]
    rows: tuple[ChangeRow, ...]


def build_since(words: Words, since: Since, assessment: Assessment) -> SinceView:
    """`assessment` is the present one."""
    then, change = since.before.assessment, since.change
    before, after = change.covered_points
    notes = [words("since.scheme")] if since.has_other_scheme(assessment) else []
    if before != after:
        notes.append(words("since.covered", before=before, after=after))
    return SinceView(
        run=words(
            "since.run",
            run=str(since.before.run)[:8],
            moment=full_moment(then.as_of).text,
            scheme=then.scheme.version,
            first=then.window.from_date.isoformat(),
            last=then.window.last_day.isoformat(),
        ),
        difference=words("since.difference", points=write_change(change.difference)),
        notes=tuple(notes),
        rows=tuple(
            ChangeRow(
                indicator_title(words, indicator_of(each.indicator)),
                write_change(each.points),
                words(f"since.turns.{each.turn}"),
            )
            for each in change.changes
        ),
    )


def write_change(points: Fraction) -> str:
    """+1.3 or −0.2, two decimals where one shows none; 0 where nothing changed."""
    if not points:
        return "0"
    size = f"{abs(float(points)):.1f}"
    if float(size) == 0:
        size = f"{abs(float(points)):.2f}" if abs(points) >= Fraction(1, 200) else "<0.01"
    return f"{'+' if points > 0 else '−'}{size}"
