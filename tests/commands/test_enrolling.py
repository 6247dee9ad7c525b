"""Enrolling and revoking: a file that is all a device needs, and a device that is closed at once."""

import json
import stat
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tests.intake.devices import Device, Intake, only_line
from tracker.wire.enrolment import read_enrolment
from tracker.wire.topics import Post
from web.commands.enrolling import run_enrol, run_revoke
from web.commands.running import InstallationError
from web.settings import Settings

POST = Post("BLUEBIRD", "HZ-01", "GUN-1")


def test_the_file_holds_what_is_promised_and_is_its_owners(settings: Settings, tmp_path: Path) -> None:
    out = tmp_path / "made" / "gun.json"
    enrolment = run_enrol(settings, POST, out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert read_enrolment(out) == enrolment
    told = json.loads(out.read_bytes())
    assert set(told) == {"carrier", "station", "device", "kid", "private_key", "broker", "tracker_keys", "label_key"}
    assert set(told["broker"]) == {"url", "username", "password"}
    assert (told["broker"]["username"], told["broker"]["url"]) == (POST.username, "mqtt://127.0.0.1:1883")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_wildcard_is_no_address_that_a_device_is_told(settings: Settings, tmp_path: Path, host: str) -> None:
    everywhere = settings.model_copy(update={"broker_host": host})
    for post in (POST, None):
        with pytest.raises(InstallationError, match="set JIXIN_PUBLIC_URL"):
            run_enrol(everywhere, post, tmp_path / "gun.json")
    assert not (tmp_path / "gun.json").exists()
    assert not settings.data_dir.exists() or not list(settings.data_dir.glob("jixin.db"))
    public = everywhere.model_copy(update={"public_url": "https://trace.example:8443/x"})
    for post in (POST, None):
        assert run_enrol(public, post, tmp_path / "gun.json").broker.url == "mqtt://trace.example:1883"


def test_a_running_broker_that_listens_everywhere_is_reached_under_the_public_name(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.commands.device_address.find_broker_url", lambda _: "mqtt://0.0.0.0:40123")
    with pytest.raises(InstallationError, match="set JIXIN_PUBLIC_URL"):
        run_enrol(settings, POST, tmp_path / "gun.json")
    public = settings.model_copy(update={"public_url": "http://[2001:db8::7]:8000"})
    assert run_enrol(public, POST, tmp_path / "gun.json").broker.url == "mqtt://[2001:db8::7]:40123"


def test_what_was_enrolled_may_speak_until_it_is_revoked(settings: Settings, store: Engine, tmp_path: Path) -> None:
    intake = Intake(store)
    gun = Device(POST, run_enrol(settings, POST, tmp_path / "gun.json").signing_key)
    intake.keyring.refresh(missed=True)
    assert only_line(intake.record(gun.deliver(gun.scan()))).recorded == 1
    assert run_revoke(settings, POST) == 1
    intake.keyring.refresh(missed=True)
    line = only_line(intake.record(gun.deliver(gun.scan())))
    assert line.refused is not None
    assert line.refused.code == "key_revoked"
    assert run_revoke(settings, POST) == 0


def test_an_older_file_is_overwritten(settings: Settings, tmp_path: Path) -> None:
    out = tmp_path / "gun.json"
    first = run_enrol(settings, POST, out)
    assert run_enrol(settings, POST, out).kid != first.kid
    assert read_enrolment(out).kid != first.kid


def test_a_store_that_is_not_there_is_said(settings: Settings) -> None:
    with pytest.raises(InstallationError, match="jixin migrate"):
        run_revoke(settings, POST)


def test_a_gateway_is_enrolled_without_a_supervisor(settings: Settings, store: Engine, tmp_path: Path) -> None:
    out = tmp_path / "gateway.json"
    enrolment = run_enrol(settings, None, out)
    assert enrolment.is_gateway
    assert enrolment.broker.password
    assert read_enrolment(out) == enrolment
    gateway = Device(Post("OTHER", "S1", "replay"), enrolment.signing_key)
    intake = Intake(store)
    intake.keyring.refresh(missed=True)
    assert only_line(intake.record(gateway.deliver(gateway.scan()))).recorded == 1


@pytest.mark.parametrize("spoilt", ["is a folder", "has a file for a parent"])
def test_nothing_is_registered_when_the_file_cannot_be_written(
    settings: Settings, store: Engine, tmp_path: Path, spoilt: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    out = tmp_path / "folder" if spoilt == "is a folder" else tmp_path / "file" / "gun.json"
    with pytest.raises((IsADirectoryError, NotADirectoryError, FileExistsError)):
        run_enrol(settings, POST, out)
    assert Intake(store).rows("SELECT * FROM device_key") == []
    assert list((tmp_path / "folder").iterdir()) == []
    assert not list(tmp_path.glob("*.new"))
