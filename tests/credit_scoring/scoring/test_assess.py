"""The assessment: a ranking from the store, down to one carrier's parcels."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from credit_scoring.evidence.evidence import CarrierEvidence
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.scoring.assess import Assessment, assess, build_assessment, carrier_assessment
from credit_scoring.scoring.ranking import Ranked, Unranked, UnrankedReason
from tests.credit_scoring.counts import SCHEME, some_carriers
from tests.credit_scoring.rows import ACCEPTED_AT, AS_OF, SCOPE, SECOND, WINDOW, many, picked_up_only, store
from tracker.store.database import reading

PROMISED = ACCEPTED_AT + SECOND


def assessed(engine: Engine) -> Assessment:
    with reading(engine) as session:
        return assess(session, scheme=SCHEME, window=WINDOW, division=None, as_of=AS_OF)


def fill(engine: Engine) -> None:
    """A good carrier, one that damages a tenth, one with 29 parcels, and a feed of pick-ups only."""
    store(
        engine,
        [
            *many(100, "BLUEBIRD", pickup_due=PROMISED),
            *many(90, "FLYGRAIN", pickup_due=PROMISED),
            *many(10, "FLYGRAIN", start=90, pickup_due=PROMISED, damaged=True),
            *many(29, "SMALLTOWN"),
            *(picked_up_only(f"LADE{number:03}") for number in range(30)),
        ],
        position=1234,
    )


def test_an_assessment_says_what_it_rests_on(engine: Engine) -> None:
    fill(engine)
    assessment = assessed(engine)
    assert (assessment.as_of, assessment.position, assessment.scheme.version) == (AS_OF, 1234, "five-rules")
    assert (assessment.window, assessment.division) == (WINDOW, None)


def test_carriers_are_ranked_and_the_small_one_is_not(engine: Engine) -> None:
    fill(engine)
    assessment = assessed(engine)
    assert [(row.rank, row.score.carrier, row.score.score) for row in assessment.rows] == [
        (1, "BLUEBIRD", 1000.0),
        (2, "LADE", 1000.0),
        (3, "FLYGRAIN", 900.0),
    ]
    assert [(row.score.carrier, row.reason) for row in assessment.unranked] == [
        ("SMALLTOWN", UnrankedReason.TOO_FEW_PARCELS)
    ]


def test_a_feed_of_pick_ups_is_scored_by_them_alone_and_says_so(engine: Engine) -> None:
    fill(engine)
    standing = assessed(engine).standing_of("LADE")
    assert isinstance(standing, Ranked)
    assert standing.score.covered_points == 200


def test_one_carriers_reasons_lead_down_to_its_parcels(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as session:
        credit = carrier_assessment(
            session, carrier="FLYGRAIN", scheme=SCHEME, window=WINDOW, division=None, as_of=AS_OF, examples=3
        )
    assert isinstance(credit.standing, Ranked)
    assert credit.standing.rank == 3
    assert credit.lost[IndicatorName.DAMAGE] == ["FLYGRAIN000090", "FLYGRAIN000091", "FLYGRAIN000092"]
    assert credit.lost[IndicatorName.DELIVERED_IN_TIME] == []


def test_a_carrier_without_parcels_has_no_score_and_says_why(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as session:
        credit = carrier_assessment(
            session, carrier="EVENWAY", scheme=SCHEME, window=WINDOW, division=None, as_of=AS_OF
        )
    assert isinstance(credit.standing, Unranked)
    assert (credit.standing.reason, credit.standing.score.score) == (UnrankedReason.NO_PARCELS, None)
    assert not any(credit.lost.values())


@given(some_carriers(), st.randoms(use_true_random=False))
def test_the_order_in_which_evidence_comes_is_irrelevant(drawn: list[CarrierEvidence], chance: Random) -> None:
    shuffled = list(drawn)
    chance.shuffle(shuffled)
    one = build_assessment(drawn, scope=SCOPE, log=LogPoint(1, "ab" * 32), scheme=SCHEME)
    assert build_assessment(shuffled, scope=SCOPE, log=LogPoint(1, "ab" * 32), scheme=SCHEME) == one
