"""The ranking: order, ties, places, and who gets none."""

from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.evidence.evidence import CarrierEvidence
from credit_scoring.evidence.intervals import Interval
from credit_scoring.scoring.ranking import Ranking, UnrankedReason, build_ranking
from credit_scoring.scoring.score import Score, build_score
from tests.credit_scoring.counts import SCHEME, some_carriers


def score(carrier: str, told: float | None, low: float = 0, high: float = 1000, parcels: int = 100) -> Score:
    value = None if told is None else Decimal(str(told))
    interval = None if value is None else Interval(Decimal(str(low)), Decimal(str(high)))
    grade = None if value is None else SCHEME.grade_of(value)
    return Score(carrier, parcels, None, value, interval, grade, 1000, (), ())


def rank(*scores: Score) -> Ranking:
    return build_ranking(scores, minimum_parcels=30)


def places(ranking: Ranking) -> list[tuple[str, int, int, int]]:
    return [(row.score.carrier, row.rank, row.best_place, row.worst_place) for row in ranking.rows]


def test_the_higher_score_stands_first() -> None:
    ranking = rank(score("EVENWAY", 700.0), score("BLUEBIRD", 900.0), score("POSTROAD", 800.0))
    assert [row.score.carrier for row in ranking.rows] == ["BLUEBIRD", "POSTROAD", "EVENWAY"]
    assert [row.rank for row in ranking.rows] == [1, 2, 3]


def test_of_equal_scores_the_one_with_more_parcels_stands_first() -> None:
    ranking = rank(score("BLUEBIRD", 800.0, parcels=40), score("POSTROAD", 800.0, parcels=50))
    assert [(row.score.carrier, row.rank) for row in ranking.rows] == [("POSTROAD", 1), ("BLUEBIRD", 2)]


def test_ties_share_a_place_and_the_next_place_stays_free() -> None:
    ranking = rank(score("C", 700.0), score("B", 800.0), score("A", 800.0))
    assert [(row.score.carrier, row.rank) for row in ranking.rows] == [("A", 1), ("B", 1), ("C", 3)]


def test_intervals_that_do_not_touch_leave_one_possible_place() -> None:
    ranking = rank(score("A", 900.0, 880.0, 920.0), score("B", 800.0, 780.0, 820.0), score("C", 700.0, 680.0, 720.0))
    assert places(ranking) == [("A", 1, 1, 1), ("B", 2, 2, 2), ("C", 3, 3, 3)]


def test_intervals_that_overlap_say_which_places_are_possible() -> None:
    ranking = rank(score("A", 900.0, 850.0, 950.0), score("B", 880.0, 800.0, 940.0), score("C", 790.0, 780.0, 810.0))
    assert places(ranking) == [("A", 1, 1, 2), ("B", 2, 1, 3), ("C", 3, 2, 3)]


def test_fewer_than_thirty_parcels_are_unranked_and_thirty_are_enough() -> None:
    ranking = rank(score("SMALLTOWN", 999.0, parcels=29), score("BLUEBIRD", 700.0, parcels=30))
    assert places(ranking) == [("BLUEBIRD", 1, 1, 1)]
    assert [(row.score.carrier, row.reason) for row in ranking.unranked] == [
        ("SMALLTOWN", UnrankedReason.TOO_FEW_PARCELS)
    ]


def test_a_carrier_without_a_score_is_unranked() -> None:
    assert [row.reason for row in rank(score("BLUEBIRD", None)).unranked] == [UnrankedReason.NO_SCORE]


def test_the_unranked_stand_last_the_larger_first() -> None:
    ranking = rank(score("A", 1.0, parcels=3), score("B", 1.0, parcels=5), score("C", None, parcels=900))
    assert [row.score.carrier for row in ranking.unranked] == ["C", "B", "A"]


def test_the_unranked_take_no_place_from_the_others() -> None:
    ranking = rank(score("SMALLTOWN", 999.0, 990.0, 1000.0, parcels=5), score("BLUEBIRD", 700.0, 600.0, 800.0))
    assert places(ranking) == [("BLUEBIRD", 1, 1, 1)]


def test_nobody_ranked_is_an_empty_ranking() -> None:
    assert rank() == Ranking((), ())


@given(some_carriers(), st.randoms(use_true_random=False))
def test_the_order_in_which_carriers_come_is_irrelevant(drawn: list[CarrierEvidence], chance: Random) -> None:
    scores = [build_score(each, SCHEME) for each in drawn]
    shuffled = list(scores)
    chance.shuffle(shuffled)
    assert rank(*shuffled) == rank(*scores)


@given(some_carriers())
def test_a_place_lies_between_the_best_and_the_worst_one(drawn: list[CarrierEvidence]) -> None:
    ranking = rank(*(build_score(each, SCHEME) for each in drawn))
    assert len(ranking.rows) + len(ranking.unranked) == len(drawn)
    for row in ranking.rows:
        assert 1 <= row.best_place <= row.rank <= row.worst_place <= len(ranking.rows)


@given(some_carriers())
def test_places_are_what_counting_the_others_one_by_one_gives(drawn: list[CarrierEvidence]) -> None:
    ranking = rank(*(build_score(each, SCHEME) for each in drawn))
    for row in ranking.rows:
        mine = row.score
        others = [other.score for other in ranking.rows if other is not row]
        assert mine.interval is not None
        ahead = [other for other in others if (other.score, other.parcels) > (mine.score, mine.parcels)]
        certain = [o for o in others if o.interval and (o.interval.low, o.parcels) > (mine.interval.high, mine.parcels)]
        perhaps = [o for o in others if o.interval and (o.interval.high, o.parcels) > (mine.interval.low, mine.parcels)]
        assert (row.rank, row.best_place, row.worst_place) == (1 + len(ahead), 1 + len(certain), 1 + len(perhaps))
