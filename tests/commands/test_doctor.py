"""The doctor: a whole installation is well, and each thing that is broken is named with what to do."""

import json
import os
import socket
from collections import namedtuple
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import Result
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring.assess import build_assessment
from credit_scoring.scoring.score_store import save_run
from tests.credit_scoring.rows import SCOPE
from tests.intake.devices import NOW, Device, Intake
from tracker.ledger.rolling import GENESIS, roll
from tracker.store.database import build_engine, transaction
from tracker.store.event_store import bodies_in_order
from tracker.store.registry import save_device_key
from web.accounts.keys import read_account_keys
from web.bench.postgres import DURABLE, run_postgres
from web.cli.program import app
from web.commands.doctor import installation_checks
from web.commands.doctor.installation_checks import check_broker, check_disk, check_modes
from web.commands.doctor.store_checks import (
    check_clock,
    check_durability,
    check_parcels,
    check_positions,
    check_rolling_hash,
)
from web.commands.installation import ensure_own_users, receipt_key, tracker_client_id
from web.commands.running import InstallationError
from web.settings import Settings

Run = Callable[..., Result]
Usage = namedtuple("Usage", "total used free")
MOVE = "UPDATE event SET position ="


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("JIXIN_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("web.commands.doctor.rights_checks.last_published_year", lambda: 9999)  # whatever the day is
    return lambda *words: CliRunner().invoke(app, ["doctor", *words])


@pytest.fixture
def intake(engine: Engine) -> Intake:
    """A store on each engine with a few parcels."""
    one = Intake(engine)
    device = one.enrol(Device())
    one.record(device.deliver(*(device.scan(f"W{number}") for number in range(9))))
    return one


def lines_of(result: Result) -> dict[str, str]:
    """Each check's line by its English name."""
    return {line.split(" · ")[0].split()[-1]: line for line in result.output.splitlines() if " · " in line}


def test_where_nothing_was_made_yet_it_says_how_to_begin_and_makes_nothing(run: Run, settings: Settings) -> None:
    result = run()
    assert result.exit_code == 1
    lines = lines_of(result)
    assert "run `jixin migrate`" in lines["modes"]
    assert "run `jixin migrate`" in lines["database"]
    assert lines["database"].startswith("✗")
    assert "start `jixin up`" in lines["broker"]
    assert not settings.data_dir.exists()


def test_an_installation_at_rest_lacks_its_broker_and_nothing_else(run: Run, store: Engine) -> None:
    result = run()
    assert result.exit_code == 1
    assert {name for name, line in lines_of(result).items() if not line.startswith("✓")} == {"broker"}
    found = json.loads(run("--json").output)
    assert [each["check"].split()[-1] for each in found if not each["ok"]] == ["broker"]
    assert {"check", "ok", "said", "warns"} == set(found[0])


@pytest.mark.parametrize(("days", "mark"), [(400, "✓"), (20, "!"), (-1, "✗")])
def test_devices_whose_certificates_end_soon_are_named(run: Run, store: Engine, days: int, mark: str) -> None:
    with transaction(store) as session:
        save_device_key(
            session, carrier="BLUEBIRD", station="HZ-01", device="GUN-1", kid="a", public_key=b"k" * 32,
            enrolled_at=NOW, certificate_ends=datetime.now(UTC) + timedelta(days=days),
        )  # fmt: skip
    line = lines_of(run())["certificates"]
    assert line.startswith(mark)
    assert ("`jixin enrol`: BLUEBIRD/HZ-01/GUN-1" in line) == (mark != "✓")


def test_an_older_schema_is_to_be_migrated(run: Run, store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    assert "run `jixin migrate`" in lines_of(run())["database"]


@pytest.mark.parametrize("name", ["keys/accounts-key", "keys/receipt-key.json", "broker/users.json", "keys"])
def test_a_secret_that_others_can_read_is_named(settings: Settings, store: Engine, name: str) -> None:
    (
        read_account_keys(settings.account_key_file),
        receipt_key(settings),
        tracker_client_id(settings),
        ensure_own_users(settings),
    )
    assert "for their owner only" in check_modes(settings)
    os.chmod(settings.data_dir / name, 0o755)
    with pytest.raises(InstallationError, match=f"chmod go= .*{name}$"):
        check_modes(settings)


@pytest.mark.parametrize(("total", "free"), [(100 * 1024**3, 4 * 1024**3), (2 * 1024**3, 1024**3 - 1)])
def test_a_disk_that_is_nearly_full_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, total: int, free: int
) -> None:
    assert "GiB free" in check_disk(settings)
    monkeypatch.setattr(installation_checks.shutil, "disk_usage", lambda _path: Usage(total, total - free, free))
    with pytest.raises(InstallationError, match="free some"):
        check_disk(settings)


def test_a_broker_that_is_away_or_is_none_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation_checks, "ANSWERS_WITHIN", 0.2)
    with socket.socket() as silent, socket.socket() as closed:
        for each in (silent, closed):
            each.bind(("127.0.0.1", 0))
        silent.listen()
        urls = ",".join(f"mqtt://127.0.0.1:{each.getsockname()[1]}" for each in (silent, closed))
        with pytest.raises(InstallationError, match=r"does not speak MQTT; .*cannot be reached \(Connection refused\)"):
            check_broker(settings.model_copy(update={"broker_url": urls}))


def test_a_sound_store_is_sound(intake: Intake) -> None:
    assert check_positions(intake.engine) == "1 to 9, each once"
    assert check_parcels(intake.engine) == "9 sampled rows equal a rebuild"
    assert check_rolling_hash(intake.engine).startswith("9 events, 0 saved runs; head ")
    assert "UTC" in check_clock(intake.engine)


def test_an_empty_store_is_sound(engine: Engine) -> None:
    assert check_positions(engine) == "no event yet"
    assert check_parcels(engine) == "0 sampled rows equal a rebuild"
    assert check_rolling_hash(engine) == "0 events, 0 saved runs; head 0000000000000000"
    assert "UTC" in check_clock(engine)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM event WHERE position = 9",
        "DELETE FROM event WHERE position = 4",
        "UPDATE event SET position = 5 WHERE position = 4",
        "UPDATE log_head SET position = 10",
    ],
)
def test_positions_that_are_not_one_to_the_head_are_named(intake: Intake, damage: str) -> None:
    with intake.engine.begin() as connection:
        connection.execute(sa.text(damage))
    with pytest.raises(InstallationError, match="restore the last backup"):
        check_positions(intake.engine)


@pytest.mark.parametrize(
    ("damage", "first"),
    [
        ("UPDATE event SET body = (SELECT body FROM event WHERE position = 5) WHERE position = 4", 7),
        ("DELETE FROM event WHERE position = 7", 7),
        (f"{MOVE} 108 WHERE position = 8;{MOVE} 8 WHERE position = 9;{MOVE} 9 WHERE position = 108", 9),
        ("DELETE FROM event WHERE position = 9", 9),
    ],
)
def test_what_no_longer_gives_the_rolling_hash_is_named_from_the_first_run_that_sealed_it(
    intake: Intake, damage: str, first: int
) -> None:
    with transaction(intake.engine) as session:
        seven = list(bodies_in_order(session))[:7]
        log = LogPoint(7, roll(GENESIS, (body for _, body in seven)).hex())
        scheme = shipped_schemes().of("2026-1")
        save_run(session, build_assessment([], scope=SCOPE, log=log, scheme=scheme), created_at=NOW)
    assert "1 saved runs" in check_rolling_hash(intake.engine)
    with intake.engine.begin() as connection:
        for statement in damage.split(";"):
            connection.execute(sa.text(statement))
    with pytest.raises(InstallationError, match=f"at position {first}:"):
        check_rolling_hash(intake.engine)


@pytest.mark.parametrize(
    "damage", ["DELETE FROM parcel WHERE waybill_no = 'W3'", "DELETE FROM event WHERE position = 11"]
)
def test_a_row_that_differs_from_its_events_is_named(intake: Intake, damage: str) -> None:
    device = intake.enrol(Device(seq=100))
    intake.record(device.deliver(device.scan("W3", "departed", hours=-2), device.scan("W3", "delivered")))
    with intake.engine.begin() as connection:
        connection.execute(sa.text(damage))
    with pytest.raises(InstallationError, match=r"1 of \d+ sampled rows differ from their events, such as W3"):
        check_parcels(intake.engine)


def test_a_clock_behind_what_is_recorded_is_named(intake: Intake) -> None:
    device = intake.enrol(Device(seq=100))
    ahead = datetime.now(UTC) + timedelta(hours=2)
    intake.record(device.deliver(device.scan(event_time=NOW)), at=ahead)
    with pytest.raises(InstallationError, match="NTP"):
        check_clock(intake.engine)


def test_the_audit_names_what_is_missing_for_people_and_for_machines(run: Run, store: Engine) -> None:
    intake = Intake(store)
    device = intake.enrol(Device())
    events = [device.scan(f"W{number}") for number in range(1, 7)]
    intake.record(device.deliver(*events[:2], events[5]))
    result = run("--audit")
    assert result.exit_code == 1
    assert "✗ BLUEBIRD/HZ-01/GUN-1 · 计数 seq 1–6 · 入库 recorded 3" in result.output
    assert "缺号 missing 3–5 (3)" in result.output
    report = json.loads(run("--audit", "--json").output)
    assert report["missing"] == 3
    (told,) = report["devices"]
    assert (told["missing"], told["pending"], told["restart"], told["highest"]) == ([[3, 5]], [], [], 6)
    intake.record(device.deliver(*events[2:5]))
    result = run("--audit")
    assert (result.exit_code, "没有缺号 devices, nothing is missing" in result.output) == (0, True)
    assert "GUN-1" not in result.output, "a device that lacks nothing has nothing to say"
    assert "✓ BLUEBIRD/HZ-01/GUN-1" in run("--audit", "--all").output


def test_a_gap_under_fresh_scans_is_no_alarm_within_the_grace(run: Run, store: Engine) -> None:
    intake = Intake(store)
    device = intake.enrol(Device())
    intake.record(device.deliver(device.scan(), device.scan(seq=9)), at=datetime.now(UTC))
    within = run("--audit")
    assert (within.exit_code, "可能在途 may still come 2–8 (7)" in within.output) == (0, True)
    assert run("--audit", "--grace", "0").exit_code == 1


def test_the_audit_of_a_store_without_devices_is_well(run: Run, store: Engine) -> None:
    result = run("--audit")
    assert (result.exit_code, "0 个终端" in result.output) == (0, True)


def test_a_database_that_forgets_when_the_power_fails_is_named(postgres_engine: Engine, sqlite_engine: Engine) -> None:
    with pytest.raises(InstallationError, match="fsync=off and full_page_writes=off"):  # as all tests run it
        check_durability(postgres_engine)
    assert check_durability(sqlite_engine) == "synchronous=FULL"
    with run_postgres(DURABLE) as server:
        engine = build_engine(server.url(server.create_database()))
        assert check_durability(engine) == "fsync=on, full_page_writes=on"
        engine.dispose()
