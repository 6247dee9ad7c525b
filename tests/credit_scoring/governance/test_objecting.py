"""Objecting (异议办理): whose point it is, once, in time; upheld, it leaves the evidence as of then."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from credit_scoring.governance.objections.evidence_file import check_evidence
from credit_scoring.governance.objections.exclusions import Exclusions, exclusions
from credit_scoring.governance.objections.objecting import decide, file_objection, take_step, tell
from credit_scoring.governance.objections.objection import (
    Objection,
    ObjectionState,
    PointKind,
    Remedy,
    StepKind,
)
from credit_scoring.governance.objections.objection_store import (
    file_of,
    find_objections,
    forget_files,
    objection_of,
    open_objections,
    save_file,
)
from credit_scoring.governance.objections.refusals import ObjectionRefusal, ObjectionRefused
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring.assess import assess
from credit_scoring.scoring.score_store import save_run
from credit_scoring.voices.counts import counts_of_voices
from tests.credit_scoring.rows import many, store
from tests.credit_scoring.voices.world import MAY, NOW, say
from tracker.store.database import reading, transaction

PDF = check_evidence(b"%PDF-1.7 a photograph of the sign-off")
LATER = NOW + timedelta(days=2)


def file(engine: Engine, kind: PointKind, key: str, *, carrier: str = "BLUEBIRD", **told: object) -> int:
    known = {"ground": "data_wrong", "parcels": (), "evidence": PDF, "by": "bluebird", "now": NOW} | told
    with transaction(engine) as session:
        return file_objection(session, carrier=carrier, kind=kind, key=key, **known)  # type: ignore[arg-type]


def refusal(engine: Engine, kind: PointKind, key: str, **told: object) -> str:
    with pytest.raises(ObjectionRefused) as refused:
        file(engine, kind, key, **told)  # type: ignore[arg-type]
    return refused.value.code


def known(session: Session, number: int) -> Objection:
    found = objection_of(session, number)
    assert found is not None
    return found


def uphold(engine: Engine, number: int, remedy: Remedy = Remedy.EXCLUDE) -> Objection:
    with transaction(engine) as session:
        decide(session, known(session, number), reason="evidence_proves", remedy=remedy, by="reg", now=LATER)
    with reading(engine) as session:
        return known(session, number)


def saved_run(engine: Engine) -> str:
    with transaction(engine) as session:
        found = assess(session, scheme=shipped_schemes().of("2026-1"), window=MAY.window, division=None, as_of=NOW)
        return str(save_run(session, found, created_at=NOW))


@pytest.fixture
def parcels(engine: Engine) -> Engine:
    """Forty parcels of one carrier, two of another."""
    store(engine, [*many(40, "BLUEBIRD"), *many(2, "EVENWAY")])
    return engine


def test_a_parcel_that_is_upheld_leaves_the_evidence_as_of_then(parcels: Engine) -> None:
    number = file(parcels, PointKind.PARCEL, "BLUEBIRD000001")
    with reading(parcels) as session:
        [mark] = open_objections(session, carrier="BLUEBIRD", kind=PointKind.PARCEL, keys=["BLUEBIRD000001", "X"])
        assert (mark.objection_no, mark.point.year, mark.point.division) == (number, 2026, "330106")
        assert open_objections(session, carrier="EVENWAY") == open_objections(session, prefix="44") == []
        assert open_objections(session, prefix="33") == [mark]
    upheld = uphold(parcels, number)
    assert (upheld.state, [each.kind for each in upheld.steps]) == (
        ObjectionState.CHANGED, [StepKind.UPHELD, StepKind.CHANGED],
    )  # fmt: skip
    with reading(parcels) as session:
        assert exclusions(session, MAY) == Exclusions(parcels={"BLUEBIRD": frozenset({"BLUEBIRD000001"})})
        assert exclusions(session, replace(MAY, as_of=LATER - timedelta(seconds=1))) == Exclusions()
        assert open_objections(session, carrier="BLUEBIRD") == []


def test_an_indicator_of_a_saved_run_names_its_parcels(parcels: Engine) -> None:
    key = f"{saved_run(parcels)}/loss"
    assert refusal(parcels, PointKind.INDICATOR, key, parcels=["EVENWAY000001"]) == ObjectionRefusal.PARCELS_INVALID
    assert refusal(parcels, PointKind.INDICATOR, key.replace("loss", "luck")) == ObjectionRefusal.POINT_UNKNOWN
    assert refusal(parcels, PointKind.INDICATOR, key, carrier="NOBODY") == ObjectionRefusal.NOT_YOURS
    number = file(parcels, PointKind.INDICATOR, key, parcels=["BLUEBIRD000002", "BLUEBIRD000003"])
    uphold(parcels, number)
    with reading(parcels) as session:
        assert exclusions(session, MAY).parcels == {"BLUEBIRD": frozenset({"BLUEBIRD000002", "BLUEBIRD000003"})}
    bare = file(parcels, PointKind.INDICATOR, key)
    with pytest.raises(ObjectionRefused) as refused:
        uphold(parcels, bare)
    assert refused.value.code == ObjectionRefusal.NOTHING_TO_EXCLUDE
    assert uphold(parcels, bare, Remedy.CORRECT).state is ObjectionState.UPHELD


def test_a_review_that_is_excluded_is_not_counted(engine: Engine) -> None:
    kept, gone = say(engine, "W1", 5), say(engine, "W2", 1)
    uphold(engine, file(engine, PointKind.VOICE, str(gone)))
    with reading(engine) as session:
        assert counts_of_voices(session, MAY)["BLUEBIRD"]["consumer_overall"] == (400, 400)
        assert counts_of_voices(session, replace(MAY, as_of=NOW))["BLUEBIRD"]["consumer_overall"] == (400, 800)
        assert exclusions(session, MAY).voices == {"BLUEBIRD": frozenset({str(gone)})}
    assert kept != gone


@pytest.mark.parametrize("kind", PointKind)
def test_what_is_not_there_cannot_be_objected_to(sqlite_engine: Engine, kind: PointKind) -> None:
    for key in (
        "",
        "x" * 300,
        "\0",
        "7",
        "0192e4a0-0000-7000-8000-000000000000",
        "0192e4a0-0000-7000-8000-000000000000/loss",
    ):
        assert refusal(sqlite_engine, kind, key) == ObjectionRefusal.POINT_UNKNOWN


def test_only_the_company_concerned_objects_once_in_time_on_a_known_ground(parcels: Engine) -> None:
    key = "BLUEBIRD000001"
    assert refusal(parcels, PointKind.PARCEL, key, carrier="EVENWAY") == ObjectionRefusal.NOT_YOURS
    assert refusal(parcels, PointKind.PARCEL, key, ground="王先生说的") == ObjectionRefusal.GROUND_UNKNOWN
    assert refusal(parcels, PointKind.PARCEL, key, parcels=[key]) == ObjectionRefusal.PARCELS_INVALID
    after_close = NOW.replace(year=2027, month=2, day=15, hour=16)
    assert refusal(parcels, PointKind.PARCEL, key, now=after_close) == ObjectionRefusal.YEAR_CLOSED
    file(parcels, PointKind.PARCEL, key, now=after_close - timedelta(seconds=1))
    assert refusal(parcels, PointKind.PARCEL, key) == ObjectionRefusal.ALREADY_OPEN


def test_a_rejected_one_ends_and_another_may_follow(parcels: Engine) -> None:
    number = file(parcels, PointKind.PARCEL, "BLUEBIRD000001")
    with transaction(parcels) as session:
        for reason, remedy in (("because", None), ("evidence_proves", None), ("checked_right", Remedy.EXCLUDE)):
            with pytest.raises(ObjectionRefused) as refused:
                decide(session, known(session, number), reason=reason, remedy=remedy, by="reg", now=LATER)
            assert refused.value.code == ObjectionRefusal.REASON_UNKNOWN
        decide(session, known(session, number), reason="checked_right", remedy=None, by="reg", now=LATER)
        with pytest.raises(ObjectionRefused) as refused:
            take_step(session, known(session, number), StepKind.WITHDRAWN, by="bluebird", now=LATER)
    assert refused.value.code == ObjectionRefusal.STEP_IMPOSSIBLE
    second = file(parcels, PointKind.PARCEL, "BLUEBIRD000001")
    with reading(parcels) as session:
        assert exclusions(session, MAY) == Exclusions()
        assert [each.objection_no for each in find_objections(session, carrier="BLUEBIRD")] == [second, number]
        assert find_objections(session, prefix="33", before=second) == [known(session, number)]
        assert find_objections(session, prefix="44") == []


def test_what_is_corrected_at_its_source_is_open_until_it_was(parcels: Engine) -> None:
    number = file(parcels, PointKind.PARCEL, "BLUEBIRD000001")
    upheld = uphold(parcels, number, Remedy.CORRECT)
    assert (upheld.state, upheld.due) == (ObjectionState.UPHELD, date(2026, 6, 13))
    with transaction(parcels) as session:
        assert open_objections(session, carrier="BLUEBIRD") == [upheld]
        take_step(session, upheld, StepKind.CHANGED, by="reg", now=LATER)
        assert known(session, number).state is ObjectionState.CHANGED
        assert exclusions(session, MAY) == Exclusions()


def test_both_sides_are_told_once(parcels: Engine) -> None:
    number = file(parcels, PointKind.PARCEL, "BLUEBIRD000001")
    with transaction(parcels) as session:
        assert tell(session, known(session, number), StepKind.TOLD_REGULATOR, by="reg", now=LATER)
        assert not tell(session, known(session, number), StepKind.TOLD_REGULATOR, by="reg", now=LATER)
        assert not tell(session, known(session, number), StepKind.TOLD_CARRIER, by="b", now=LATER), "nothing is decided"
        decide(session, known(session, number), reason="checked_right", remedy=None, by="reg", now=LATER)
        assert tell(session, known(session, number), StepKind.TOLD_CARRIER, by="b", now=LATER)


def test_a_file_goes_when_its_term_is_over_and_its_objection_closed(parcels: Engine) -> None:
    numbers = [file(parcels, PointKind.PARCEL, f"BLUEBIRD00000{each}") for each in (1, 2)]
    with transaction(parcels) as session:
        for number in numbers:
            save_file(session, number, b"sealed", now=NOW)
        take_step(session, known(session, numbers[0]), StepKind.WITHDRAWN, by="b", now=LATER)
        assert forget_files(session, before=NOW - timedelta(seconds=1)) == 0
        assert forget_files(session, before=NOW) == 1
        assert [file_of(session, number) for number in numbers] == [None, b"sealed"]


@pytest.mark.parametrize("table", ["objection", "objection_step", "exclusion"])
@pytest.mark.parametrize("change", ["UPDATE {} SET objection_no = 9", "DELETE FROM {}"])
def test_the_database_lets_nobody_change_or_delete(parcels: Engine, table: str, change: str) -> None:
    uphold(parcels, file(parcels, PointKind.PARCEL, "BLUEBIRD000001"))
    with pytest.raises(DBAPIError, match="never changed or deleted"), parcels.begin() as connection:
        connection.execute(sa.text(change.format(table)))
