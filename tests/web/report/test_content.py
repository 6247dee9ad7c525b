"""The report's content: all that a score needs beside it, the same bytes again, and nothing private in public."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.credit_scoring.archive.told import BIRD, about, licence, penalty, tell
from tests.web.report.world import Printed
from tests.web.world import NOW
from tracker.store.database import transaction
from tracker.store.registry import Carrier, save_carrier
from web.report.content import write_report
from web.report.facts import Audience

CERTIFICATE = "c" * 64


def written(printed: Printed, code: str, audience: Audience = Audience.PUBLIC) -> bytes:
    return write_report(printed.facts(code, audience), certificate=CERTIFICATE)


def content(printed: Printed, code: str, audience: Audience = Audience.PUBLIC) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(written(printed, code, audience), parse_float=_no_float)
    return report


def _no_float(text: str) -> Any:
    raise AssertionError(f"{text} is a JSON number with a fraction: not the same on every machine")


def test_nothing_stands_without_as_of_scheme_sample_interval_and_the_state_of_objections(printed: Printed) -> None:
    number = printed.object("FARREACH")
    report = content(printed, "FARREACH")
    assert report["run"]["id"] == str(printed.run_id)
    assert report["run"]["as_of"] == "2026-10-18T06:03:00Z"
    assert report["scheme"]["version"] == "2026-1"
    assert len(report["scheme"]["sha256"]) == 64
    score = report["score"]
    assert Decimal(score["interval"][0]) <= Decimal(score["score"]) <= Decimal(score["interval"][1])
    assert score["best_place"] <= score["rank"] <= score["worst_place"] <= score["ranked"]
    assert score["parcels"] > 0
    for each in report["indicators"]:
        known = each["value"] is not None
        assert known == (each["denominator"] is not None) == (each["unknown"] is None), each["indicator"]
        assert known or each["points"] is None
    loss = next(each for each in report["indicators"] if each["indicator"] == "loss")
    assert loss["objections"] == [{"objection_no": number, "state": "filed"}]
    assert report["objections"][0]["due"] == "2026-10-28"
    assert report["since"]["difference"] == str(report["since"]["difference"])
    assert report["pdf_certificate_sha256"] == CERTIFICATE


def test_the_same_run_gives_the_same_bytes_until_an_objection_moves_on(printed: Printed) -> None:
    first = written(printed, "FARREACH")
    assert written(printed, "FARREACH") == first
    number = printed.object("FARREACH")
    filed = content(printed, "FARREACH")
    assert filed["objections_as_of"] == "2026-10-18T07:03:00Z"
    printed.reject(number, NOW + timedelta(days=2))
    decided = content(printed, "FARREACH")
    assert [each["objections"][0]["state"] for each in (filed, decided) if each["objections"]] == ["filed", "rejected"]
    assert decided["objections_as_of"] == "2026-10-20T06:03:00Z"
    assert {**decided, "objections": [], "objections_as_of": ""}.keys() == filed.keys()
    assert written(printed, "EVENWAY") == written(printed, "EVENWAY")


def test_of_a_carrier_without_a_place_no_score_and_no_interval_is_told(printed: Printed) -> None:
    report = content(printed, "SMALLTOWN")
    score = report["score"]
    assert (score["score"], score["grade"], score["rank"], score["interval"]) == (None, None, None, None)
    assert score["reason"] == "too_few_parcels"
    assert {each["points"] for each in report["indicators"]} == {None}
    assert {each["score"] for each in report["dimensions"]} == {None}
    assert content(printed, "UNKNOWNCO")["score"]["reason"] == "no_parcels"


def test_the_archive_and_the_grounds_are_for_the_enterprise_alone(printed: Printed) -> None:
    with transaction(printed.engine) as session:
        save_carrier(session, Carrier("BLUEBIRD", "青鸟速运", "Bluebird Express", BIRD, verified=True))
        save_carrier(session, Carrier("BLUEBIRD2", "青鸟同城", None, BIRD, verified=True))
    tell(printed.engine, about(), licence(), penalty())
    tell(printed.engine, penalty("渝邮罚〔2026〕9号"), at=NOW + timedelta(minutes=1))  # after the run
    printed.object("BLUEBIRD")
    public, own = content(printed, "BLUEBIRD"), content(printed, "BLUEBIRD", Audience.ENTERPRISE)
    assert public["enterprise"]["carriers"] == ["BLUEBIRD", "BLUEBIRD2"]
    assert public["records"] == []
    assert sorted(each["kind"] for each in own["records"]) == ["identity", "licence", "penalty"]
    assert "ground" not in public["objections"][0]
    assert own["objections"][0]["ground"] == "data_wrong"
    assert (public["audience"], own["audience"]) == ("public", "enterprise")
    for each in (public, own):
        assert "regulator" not in json.dumps(each["records"]), "who entered a record is a login name"
