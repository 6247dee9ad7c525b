"""Assessed (考核结果): the saved run where there is one, else the same computed live and kept for a moment."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from sqlmodel import Session

from credit_scoring.errors import EvidenceInvalid, SchemeUnknown
from credit_scoring.evidence.window import Window
from credit_scoring.scheme.directory import Schemes
from credit_scoring.scheme.scheme_store import schemes_of
from credit_scoring.scoring.assess import Assessment, assess, build_assessment
from credit_scoring.scoring.changes import ScoreChange, explain_change
from credit_scoring.scoring.news import how_much
from credit_scoring.scoring.ranking import Ranked, Unranked
from credit_scoring.scoring.score_store import SavedRun, earlier_run, latest_run
from credit_scoring.scoring.seal import parse_inputs
from tracker.store.event_store import log_head
from tracker.working_days import local_day_of

KEPT = 64
LIVE_PARCELS = 500_000  # 20 million take a minute or more (docs/year.md): these some 2 s
KEPT_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Assessed:
    """An assessment, and the saved run that it is; None for a live one."""

    assessment: Assessment
    run: UUID | None


def standings_of(assessment: Assessment) -> list[Ranked | Unranked]:
    """Those with a place in order, then those without."""
    return [*assessment.rows, *assessment.unranked]


class LiveAssessments:
    """Live assessments of the last half minute: as long as nothing new is recorded, asking again costs nothing."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Window, str | None, str, int], Assessment] = OrderedDict()
        self._lock = Lock()

    def assessment_of(self, session: Session, window: Window, division: str | None, *, now: datetime) -> Assessment:
        """Computed now, or kept from less than 30 s ago at the same log position; `as_of` says when."""
        scheme = schemes_of(session).on(window.last_day, division)
        key = (window, division, scheme.sha256, log_head(session).position)
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and now - kept.as_of < KEPT_FOR:
            return kept
        fresh = assess(session, scheme=scheme, window=window, division=division, as_of=now)
        with self._lock:
            self._kept[key] = fresh
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return fresh


def build_saved(run: SavedRun, schemes: Schemes) -> Assessed | None:
    """A saved run built again from its sealed evidence; None under a scheme that is not here any more, and of evidence
    sealed in a version that is not read any more."""
    try:
        inputs = parse_inputs(run.evidence)
        scheme = schemes.of(inputs.scheme_version)
    except (EvidenceInvalid, SchemeUnknown):
        return None
    again = build_assessment(inputs.evidence, scope=inputs.scope, log=inputs.log, scheme=scheme)
    return Assessed(again, run.run_id)


def assessed_of(
    session: Session, live: LiveAssessments, *, window: Window, division: str | None, now: datetime
) -> Assessed:
    """The saved run while nothing has been recorded since, else a live assessment.

    A saved run of so many parcels that nobody should wait for another stands until the next one is saved: `as_of` says
    from when it is.
    """
    run = latest_run(session, window, division)
    stands = run is not None and (_is_newest(session, run) or _is_long_work(run))
    saved = build_saved(run, schemes_of(session)) if run is not None and stands else None
    return saved or Assessed(live.assessment_of(session, window, division, now=now), None)


def _is_newest(session: Session, run: SavedRun) -> bool:
    return run.position == log_head(session).position and run.seen == how_much(session)


def _is_long_work(run: SavedRun) -> bool:
    """Told by what came out: most runs are judged again live, and need not be built before."""
    ranking = run.ranking
    parcels: int = sum(row["parcels"] for row in (*ranking["rows"], *ranking["unranked"]))
    return parcels > LIVE_PARCELS


@dataclass(frozen=True, slots=True)
class Since:
    """What changed for a carrier since the run before: that run, and why the score differs."""

    before: Assessed
    change: ScoreChange

    def has_other_scheme(self, assessment: Assessment) -> bool:
        return self.before.assessment.scheme.sha256 != assessment.scheme.sha256


def change_since(session: Session, assessed: Assessed, carrier: str) -> Since | None:
    """None where there is no earlier run, or the carrier had or has no place: its score must not be shown."""
    assessment = assessed.assessment
    run = earlier_run(session, assessment.window, assessment.division, before=assessment.as_of)
    saved = build_saved(run, schemes_of(session)) if run is not None else None
    if saved is None:
        return None
    then, here = saved.assessment.standing_of(carrier), assessment.standing_of(carrier)
    if not isinstance(then, Ranked) or not isinstance(here, Ranked):
        return None
    return Since(saved, explain_change(then.score, here.score))


def saved_standing(session: Session, carrier: str, *, now: datetime) -> tuple[Assessment, Ranked] | None:
    """A carrier's place in the latest saved run of the last 30 days nationwide; None where it has none."""
    run = latest_run(session, Window.parse(None, None, today=local_day_of(now)), None)
    saved = build_saved(run, schemes_of(session)) if run is not None else None
    if saved is None:
        return None
    standing = saved.assessment.standing_of(carrier)
    return (saved.assessment, standing) if isinstance(standing, Ranked) else None
