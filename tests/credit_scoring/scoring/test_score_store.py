"""The score store: runs kept with their sealed evidence, found again, computed again."""

import json
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from sqlalchemy.engine import Engine

from credit_scoring.evidence.evidence import CarrierEvidence
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring.assess import Assessment, assess, build_assessment
from credit_scoring.scoring.audit import verify_run
from credit_scoring.scoring.export import canonical_json, ranking_json
from credit_scoring.scoring.score_store import SavedRun, build_run, latest_run, run_of, save_run
from credit_scoring.scoring.seal import digest, parse_inputs
from tests.credit_scoring.counts import evidence, some_carriers
from tests.credit_scoring.rows import AS_OF, SCOPE, SECOND, WINDOW, many, store
from tracker.store.database import reading, transaction

SCHEME = shipped_schemes().of("2026-1")
CREATED_AT = AS_OF + SECOND


def assessment(scope: Scope = SCOPE, *, damage: tuple[int, int] = (0, 1000)) -> Assessment:
    drawn = [evidence("BLUEBIRD", damage=damage), evidence("SMALLTOWN", parcels=3)]
    return build_assessment(drawn, scope=scope, log=LogPoint(5, "ab" * 32), scheme=SCHEME)


def saved(engine: Engine, one: Assessment) -> SavedRun:
    with transaction(engine) as session:
        run_id = save_run(session, one, created_at=CREATED_AT)
    with reading(engine) as session:
        run = run_of(session, run_id)
    assert run is not None
    return run


def test_a_saved_run_comes_back_as_it_was(engine: Engine) -> None:
    one = assessment()
    run = saved(engine, one)
    assert run == build_run(one, created_at=CREATED_AT)
    assert (run.scheme, run.position, run.as_of, run.created_at) == ("2026-1", 5, AS_OF, CREATED_AT)


def test_a_saved_run_shows_the_ranking_and_names_itself(engine: Engine) -> None:
    one = assessment()
    run = saved(engine, one)
    assert run.result == canonical_json(ranking_json(one, run=run.run_id))
    assert run.ranking["run"] == str(run.run_id)


def test_saving_the_same_run_twice_keeps_it_once(engine: Engine) -> None:
    assert saved(engine, assessment()) == saved(engine, assessment())


def test_a_run_that_nobody_saved_is_not_there(engine: Engine) -> None:
    with reading(engine) as session:
        assert run_of(session, uuid4()) is None
        assert latest_run(session, WINDOW, None) is None


def test_the_latest_run_is_of_exactly_this_window_and_division(engine: Engine) -> None:
    later = replace(SCOPE, as_of=AS_OF + timedelta(hours=1))
    hangzhou = replace(SCOPE, division="330100", as_of=AS_OF + timedelta(hours=2))
    june = replace(SCOPE, window=Window(date(2026, 5, 1), date(2026, 6, 1)), as_of=AS_OF + timedelta(hours=3))
    for scope in (SCOPE, later, hangzhou, june):
        saved(engine, assessment(scope))
    with reading(engine) as session:
        found = [
            latest_run(session, scope.window, scope.division)
            for scope in (SCOPE, hangzhou, june, replace(june, division="330100"))
        ]
    assert [run and run.as_of for run in found] == [later.as_of, hangzhou.as_of, june.as_of, None]


def test_a_run_from_the_store_gives_the_same_bytes_again(engine: Engine) -> None:
    store(engine, [*many(50, "BLUEBIRD"), *many(40, "FLYGRAIN", gaps=1), *many(3, "SMALLTOWN", damaged=True)])
    with reading(engine) as session:
        one = assess(session, scheme=SCHEME, window=WINDOW, division="330000", as_of=AS_OF)
    assert verify_run(saved(engine, one), scheme=SCHEME)


@given(some_carriers())
def test_sealed_evidence_gives_the_same_bytes_again_whatever_it_is(drawn: list[CarrierEvidence]) -> None:
    run = build_run(
        build_assessment(drawn, scope=SCOPE, log=LogPoint(5, "ab" * 32), scheme=SCHEME), created_at=CREATED_AT
    )
    assert verify_run(run, scheme=SCHEME)
    assert list(parse_inputs(run.evidence).evidence) == sorted(drawn, key=lambda each: each.carrier)


def resealed(run: SavedRun, old: bytes, new: bytes) -> SavedRun:
    """A forger's work: evidence changed, its digest made to fit."""
    assert old in run.evidence
    forged = run.evidence.replace(old, new)
    return replace(run, evidence=forged, evidence_sha256=digest(forged))


def test_a_changed_result_does_not_verify() -> None:
    run = build_run(assessment(damage=(9, 1000)), created_at=CREATED_AT)
    assert verify_run(run, scheme=SCHEME)
    flattered = run.result.replace(b'"numerator":9', b'"numerator":8')
    assert flattered != run.result
    assert not verify_run(replace(run, result=flattered), scheme=SCHEME)


def test_changed_evidence_does_not_verify_though_its_digest_fits() -> None:
    run = build_run(assessment(damage=(9, 1000)), created_at=CREATED_AT)
    assert not verify_run(replace(run, evidence=run.evidence + b" "), scheme=SCHEME)
    assert not verify_run(resealed(run, b"[9,1000]", b"[8,1000]"), scheme=SCHEME)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"[9,1000]", b"[1001,1000]"), (b'"v":3', b'"v":2'), (b'"2026-1"', b'"2025-9"'), (b'"subjects"', b'"objects"')],
)
def test_evidence_that_cannot_be_read_does_not_verify(old: bytes, new: bytes) -> None:
    run = build_run(assessment(damage=(9, 1000)), created_at=CREATED_AT)
    assert not verify_run(resealed(run, old, new), scheme=SCHEME)


def test_a_scheme_file_that_was_changed_afterwards_does_not_verify() -> None:
    run = build_run(assessment(), created_at=CREATED_AT)
    assert not verify_run(run, scheme=replace(SCHEME, file=SCHEME.file + b"\n"))
    assert not verify_run(run, scheme=replace(SCHEME, version="2026-2"))


def test_any_other_fact_about_a_run_that_was_changed_does_not_verify() -> None:
    run = build_run(assessment(), created_at=CREATED_AT)
    for change in (
        {"as_of": AS_OF + SECOND},
        {"created_at": CREATED_AT + SECOND},
        {"position": 6},
        {"division": "330000"},
        {"run_id": uuid4()},
        {"scheme": "2026-2"},
    ):
        assert not verify_run(replace(run, **change), scheme=SCHEME)


def test_the_seal_names_the_schemes_file_by_its_digest() -> None:
    sealed = json.loads(build_run(assessment(), created_at=CREATED_AT).evidence)
    assert sealed["scheme"] == {"version": "2026-1", "sha256": SCHEME.sha256}
