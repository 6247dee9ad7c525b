"""The assessment (信用考核): evidence of a scope judged under a scheme, down to the parcels of one carrier."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from credit_scoring.evidence.evidence import CarrierEvidence, no_evidence
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.subject import carrier as carrier_subject
from credit_scoring.evidence.window import Window
from credit_scoring.scheme.rules import Scheme
from credit_scoring.scoring.collect import collect_evidence, log_point_of
from credit_scoring.scoring.conditions import COUNTED
from credit_scoring.scoring.counting import Ask
from credit_scoring.scoring.news import how_much_by
from credit_scoring.scoring.parcels import find_parcels
from credit_scoring.scoring.ranking import Ranked, Unranked, UnrankedReason, build_ranking
from credit_scoring.scoring.score import build_score

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class CountedIn:
    """Where parcels are counted instead of in the store, and up to which point of the log that goes."""

    ask: Ask
    log: LogPoint


@dataclass(frozen=True, slots=True)
class Assessment:
    """A ranking with all that it rests on: the scope, how far the log had come, the scheme and the evidence.

    `seen`: how much else there was that it saw (see credit_scoring.scoring.news); no part of what is sealed.
    """

    scope: Scope
    log: LogPoint
    scheme: Scheme
    evidence: tuple[CarrierEvidence, ...]
    rows: tuple[Ranked, ...]
    unranked: tuple[Unranked, ...]
    seen: str | None = field(default=None, compare=False)

    @property
    def position(self) -> int:
        return self.log.position

    @property
    def window(self) -> Window:
        return self.scope.window

    @property
    def division(self) -> str | None:
        return self.scope.division

    @property
    def as_of(self) -> datetime:
        return self.scope.as_of

    def standing_of(self, carrier: str) -> Ranked | Unranked:
        """Where a carrier stands; one without a parcel in the scope is unranked for that reason."""
        everybody: list[Ranked | Unranked] = [*self.rows, *self.unranked]
        for standing in everybody:
            if standing.score.carrier == carrier:
                return standing
        return Unranked(UnrankedReason.NO_PARCELS, build_score(no_evidence(carrier_subject(carrier)), self.scheme))


@dataclass(frozen=True, slots=True)
class CarrierAssessment:
    """One carrier's part of an assessment; `lost` names the first parcels that cost it points, by indicator."""

    carrier: str
    assessment: Assessment
    standing: Ranked | Unranked
    lost: dict[IndicatorName, list[str]]


def assess(
    session: Session,
    *,
    scheme: Scheme,
    window: Window,
    division: str | None,
    as_of: datetime,
    counted_in: CountedIn | None = None,
) -> Assessment:
    """Judge every carrier, live; nothing is saved. The session should see one moment (`reading`).

    The parcels are counted in the store, or in the files that `counted_in` names.
    """
    scope = Scope(window, division, as_of)
    evidence = collect_evidence(session, scope, ask=counted_in.ask if counted_in else None)
    log = counted_in.log if counted_in else log_point_of(session)
    assessment = build_assessment(evidence, scope=scope, log=log, scheme=scheme)
    return replace(assessment, seen=how_much_by(session, as_of))


def build_assessment(evidence: Iterable[CarrierEvidence], *, scope: Scope, log: LogPoint, scheme: Scheme) -> Assessment:
    """Pure: the same evidence under the same scheme gives the same assessment, in whatever order it comes."""
    ordered = tuple(sorted(evidence, key=lambda evidence: evidence.carrier))
    scores = (build_score(evidence, scheme) for evidence in ordered)
    ranking = build_ranking(scores, minimum_parcels=scheme.minimum_parcels)
    return Assessment(scope, log, scheme, ordered, ranking.rows, ranking.unranked)


def carrier_assessment(
    session: Session,
    *,
    carrier: str,
    scheme: Scheme,
    window: Window,
    division: str | None,
    as_of: datetime,
    examples: int = EXAMPLES,
) -> CarrierAssessment:
    """One carrier's place and reasons, with up to `examples` parcels behind each indicator (see find_parcels)."""
    assessment = assess(session, scheme=scheme, window=window, division=division, as_of=as_of)
    lost = {
        name: find_parcels(
            session,
            carrier=carrier,
            indicator=name,
            window=window,
            division=division,
            as_of=as_of,
            limit=examples,
        )
        for name in COUNTED
    }
    return CarrierAssessment(carrier, assessment, assessment.standing_of(carrier), lost)
