"""The trend as it is read (走势读取): runs, results, names and objections, all of one moment."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from credit_scoring.governance.objections.objection import Objection, PointKind
from credit_scoring.governance.objections.objection_store import open_objections
from credit_scoring.scoring.rhythm import windows_before, year_of
from credit_scoring.scoring.run_results import Result
from credit_scoring.scoring.run_series_store import results_of, runs_in
from credit_scoring.scoring.trend import Line, Slot, Trend, build_slots, build_trend, choose_runs
from tracker.store.registry import Carrier, carriers
from web.reads import known_carrier
from web.runs.run_paths import IN_A_TREND, AskedTrend


@dataclass(frozen=True, slots=True)
class ToldTrend:
    """A trend with the names of all carriers, who else is in its runs, and what is in dispute.

    `disputed` counts the open objections of a carrier; `schemes` are those under which these windows were judged.
    """

    asked: AskedTrend
    trend: Trend
    known: dict[str, Carrier]
    offered: tuple[str, ...]
    schemes: tuple[str, ...]
    disputed: Counter[str]
    _in_runs: Counter[tuple[str, str]]

    def disputed_in(self, line: Line, slot: Slot) -> int:
        """The open objections of a carrier to a point of this very run."""
        return self._in_runs[line.carrier, str(slot.run.run_id)] if slot.run else 0


def trend_of(session: Session, asked: AskedTrend, *, today: date) -> ToldTrend:
    """What was asked. Raises CarrierNotFound."""
    codes = [known_carrier(session, code).code for code in asked.carriers]
    windows = windows_before(today, asked.rhythm, asked.count)
    years = [year_of(year) for year in {window.last_day.year for window in windows}]
    runs = runs_in(session, [*windows, *years], asked.area)
    slots = build_slots(windows, choose_runs(runs, asked.scheme))
    results = results_of(session, [slot.run for slot in slots if slot.run])
    told = [results[slot.run.run_id].results for slot in slots if slot.run]
    newest: list[Result] = list(told[-1].values()) if told else []
    objections = open_objections(session)
    return ToldTrend(
        asked=asked,
        trend=build_trend(slots, results, codes or [each.carrier for each in newest if each.place][:IN_A_TREND]),
        known=carriers(session),
        offered=tuple(sorted({*codes, *(code for each in told for code in each)})),
        schemes=tuple(sorted(runs)),
        disputed=Counter(each.carrier for each in objections),
        _in_runs=Counter((each.carrier, run) for each in objections if (run := _run_of(each))),
    )


def _run_of(objection: Objection) -> str:
    """The run to a point of which an objection was made; empty for objections to other things."""
    return objection.point.key.partition("/")[0] if objection.point.kind is PointKind.INDICATOR else ""
