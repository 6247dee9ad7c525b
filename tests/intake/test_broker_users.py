"""Broker users: each device reaches its own topics and no other, and the file that says so is private."""

import stat
import subprocess
from pathlib import Path
from threading import Thread

import pytest

from tracker.intake.broker import find_server
from tracker.intake.broker_users import (
    GATEWAY,
    TRACKER,
    BrokerUser,
    changing_users,
    device_user,
    gateway_user,
    new_password,
    read_users,
    render_users,
    tracker_user,
)
from tracker.wire.topics import Post

POST = Post("BLUEBIRD", "HZ-01", "GUN-1")


def test_a_device_publishes_and_hears_its_own_topics_only() -> None:
    user = device_user(POST, "secret")
    mine = "jixin.v1.BLUEBIRD.HZ-01.GUN-1"
    assert user.username == "BLUEBIRD/HZ-01/GUN-1"
    assert user.publish == [f"{mine}.scans", f"{mine}.identities", f"{mine}.status"]
    assert user.subscribe == [f"{mine}.receipts", "jixin.v1.store"]


@pytest.mark.parametrize("user", [device_user(POST, "p"), gateway_user("p")], ids=["device", "gateway"])
def test_only_the_tracker_has_a_right_on_the_brokers_own_subjects(user: BrokerUser) -> None:
    for subject in (*user.publish, *user.subscribe):
        assert "$" not in subject
        assert ">" not in subject
        assert not subject.startswith("*")
    assert "$MQTT.>" in tracker_user("p").publish


def test_a_gateway_speaks_as_device_replay_of_any_station_and_as_no_other() -> None:
    user = gateway_user("p")
    assert user.publish == ["jixin.v1.*.*.replay.scans", "jixin.v1.*.*.replay.status"]
    assert user.subscribe == ["jixin.v1.*.*.replay.receipts", "jixin.v1.store"]


def test_a_password_is_256_random_bits() -> None:
    passwords = {new_password() for _ in range(50)}
    assert len(passwords) == 50
    assert {len(password) for password in passwords} == {43}


def test_every_user_speaks_mqtt_only() -> None:
    text = render_users({user.username: user for user in (device_user(POST, "p"), gateway_user("q"))})
    assert text.count('allowed_connection_types: ["MQTT"]') == 2


AWKWARD = ['"', "\\", "$HOME", "}", "a b", "# no comment", "new\nline", "0123", "true", "迹信", "include users.conf"]


@pytest.mark.parametrize("password", AWKWARD)
def test_awkward_text_stays_inside_its_quotes(password: str) -> None:
    user = BrokerUser("who", password, ["jixin.v1.a"], ["jixin.v1.b"])
    (line,) = [line for line in render_users({"who": user}).splitlines() if "password" in line]
    assert line.strip().startswith('password: "')
    assert line.endswith('"')
    assert '"' not in line.strip()[11:-1].replace("\\\\", "").replace('\\"', "")


def test_nats_reads_what_is_rendered(tmp_path: Path) -> None:
    users = {
        text: BrokerUser(f"user {text}", text, ["jixin.v1.a", "$MQTT.>"], []) for text in AWKWARD if text[0] != "n"
    }
    (tmp_path / "users.conf").write_text(render_users(users | {TRACKER: tracker_user("t"), GATEWAY: gateway_user("g")}))
    (tmp_path / "nats.conf").write_text("authorization {\n  include users.conf\n}\n")
    check = subprocess.run(
        [find_server(), "-t", "-c", tmp_path / "nats.conf"], capture_output=True, text=True, check=False, timeout=20
    )
    assert check.returncode == 0, check.stderr


def test_users_are_kept_and_changed_in_place(tmp_path: Path) -> None:
    with changing_users(tmp_path) as users:
        users[POST.username] = device_user(POST, "first")
        users[TRACKER] = tracker_user("t")
    with changing_users(tmp_path) as users:
        users[POST.username] = device_user(POST, "second")
        del users[TRACKER]
    assert read_users(tmp_path) == {POST.username: device_user(POST, "second")}
    assert (tmp_path / "users.conf").read_text() == render_users(read_users(tmp_path))


def test_nobody_else_reads_the_passwords(tmp_path: Path) -> None:
    with changing_users(tmp_path / "broker") as users:
        users[TRACKER] = tracker_user("t")
    for name in ("users.json", "users.conf"):
        assert stat.S_IMODE((tmp_path / "broker" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "broker").stat().st_mode) == 0o700


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    with changing_users(tmp_path) as users:
        users[TRACKER] = tracker_user("t")

    def stop_half_way() -> None:
        with changing_users(tmp_path) as users:
            users.clear()
            raise RuntimeError("stopped half way")

    with pytest.raises(RuntimeError):
        stop_half_way()
    assert read_users(tmp_path) == {TRACKER: tracker_user("t")}


def test_two_who_change_users_at_once_lose_nothing(tmp_path: Path) -> None:
    def add(number: int) -> None:
        with changing_users(tmp_path) as users:
            post = Post("BLUEBIRD", "HZ-01", f"GUN-{number}")
            users[post.username] = device_user(post, "p")

    threads = [Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_users(tmp_path)) == 12


def test_an_installation_without_users_has_none(tmp_path: Path) -> None:
    assert read_users(tmp_path) == {}
