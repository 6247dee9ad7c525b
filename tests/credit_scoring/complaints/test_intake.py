"""Intake (受理登记): what is taken, what is refused and why, what is only another copy."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from credit_scoring.complaints.case import Kind, Party
from credit_scoring.complaints.codes.categories import Category, Cause
from credit_scoring.complaints.codes.channels import Procedure
from credit_scoring.complaints.complaint_lists import CaseFilter, find_cases
from credit_scoring.complaints.complaint_store import histories_of, history_of
from credit_scoring.complaints.handling import act
from credit_scoring.complaints.intake import Outcome
from credit_scoring.complaints.standing import CaseState
from credit_scoring.errors import ComplaintRefused
from tests.credit_scoring.complaints.builders import DAY, file_one, fill
from tests.web.parcels import ANNOUNCED, DELIVERED, UNDER_WAY
from tests.web.world import NOW, Told, World
from tracker.store.database import reading, transaction
from tracker.wire.steps import Step

LOSS: dict[str, Any] = {"category": Category.LOSS, "cause": Cause.ALL_LOST}


@pytest.fixture
def world(engine: Engine) -> Engine:
    fill(engine)
    return engine


def test_a_complaint_becomes_a_case_of_its_parcels_carrier(world: Engine) -> None:
    with transaction(world) as session:
        filed = file_one(session, DELIVERED)
    assert filed.outcome is Outcome.FILED
    case = filed.case
    assert (case.carrier, case.procedure, case.channel) == ("BLUEBIRD", Procedure.COMPLAINT, "web")
    assert (case.origin, case.division, case.posted_on) == ("500112", "330106", date(2026, 10, 16))
    assert case.first_owner == "carrier:BLUEBIRD"
    with reading(world) as session:
        history = history_of(session, case.case_no)
        assert history is not None
        assert history.case == case
        assert history.standing.state is CaseState.AT_CARRIER
        assert find_cases(session, CaseFilter(carrier="BLUEBIRD"))[0] == (date(2026, 10, 25).toordinal(), case.case_no)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"received_at": NOW + timedelta(seconds=1)}, "received_in_future"),
        ({"cause": Cause.NEVER_ORDERED}, "cause_not_of_category"),
        ({"channel": "12300"}, "channel_unknown"),
        ({"channel": "12345", "received_at": NOW - 4000 * DAY}, "term_unknown"),
        ({"division": "999999"}, "division_unknown"),
        ({"source_ref": "张三"}, "source_ref_malformed"),
        ({"source_ref": "13800138000"}, "source_ref_personal"),
        ({"source_ref": "11010519491231002X"}, "source_ref_personal"),
        ({"carrier": "EVENWAY"}, "carrier_not_of_parcel"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_code(world: Engine, told: dict[str, Any], code: str) -> None:
    with pytest.raises(ComplaintRefused) as refused, transaction(world) as session:
        file_one(session, DELIVERED, **told)
    assert refused.value.code == code
    with reading(world) as session:
        assert find_cases(session, CaseFilter()) == []


def test_another_carrier_that_had_it_may_be_complained_of(world: Engine) -> None:
    with transaction(world) as session:
        World(session).record("QN7", "BLUEBIRD", [
            Told(Step.ACCEPTED, 60, "CQ-01"), Told(Step.ARRIVED, 40, "HZ-HUB", carrier="POSTROAD"),
        ])  # fmt: skip
        assert file_one(session, "QN7", carrier="POSTROAD").case.carrier == "POSTROAD"


def test_an_unknown_parcel_is_taken_only_where_the_carrier_is_named(world: Engine) -> None:
    """Who leaves bad parcels out of its scans is not spared their complaints."""
    with transaction(world) as session, pytest.raises(ComplaintRefused, match="parcel_unknown"):
        file_one(session, "NOBODYKNOWS1")
    with transaction(world) as session, pytest.raises(ComplaintRefused, match="carrier_unknown"):
        file_one(session, "NOBODYKNOWS1", carrier="NOSUCH")
    with transaction(world) as session:
        case = file_one(session, "NOBODYKNOWS1", carrier="EVENWAY", division="500112", channel="12305").case
    assert (case.carrier, case.origin, case.posted_on) == ("EVENWAY", "500112", None)


def test_a_retired_number_is_routed_to_its_successor_and_marked(world: Engine) -> None:
    with transaction(world) as session:
        case = file_one(session, DELIVERED, channel="12358").case
    assert (case.channel_asked, case.channel, case.procedure) == ("12358", "12315", Procedure.CONSUMER)
    assert case.first_owner == "channel:12315"


def test_the_line_that_was_asked_first_owns_the_case_though_the_carrier_answers(world: Engine) -> None:
    with transaction(world) as session:
        case = file_one(session, DELIVERED, channel="12345").case
        standing = act(
            session, case.case_no, Kind.TRANSFERRED, by=Party.CARRIER, now=NOW, data={"to": "carrier:POSTROAD"}
        )
    assert case.first_owner == "channel:12345"
    assert (standing.holder, standing.case.first_owner) == ("carrier:POSTROAD", "channel:12345")


def test_the_same_source_ref_again_is_known_and_with_another_content_a_conflict(world: Engine) -> None:
    with transaction(world) as session:
        first = file_one(session, DELIVERED, channel="12345", source_ref="A-1")
        again = file_one(session, DELIVERED, channel="12345", source_ref="A-1", received_at=NOW - DAY)
        assert (again.outcome, again.case) == (Outcome.KNOWN, first.case)
        with pytest.raises(ComplaintRefused, match="source_ref_conflict"):
            file_one(session, DELIVERED, channel="12345", source_ref="A-1", **LOSS)
        assert file_one(session, DELIVERED, channel="12305", source_ref="A-1").outcome is Outcome.FILED


def test_a_form_sent_twice_gives_one_receipt_until_its_case_is_closed(world: Engine) -> None:
    with transaction(world) as session:
        first = file_one(session, DELIVERED)
        assert file_one(session, DELIVERED, chance=Random(2)).case == first.case
        assert file_one(session, DELIVERED, **LOSS).outcome is Outcome.FILED
        act(session, first.case.case_no, Kind.WITHDRAWN, by=Party.CONSUMER, now=NOW)
        assert file_one(session, DELIVERED, chance=Random(3)).outcome is Outcome.FILED


def test_a_copy_over_another_line_is_merged_with_its_reasons_and_one_in_doubt_is_not(world: Engine) -> None:
    with transaction(world) as session:
        lead = file_one(session, DELIVERED).case
        copy = file_one(session, DELIVERED, channel="12345", source_ref="B-1")
        doubt = file_one(session, DELIVERED, channel="12345", source_ref="B-2", **LOSS)
        other = file_one(session, UNDER_WAY, channel="12345", source_ref="B-3")
    assert other.alike is None
    with reading(world) as session:
        found = histories_of(session, [copy.case.case_no, doubt.case.case_no])
        assert found[copy.case.case_no].standing.merged_into == lead.case_no
        told = found[copy.case.case_no].events[0].data
        assert told["reasons"].startswith("same_parcel+50 same_cause+40")
        assert found[doubt.case.case_no].standing.suspected_of == lead.case_no
        assert found[doubt.case.case_no].standing.merged_into is None
        review = find_cases(session, CaseFilter(suspected=True))
        assert {case_no for _, case_no in review} == set(found)


def test_a_case_that_leads_may_be_withdrawn_and_the_next_complaint_joins_nobody(world: Engine) -> None:
    with transaction(world) as session:
        lead = file_one(session, ANNOUNCED).case
        act(session, lead.case_no, Kind.WITHDRAWN, by=Party.CONSUMER, now=NOW)
        assert file_one(session, ANNOUNCED, channel="12345").alike is None


@pytest.mark.parametrize("table", ["complaint", "complaint_event"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET case_no = 'x'", "DELETE FROM {}"])
def test_the_database_lets_nobody_change_what_was_told(world: Engine, table: str, statement: str) -> None:
    with transaction(world) as session:
        file_one(session, DELIVERED)
        file_one(session, DELIVERED, channel="12345")
    with pytest.raises(DBAPIError, match="never changed"), transaction(world) as session:
        session.connection().execute(sa.text(statement.format(table)))
