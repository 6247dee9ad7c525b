"""The comparison as it is read (并列比较读取): one saved run, the carriers asked for, and what is in dispute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from credit_scoring.evidence.window import Window
from credit_scoring.governance.objections.objection import Objection
from credit_scoring.governance.objections.objection_store import open_objections
from credit_scoring.scheme.scheme_store import schemes_of
from credit_scoring.scoring.comparison import Compared, compare_standings
from credit_scoring.scoring.ranking import Ranked, Unranked
from credit_scoring.scoring.run_series_store import windows_judged
from credit_scoring.scoring.score_store import latest_run
from tracker.store.registry import Carrier, carriers
from tracker.wire.divisions import Division
from web.reads import known_carrier
from web.runs.assessed import Assessed, build_saved, standings_of
from web.runs.run_paths import AskedRun

WINDOWS = 24


@dataclass(frozen=True, slots=True)
class ToldComparison:
    """Carriers in one run. `assessed` is None where the period has no run, or none under a scheme that is still here
    (`lost_scheme`); `judged` are the periods that have one, the latest first."""

    division: Division | None
    window: Window | None
    carriers: tuple[str, ...]
    known: dict[str, Carrier]
    assessed: Assessed | None
    lost_scheme: str | None
    judged: tuple[Window, ...]
    objections: Mapping[str, Sequence[Objection]]

    @property
    def standings(self) -> list[Ranked | Unranked]:
        """Those asked for, in the order of the ranking; who is not in the run comes last, without parcels."""
        if self.assessed is None:
            return []
        assessment = self.assessed.assessment
        there = [each for each in standings_of(assessment) if each.score.carrier in self.carriers]
        found = {each.score.carrier for each in there}
        return [*there, *(assessment.standing_of(code) for code in self.carriers if code not in found)]

    @property
    def compared(self) -> dict[str, Compared]:
        """The score, each dimension and each indicator, by name."""
        return compare_standings(self.standings)


def comparison_of(session: Session, asked: AskedRun, codes: Sequence[str]) -> ToldComparison:
    """What was asked, in the newest run of the period; without one, of the latest that was judged. Raises
    CarrierNotFound."""
    chosen = tuple(dict.fromkeys(known_carrier(session, code).code for code in codes))
    judged = windows_judged(session, [asked.area], limit=WINDOWS)
    window = asked.window or (judged[0] if judged else None)
    run = latest_run(session, window, asked.area) if window else None
    assessed = build_saved(run, schemes_of(session)) if run else None
    objections: dict[str, list[Objection]] = {}
    for each in open_objections(session):
        objections.setdefault(each.carrier, []).append(each)
    lost = run.scheme if run and assessed is None else None
    return ToldComparison(asked.division, window, chosen, carriers(session), assessed, lost, tuple(judged), objections)
