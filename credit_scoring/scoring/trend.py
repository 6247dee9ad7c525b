"""The trend (信用走势): the same carriers in one run after another, broken where runs cannot be compared.

Two neighbours are joined only where both have a run, both under the same scheme, and the carrier has a place in both:
no line is drawn through a month that nobody judged, nor from one scheme's points to another's. The run of a whole year
that saw all that counts for it (its closing run) stands among the months as a mark of its own, joined to nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from credit_scoring.evidence.window import Window, close_of
from credit_scoring.scoring.rhythm import is_year
from credit_scoring.scoring.run_results import Result, RunHead, RunResults


@dataclass(frozen=True, slots=True)
class Slot:
    """A window of the series, and its newest run; None where nobody judged it. `aside`: a year among months."""

    window: Window
    run: RunHead | None
    aside: bool = False

    @property
    def is_closing(self) -> bool:
        """Whether it is a whole year's run, made when nothing more was taken for that year."""
        return self.run is not None and is_year(self.window) and self.run.as_of >= close_of(self.window.from_date.year)


@dataclass(frozen=True, slots=True)
class SchemeChange:
    """The first slot that was judged under another scheme than the run before it."""

    slot: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One carrier, slot by slot; None where there is no run, or the carrier is not in it. `joins` are the pairs of
    slots between which a line may be drawn."""

    carrier: str
    results: tuple[Result | None, ...]
    joins: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """The slots in order, what changed between them, and the carriers."""

    slots: tuple[Slot, ...]
    changes: tuple[SchemeChange, ...]
    lines: tuple[Line, ...]

    @property
    def has_runs(self) -> bool:
        return any(slot.run is not None for slot in self.slots)


def choose_runs(runs: Mapping[str, Mapping[Window, RunHead]], scheme: str | None) -> dict[Window, RunHead]:
    """Of the runs by scheme those of the one that was asked for; else of each window the newest."""
    if scheme is not None:
        return dict(runs.get(scheme, {}))
    newest: dict[Window, RunHead] = {}
    for found in runs.values():
        for window, run in found.items():
            known = newest.get(window)
            if known is None or (known.as_of, known.run_id) < (run.as_of, run.run_id):
                newest[window] = run
    return newest


def build_slots(windows: Sequence[Window], runs: Mapping[Window, RunHead]) -> tuple[Slot, ...]:
    """The windows in their order with their runs; after each December among months the year's closing run, if any."""
    slots: list[Slot] = []
    for window in windows:
        slots.append(Slot(window, runs.get(window)))
        year = Window(window.from_date.replace(month=1, day=1), window.to_date)
        closing = Slot(year, runs.get(year), aside=True)
        if is_year(year) and year != window and closing.is_closing:
            slots.append(closing)
    return tuple(slots)


def build_trend(slots: Sequence[Slot], results: Mapping[UUID, RunResults], carriers: Sequence[str]) -> Trend:
    """The carriers through the slots; `results` are those of the slots' runs."""
    row = [number for number, slot in enumerate(slots) if not slot.aside]
    comparable = [pair for pair in pairwise(row) if _alike(slots[pair[0]].run, slots[pair[1]].run)]
    lines = []
    for carrier in carriers:
        found = tuple(results[slot.run.run_id].results.get(carrier) if slot.run else None for slot in slots)
        joins = tuple((one, next_) for one, next_ in comparable if _placed(found[one]) and _placed(found[next_]))
        lines.append(Line(carrier, found, joins))
    return Trend(tuple(slots), tuple(_changes(slots, row)), tuple(lines))


def _changes(slots: Sequence[Slot], row: Sequence[int]) -> list[SchemeChange]:
    judged = [(number, run.scheme) for number in row if (run := slots[number].run) is not None]
    return [SchemeChange(number, before, after) for (_, before), (number, after) in pairwise(judged) if before != after]


def _alike(one: RunHead | None, other: RunHead | None) -> bool:
    return one is not None and other is not None and one.scheme == other.scheme


def _placed(result: Result | None) -> bool:
    return result is not None and result.place is not None
