"""An objection (异议): its states, its clocks with the year's close, and what evidence may be."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.governance.objections.catalogue import objection_words
from credit_scoring.governance.objections.evidence_file import MOST_OCTETS, check_evidence
from credit_scoring.governance.objections.objection import (
    OPEN,
    Objection,
    ObjectionState,
    Point,
    PointKind,
    Step,
    StepKind,
)
from credit_scoring.governance.objections.refusals import ObjectionRefusal, ObjectionRefused

FILED = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
OBJECTION = Objection(
    1, "BLUEBIRD", Point(PointKind.PARCEL, "W1", 2026, "500112"), "data_wrong", (), "00", "image/png", "b", FILED
)
KINDS = st.lists(st.sampled_from(StepKind), max_size=8)


def after(*kinds: StepKind, at: datetime = FILED, objection: Objection = OBJECTION) -> Objection:
    return replace(objection, steps=tuple(Step(kind, "r", at) for kind in kinds))


def test_ten_days_to_review_and_ten_to_change_counted_from_the_day_after() -> None:
    assert OBJECTION.due == date(2026, 6, 11)
    assert not OBJECTION.is_overdue(date(2026, 6, 11))
    assert OBJECTION.is_overdue(date(2026, 6, 12))
    upheld = after(StepKind.UPHELD, at=FILED + timedelta(days=3))
    assert upheld.due == date(2026, 6, 14)
    for closed in (StepKind.REJECTED, StepKind.WITHDRAWN):
        assert after(closed).due is None
    assert after(StepKind.UPHELD, StepKind.CHANGED).due is None


def test_late_in_the_evening_in_beijing_it_is_that_day_there() -> None:
    assert replace(OBJECTION, filed_at=datetime(2026, 6, 1, 16, 30, tzinfo=UTC)).due == date(2026, 6, 12)


def test_no_term_runs_past_the_15th_of_february() -> None:
    late = replace(OBJECTION, filed_at=datetime(2027, 2, 10, 4, 0, tzinfo=UTC))
    assert late.due == date(2027, 2, 15)
    assert after(StepKind.UPHELD, at=datetime(2027, 2, 20, 4, 0, tzinfo=UTC), objection=late).due == date(2027, 2, 20)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 2, 15, 15), timezones=st.just(UTC)))  # noqa: DTZ001 given a zone
def test_a_term_is_never_longer_than_the_law_says_nor_over_before_it_began(filed_at: datetime) -> None:
    objection = replace(OBJECTION, filed_at=filed_at)
    begun = (filed_at + timedelta(hours=8)).date()
    assert objection.due is not None
    assert begun <= objection.due <= min(begun + timedelta(days=10), max(begun, date(2027, 2, 15)))


@given(KINDS)
def test_steps_that_are_taken_lead_to_one_end_and_no_further(kinds: list[StepKind]) -> None:
    objection = OBJECTION
    for kind in kinds:
        if objection.takes(kind):
            objection = after(*(step.kind for step in objection.steps), kind)
    assert objection.is_open is (objection.state in OPEN)
    assert len(objection.steps) <= 2
    if not objection.is_open:
        assert not any(objection.takes(kind) for kind in StepKind)


def test_being_told_changes_nothing_else() -> None:
    told = after(StepKind.TOLD_REGULATOR)
    assert (told.state, told.takes(StepKind.UPHELD), told.was_told(StepKind.TOLD_CARRIER)) == (
        ObjectionState.FILED, True, False,
    )  # fmt: skip
    assert not OBJECTION.takes(StepKind.CHANGED)
    assert not after(StepKind.REJECTED).takes(StepKind.UPHELD)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", ObjectionRefusal.EVIDENCE_MISSING),
        (b"<html>", ObjectionRefusal.EVIDENCE_TYPE),
        (b"PK\x03\x04", ObjectionRefusal.EVIDENCE_TYPE),
        (b"%PDF-" + bytes(MOST_OCTETS), ObjectionRefusal.EVIDENCE_SIZE),
    ],
    ids=["none", "html", "zip", "large"],
)
def test_evidence_that_is_none_is_refused(content: bytes, why: ObjectionRefusal) -> None:
    with pytest.raises(ObjectionRefused) as refused:
        check_evidence(content)
    assert refused.value.code == why


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"%PDF-1.7", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg")],
)
def test_the_files_octets_tell_its_kind(content: bytes, kind: str) -> None:
    file = check_evidence(content)
    assert (file.media_type, len(file.sha256)) == (kind, 64)
    assert content.hex() not in repr(file)


def test_the_words_stand_in_both_languages_and_each_reason_decides() -> None:
    words = objection_words()
    assert words.upholding < words.reasons.keys()
    for phrase in (*words.grounds.values(), *words.reasons.values()):
        assert phrase.zh
        assert phrase.en
