"""The demo's archives: invented codes that fit, records through the same way as all, a second start changes nothing."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.engine import Engine
from stdnum.cn import uscc as uscc_rules

from credit_scoring.archive.archive import find_updates
from credit_scoring.archive.archive_store import archive_of, practitioner_of
from credit_scoring.archive.collect_archive import counts_of_archive
from credit_scoring.archive.holder import enterprise
from credit_scoring.archive.volume_store import volumes_of
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from scanners.simulator.fleet import build_fleet
from tracker.store.database import reading
from tracker.wire.divisions import division_of
from web.commands.demo.archive import STORIES, demo_archive, tell_courier, uscc_of

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
FLEET = build_fleet(1)


def test_every_invented_carrier_has_a_code_that_fits_and_no_real_place() -> None:
    codes = {carrier.code: uscc_of(carrier.code) for carrier in FLEET.carriers}
    assert len(set(codes.values())) == len(codes) == len(STORIES)
    assert all(uscc_rules.is_valid(each) and division_of(each[2:8]) is None for each in codes.values())


def test_better_carriers_have_better_archives_and_a_second_start_tells_nothing_new(engine: Engine) -> None:
    assert demo_archive(engine, FLEET, now=NOW) > 60
    assert demo_archive(engine, FLEET, now=NOW + timedelta(hours=1)) == 0
    with reading(engine) as session:
        counts = counts_of_archive(session, Scope(Window(date(2025, 12, 1), date(2026, 11, 23)), None, NOW))
        archive = archive_of(session, enterprise(uscc_of("FLYGRAIN")))
        volumes = volumes_of(session, "FLYGRAIN")
    points = {code: each["penalties"][0] for code, each in counts.items()}
    assert points == {"BLUEBIRD": 1, "POSTROAD": 1, "EVENWAY": 4, "FARREACH": 6, "FLYGRAIN": 16, "SMALLTOWN": 0}
    assert all(each["licence_valid"] == (357, 357) for each in counts.values())
    assert counts["BLUEBIRD"]["volume_declared"] == (11, 11)
    assert counts["FLYGRAIN"]["volume_declared"][0] < 11
    assert counts["FLYGRAIN"]["outlets_filed"] == (4, 6)
    assert len(volumes) == 12
    assert find_updates(archive) == []


def test_a_month_that_ended_since_is_declared(engine: Engine) -> None:
    demo_archive(engine, FLEET, now=NOW)
    demo_archive(engine, FLEET, now=NOW + timedelta(days=20))
    with reading(engine) as session:
        assert str(volumes_of(session, "BLUEBIRD")[-1].told.month) == "2026-11"


def test_the_courier_of_the_demo_has_an_archive(engine: Engine) -> None:
    station = FLEET.stations[0]
    for _ in range(2):
        tell_courier(engine, station, "courier", now=NOW)
    with reading(engine) as session:
        holder = practitioner_of(session, station.carrier, "courier")
        assert holder is not None
        assert len(archive_of(session, holder).in_force) == 3
