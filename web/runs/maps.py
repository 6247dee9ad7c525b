"""The picture by province as it is read (分省读取): the newest run of each province for one period, in one moment."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from credit_scoring.errors import SchemeUnknown
from credit_scoring.evidence.window import Window
from credit_scoring.governance.objections.objection_store import open_objections
from credit_scoring.scheme.directory import Schemes
from credit_scoring.scheme.scheme_store import schemes_of
from credit_scoring.scoring.provinces import ProvinceFigure, carriers_in, measure_of, score_of, volume_of
from credit_scoring.scoring.run_results import RunHead, RunResults
from credit_scoring.scoring.run_series_store import results_of, runs_by_division, windows_judged
from tracker.store.registry import Carrier, carriers
from tracker.wire.divisions import children_of
from web.reads import known_carrier
from web.runs.map_paths import PLACED, AskedMap

WINDOWS = 36


@dataclass(frozen=True, slots=True)
class ToldMap:
    """A figure for each of the 34, by code. `window` is None where no province was ever judged; `judged` are the
    periods in which one was, the latest first; `disputed` counts the open objections of a carrier."""

    asked: AskedMap
    window: Window | None
    carrier: str | None
    figures: dict[str, ProvinceFigure]
    known: dict[str, Carrier]
    offered: tuple[str, ...]
    judged: tuple[Window, ...]
    disputed: Counter[str]

    @property
    def runs(self) -> list[RunHead]:
        """The provinces' runs."""
        return [each.run for each in self.figures.values() if each.run is not None]

    def disputed_in(self, figure: ProvinceFigure) -> int:
        """The open objections of the carrier that a figure is about; of all where it is about all."""
        carrier = figure.carrier or self.carrier
        return self.disputed[carrier] if carrier else self.disputed.total()


def map_of(session: Session, asked: AskedMap) -> ToldMap:
    """What was asked, for its period or else for the latest in which a province was judged. Raises CarrierNotFound."""
    carrier = known_carrier(session, asked.carrier).code if asked.carrier else None
    provinces = [province.code for province in children_of(None)]
    judged = windows_judged(session, provinces, limit=WINDOWS)
    window = asked.window or (judged[0] if judged else None)
    runs = runs_by_division(session, window, provinces) if window else {}
    results = results_of(session, runs.values())
    told = {code: results[run.run_id] for code, run in runs.items()}
    figure = _figure(asked, carrier, schemes_of(session))
    return ToldMap(
        asked=asked,
        window=window,
        carrier=carrier,
        figures={code: figure(code, told.get(code)) for code in provinces},
        known=carriers(session),
        offered=tuple(carriers_in(told.values())),
        judged=tuple(judged),
        disputed=Counter(each.carrier for each in open_objections(session)),
    )


def _figure(
    asked: AskedMap, carrier: str | None, schemes: Schemes
) -> Callable[[str, RunResults | None], ProvinceFigure]:
    if (indicator := asked.indicator) is not None:
        return lambda code, told: measure_of(
            code, told, carrier, indicator=indicator, minimum=_minimum(schemes, told.run if told else None)
        )
    by_place = asked.figure == PLACED
    return lambda code, told: (score_of if by_place else volume_of)(code, told, carrier)


def _minimum(schemes: Schemes, run: RunHead | None) -> int:
    """As many parcels as the run's scheme asks of a carrier; of a scheme that is gone, what the one now asks."""
    if run is None:
        return 0
    try:
        return schemes.of(run.scheme).minimum_parcels
    except SchemeUnknown:
        return schemes.on(run.window.last_day, run.division).minimum_parcels
