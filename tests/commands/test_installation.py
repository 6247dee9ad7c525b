"""An installation: secrets made once and for their owner only, and devices that come and go while everything runs."""

import os
import signal
import stat
import subprocess
from functools import partial
from pathlib import Path
from threading import Barrier, Thread

import msgspec
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import Engine

from tracker.intake.broker_users import GATEWAY, TRACKER, changing_users, device_user, read_users
from tracker.store.database import reading, transaction
from tracker.store.registry import Station, device_keys, save_station, stations_of
from tracker.wire.enrolment import read_enrolment
from tracker.wire.topics import Post
from web.accounts.keys import read_account_keys
from web.commands.installation import (
    broker_login,
    broker_url,
    enrol_device,
    enrol_devices,
    ensure_gateway,
    ensure_own_users,
    make_data_dir,
    receipt_key,
    revoke_device,
    revoke_gateway,
    tracker_client_id,
)
from web.commands.running import InstallationError, RunningBroker, only_one, supervisor_lock
from web.settings import Settings

POST = Post("BLUEBIRD", "HZ-01", "GUN-1")


def account_key(settings: Settings) -> str:
    """The accounts' key, in text."""
    return read_account_keys(settings.account_key_file).seal.hex()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def say_broker_runs(settings: Settings, pid: int, url: str = "mqtt://127.0.0.1:2883") -> None:
    settings.running_file.parent.mkdir(parents=True, exist_ok=True)
    settings.running_file.write_bytes(msgspec.json.encode(RunningBroker(url, pid)))


def test_the_data_dir_is_its_owners(settings: Settings) -> None:
    make_data_dir(settings)
    make_data_dir(settings)
    assert mode(settings.data_dir) == 0o700


def test_a_data_dir_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InstallationError, match="cannot make the data dir"):
        make_data_dir(Settings(data_dir=tmp_path / "file" / "data"))


def test_secrets_are_made_once_and_stay(settings: Settings) -> None:
    first = (receipt_key(settings).kid, account_key(settings), tracker_client_id(settings))
    assert (receipt_key(settings).kid, account_key(settings), tracker_client_id(settings)) == first
    assert len(set(first)) == 3
    assert len(first[1]) >= 43
    assert len(first[2]) > 32


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    one, other = Settings(data_dir=tmp_path / "1"), Settings(data_dir=tmp_path / "2")
    assert account_key(one) != account_key(other)
    assert receipt_key(one).kid != receipt_key(other).kid
    assert tracker_client_id(one) != tracker_client_id(other)


def test_every_secret_file_is_readable_by_its_owner_only(settings: Settings, store: Engine) -> None:
    receipt_key(settings)
    account_key(settings)
    tracker_client_id(settings)
    ensure_own_users(settings)
    ensure_gateway(settings, store, "mqtt://127.0.0.1:1883")
    secret = [path for path in settings.data_dir.rglob("*") if path.is_file() and not path.name.startswith("jixin.db")]
    names = {path.name for path in secret}
    assert {
        "receipt-key.json",
        "accounts-key",
        "tracker-client-id",
        "gateway.json",
        "users.json",
        "users.conf",
    } <= names
    assert {path.name for path in secret if mode(path) != 0o600} <= {"users.lock"}
    assert {mode(path) for path in (settings.data_dir / "keys", settings.broker_folder)} == {0o700}


@pytest.mark.parametrize("make", [account_key, tracker_client_id, lambda settings: receipt_key(settings).kid])
def test_of_many_who_make_a_secret_at_once_all_have_the_same(settings: Settings, make: object) -> None:
    assert callable(make)
    together, made = Barrier(6), []

    def use() -> None:
        together.wait()
        made.append(make(settings))

    threads = [Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == 1


def test_a_draft_that_a_crash_left_is_in_nobodys_way(settings: Settings) -> None:
    """In a container the next process has the same number."""
    make_data_dir(settings)
    (settings.data_dir / "keys").mkdir()
    (settings.data_dir / f"keys/accounts-key.{os.getpid()}").write_text("half")
    assert account_key(settings) not in ("", "half")


def test_the_trackers_and_the_gateways_passwords_stay_over_restarts(settings: Settings) -> None:
    ensure_own_users(settings)
    before = read_users(settings.broker_folder)
    assert set(before) == {TRACKER, GATEWAY}
    with changing_users(settings.broker_folder) as users:
        users[POST.username] = device_user(POST, "p")
    ensure_own_users(settings)
    assert read_users(settings.broker_folder) == before | {POST.username: device_user(POST, "p")}


def test_the_tracker_logs_in_where_the_broker_runs(settings: Settings) -> None:
    ensure_own_users(settings)
    with pytest.raises(InstallationError, match="jixin up"):
        broker_login(settings)
    with subprocess.Popen(["sleep", "60"]) as broker, only_one(supervisor_lock(settings), "busy"):
        say_broker_runs(settings, broker.pid)
        login = broker_login(settings)
        broker.kill()
    assert (login.url, login.username) == ("mqtt://127.0.0.1:2883", TRACKER)
    assert login.password == read_users(settings.broker_folder)[TRACKER].password
    with pytest.raises(InstallationError):
        broker_url(settings)


def test_a_broker_of_ones_own_is_used_with_its_own_login(tmp_path: Path) -> None:
    own = Settings(
        data_dir=tmp_path / "data", broker_url="mqtts://broker.example", broker_username="t",
        broker_password=SecretStr("p"),
    )  # fmt: skip
    login = broker_login(own)
    assert (login.url, login.username, login.password) == ("mqtts://broker.example", "t", "p")


def test_a_gateway_keeps_its_key_and_follows_the_broker(settings: Settings, store: Engine) -> None:
    ensure_own_users(settings)
    first = ensure_gateway(settings, store, "mqtt://127.0.0.1:1883")
    second = ensure_gateway(settings, store, "mqtt://127.0.0.1:2883")
    assert first.kid == second.kid
    assert second.is_gateway
    assert second.broker.url == "mqtt://127.0.0.1:2883"
    assert second.broker.password == read_users(settings.broker_folder)[GATEWAY].password
    assert read_enrolment(settings.gateway_file) == second
    with reading(store) as session:
        assert device_keys(session)[first.kid].is_gateway


def test_an_enrolled_device_has_a_key_a_login_and_the_trackers_key(settings: Settings, store: Engine) -> None:
    enrolment = enrol_device(settings, store, POST)
    assert enrolment.post == POST
    assert list(enrolment.pinned_keys) == [receipt_key(settings).kid]
    assert read_users(settings.broker_folder) == {POST.username: device_user(POST, enrolment.broker.password)}
    with reading(store) as session:
        key = device_keys(session)[enrolment.kid]
    assert (key.carrier, key.station, key.device, key.revoked) == ("BLUEBIRD", "HZ-01", "GUN-1", False)
    assert key.public_key == enrolment.signing_key.verifying.public_bytes


def test_enrolling_again_gives_a_second_key_and_cuts_nobody_off(settings: Settings, store: Engine) -> None:
    first, second = enrol_device(settings, store, POST), enrol_device(settings, store, POST)
    assert first.kid != second.kid
    assert first.broker == second.broker
    assert read_users(settings.broker_folder)[POST.username].password == second.broker.password
    with reading(store) as session:
        assert {kid: key.revoked for kid, key in device_keys(session).items()} == {first.kid: False, second.kid: False}


def test_a_device_knows_where_its_station_stands_and_so_do_the_stations_next_ones(
    settings: Settings, store: Engine
) -> None:
    assert enrol_device(settings, store, POST).division is None
    with transaction(store) as session:
        save_station(session, Station("BLUEBIRD", "HZ-01", "武林", "330105", verified=True))
    assert enrol_device(settings, store, POST).division == "330105"
    assert enrol_device(settings, store, POST, division="330106").division == "330106"
    assert [each.division for each in enrol_devices(settings, store, [POST, Post("BLUEBIRD", "HZ-02", "GUN-1")])] == [
        "330106", None]  # fmt: skip
    with reading(store) as session:
        known = stations_of(session, {("BLUEBIRD", "HZ-01")})["BLUEBIRD", "HZ-01"]
    assert known == Station("BLUEBIRD", "HZ-01", "武林", "330106", verified=True)


def test_many_devices_share_no_secret(settings: Settings, store: Engine) -> None:
    posts = [Post("BLUEBIRD", "HZ-01", f"GUN-{number}") for number in range(5)]
    enrolments = enrol_devices(settings, store, posts)
    assert [enrolment.post for enrolment in enrolments] == posts
    assert len({enrolment.kid for enrolment in enrolments}) == 5
    assert len({enrolment.broker.password for enrolment in enrolments}) == 5


def test_no_device_may_be_called_as_gateways_are(settings: Settings, store: Engine) -> None:
    with pytest.raises(InstallationError, match="replay"):
        enrol_device(settings, store, Post("BLUEBIRD", "HZ-01", "replay"))
    with reading(store) as session:
        assert device_keys(session) == {}


def test_on_a_broker_of_ones_own_no_user_is_written(tmp_path: Path, store: Engine) -> None:
    own = Settings(data_dir=tmp_path / "data", broker_url="mqtts://broker.example")
    assert enrol_device(own, store, POST).broker.url == "mqtts://broker.example"
    assert not own.broker_folder.exists()
    assert revoke_device(own, store, POST) == 1


def test_revoking_closes_every_key_and_the_login(settings: Settings, store: Engine) -> None:
    enrol_device(settings, store, POST)
    enrol_device(settings, store, POST)
    enrol_device(settings, store, Post("BLUEBIRD", "HZ-01", "GUN-2"))
    assert revoke_device(settings, store, POST) == 2
    assert list(read_users(settings.broker_folder)) == ["BLUEBIRD/HZ-01/GUN-2"]
    assert revoke_device(settings, store, POST) == 0


@pytest.mark.parametrize("change", [enrol_device, revoke_device])
def test_a_running_broker_reads_its_users_again(settings: Settings, store: Engine, change: object) -> None:
    """A sleeper stands for the broker: SIGHUP, at which the broker reads its users, ends it."""
    assert callable(change)
    hearing = partial(signal.signal, signal.SIGHUP, signal.SIG_DFL)  # tests under nohup ignore it
    with subprocess.Popen(["sleep", "60"], preexec_fn=hearing) as broker, only_one(supervisor_lock(settings), "busy"):
        say_broker_runs(settings, broker.pid)
        change(settings, store, POST)
        assert broker.wait(10) == -signal.SIGHUP


def test_a_revoked_gateway_has_a_new_key_and_a_new_login_at_once(settings: Settings, store: Engine) -> None:
    ensure_own_users(settings)
    before = ensure_gateway(settings, store, "mqtt://127.0.0.1:1883")
    assert revoke_gateway(settings, store) == 1
    after = read_enrolment(settings.gateway_file)
    assert before.kid != after.kid
    assert before.broker.password != after.broker.password == read_users(settings.broker_folder)[GATEWAY].password
    with reading(store) as session:
        assert {kid: key.revoked for kid, key in device_keys(session).items()} == {before.kid: True, after.kid: False}
