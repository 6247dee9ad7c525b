"""The picture by province: counts are added and carry the interval of the sum; what is thin or unknown says so."""

from decimal import Decimal
from uuid import UUID

from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.evidence.evidence import CarrierEvidence
from credit_scoring.evidence.indicators import IndicatorName, Kind
from credit_scoring.evidence.intervals import garwood, wilson
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.scope import Scope
from credit_scoring.scoring.assess import build_assessment
from credit_scoring.scoring.export import canonical_json, ranking_json
from credit_scoring.scoring.provinces import MAPPED, Missing, ProvinceFigure, measure_of, score_of, volume_of
from credit_scoring.scoring.run_results import RunHead, RunResults, parse_results
from tests.credit_scoring.counts import SCHEME, evidence
from tests.credit_scoring.rows import AS_OF, WINDOW

CODE = "330000"
RUN = RunHead(UUID(int=1), SCHEME.version, WINDOW, CODE, AS_OF, 7)
IN_TIME = indicator_of(IndicatorName.DELIVERED_IN_TIME)
LOSS = indicator_of(IndicatorName.LOSS)


def judged(*drawn: CarrierEvidence) -> RunResults:
    scope = Scope(WINDOW, CODE, AS_OF)
    one = build_assessment(drawn, scope=scope, log=LogPoint(7, "ab" * 32), scheme=SCHEME)
    return parse_results(RUN, canonical_json(ranking_json(one)))


LARGE = evidence("LARGE", parcels=900, delivered_in_time=(720, 900), loss=(3, 900))
SMALL = evidence("SMALL", parcels=100, delivered_in_time=(100, 100), loss=(0, 100))
TINY = evidence("TINY", parcels=5)
TOLD = judged(LARGE, SMALL, TINY)


def measured(told: RunResults | None, carrier: str | None = None, *, name: IndicatorName) -> ProvinceFigure:
    return measure_of(CODE, told, carrier, indicator=indicator_of(name), minimum=30)


def test_all_together_weigh_what_they_carried() -> None:
    figure = measured(TOLD, name=IN_TIME.name)
    assert figure.measure is not None
    assert (figure.measure.numerator, figure.measure.denominator, figure.parcels) == (825, 1005, 1005)
    assert figure.measure.interval == wilson(825, 1005)
    rare = measured(TOLD, name=LOSS.name)
    assert rare.measure is not None
    assert rare.measure.interval == garwood(3, 1005)


def test_one_carrier_is_itself() -> None:
    figure = measured(TOLD, "SMALL", name=IN_TIME.name)
    assert figure.measure is not None
    assert (figure.measure.value, figure.measure.interval) == (Decimal(1), wilson(100, 100))
    assert volume_of(CODE, TOLD, "SMALL").parcels == 100
    assert volume_of(CODE, TOLD, None).parcels == 1005


def test_of_scores_the_first_place_is_shown_and_never_a_mean() -> None:
    first = score_of(CODE, TOLD, None)
    assert (first.carrier, first.sample, first.parcels) == ("SMALL", 100, 1005)
    assert first.place is not None
    assert first.place.rank == 1
    second = score_of(CODE, TOLD, "LARGE")
    assert second.place is not None
    assert second.place.rank == 2


def test_what_is_thin_missing_or_unknown_has_no_figure_and_says_why() -> None:
    assert measured(None, name=LOSS.name).missing is Missing.NO_RUN
    assert score_of(CODE, None, None).missing is Missing.NO_RUN
    assert volume_of(CODE, TOLD, "ABSENT").missing is Missing.NOT_IN_RUN
    assert score_of(CODE, TOLD, "TINY").missing is Missing.TOO_FEW_PARCELS
    assert measured(TOLD, "TINY", name=LOSS.name).missing is Missing.TOO_FEW_PARCELS
    assert measured(TOLD, name=IndicatorName.ANSWERED_IN_7_DAYS).missing is Missing.UNKNOWN
    for figure in (score_of(CODE, TOLD, "TINY"), measured(TOLD, "TINY", name=LOSS.name)):
        assert (figure.place, figure.measure) == (None, None)


def test_only_what_can_be_added_is_mapped() -> None:
    assert {each.kind for each in MAPPED} == {Kind.PROPORTION, Kind.RARE_EVENT}
