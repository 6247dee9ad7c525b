"""The export: the JSON of a ranking and of one carrier, as other programs rely on it."""

from decimal import Decimal
from uuid import UUID

from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.numbers import rounded
from credit_scoring.scoring.assess import Assessment, CarrierAssessment, build_assessment
from credit_scoring.scoring.conditions import COUNTED
from credit_scoring.scoring.export import canonical_json, carrier_json, ranking_json
from tests.conftest import Golden
from tests.credit_scoring.counts import SCHEME, evidence
from tests.credit_scoring.rows import SCOPE

RUN = UUID("019e0000-0000-7000-8000-000000000001")


def assessment() -> Assessment:
    drawn = [
        evidence("BLUEBIRD", delivered_in_time=(870, 990), picked_up_in_time=(300, 301), damage=(3, 1000)),
        evidence(
            "LADE",
            parcels=1470,
            own_parcels=0,
            on_the_way=0,
            picked_up_in_time=(1444, 1470),
            delivered_in_time=(0, 1470),
        ),
        evidence("SMALLTOWN", parcels=7, picked_up_in_time=(0, 0)),
    ]
    return build_assessment(drawn, scope=SCOPE, log=LogPoint(99, "ab" * 32), scheme=SCHEME)


def test_a_ranking_keeps_its_form(golden: Golden) -> None:
    golden("credit_scoring/ranking.json", canonical_json(ranking_json(assessment(), run=RUN)))


def test_a_ranking_computed_live_says_that_there_is_no_run() -> None:
    ranking = ranking_json(assessment())
    assert ranking["run"] is None
    assert ranking["as_of"] == "2026-06-15T00:00:00Z"
    assert (ranking["from"], ranking["to"], ranking["division"]) == ("2026-05-01", "2026-05-31", None)


def test_a_row_has_every_field_that_is_promised() -> None:
    row = next(row for row in ranking_json(assessment())["rows"] if row["carrier"] == "BLUEBIRD")
    promised = {"rank", "carrier", "score", "grade", "interval", "parcels", "best_place", "worst_place", "indicators"}
    assert promised <= set(row)
    assert set(row["indicators"]) == set(IndicatorName)
    assert {"value", "numerator", "denominator", "interval"} <= set(row["indicators"]["loss"])
    assert "reason" not in row["indicators"]["loss"]


def test_an_unknown_indicator_is_null_everywhere_and_says_why() -> None:
    row = next(row for row in ranking_json(assessment())["rows"] if row["carrier"] == "LADE")
    assert row["indicators"]["delivered_in_time"] == {
        "value": None,
        "numerator": None,
        "denominator": None,
        "interval": None,
        "points": None,
        "weight": 350,
        "reason": "not_covered_by_feed",
    }
    assert row["covered_points"] == 200


def test_an_unranked_carrier_shows_its_counts_and_its_interval_but_no_score() -> None:
    (row,) = ranking_json(assessment())["unranked"]
    assert (row["carrier"], row["reason"], row["score"], row["grade"]) == ("SMALLTOWN", "too_few_parcels", None, None)
    assert row["interval"][0] < row["interval"][1]
    assert row["indicators"]["damage"]["numerator"] == 0
    assert "rank" not in row


def test_values_have_nine_digits_and_scores_one() -> None:
    row = next(row for row in ranking_json(assessment())["rows"] if row["carrier"] == "BLUEBIRD")
    assert row["indicators"]["delivered_in_time"]["value"] == Decimal("0.878787879")
    assert row["score"] == rounded(row["score"], 1)


def test_one_carriers_credit_names_the_parcels_that_lost_points() -> None:
    one = assessment()
    lost: dict[IndicatorName, list[str]] = {name: [] for name in COUNTED}
    lost[IndicatorName.DAMAGE] = ["BLUEBIRD000001"]
    credit = carrier_json(CarrierAssessment("BLUEBIRD", one, one.standing_of("BLUEBIRD"), lost))
    assert (credit["carrier"], credit["scheme"], credit["position"]) == ("BLUEBIRD", "five-rules", 99)
    assert credit["indicators"]["damage"]["parcels_lost"] == ["BLUEBIRD000001"]
    small = carrier_json(CarrierAssessment("SMALLTOWN", one, one.standing_of("SMALLTOWN"), lost))
    assert (small["rank"], small["reason"]) == (None, "too_few_parcels")


def test_canonical_bytes_depend_on_the_value_alone() -> None:
    assert canonical_json({"b": 1, "a": ["迹信"]}) == '{"a":["迹信"],"b":1}'.encode()
