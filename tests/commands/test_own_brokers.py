"""Brokers of one's own: one command gives a device key, certificate and right, and one takes them back."""

import io
import os
import signal
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec import structs
from pydantic import SecretStr
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from tests.walk.processes import wait_until
from tracker.intake.authority import NameTooLong, serial_of
from tracker.intake.broker_nodes import Node, OwnBrokers
from tracker.intake.broker_users import GATEWAY, TRACKER, read_users
from tracker.store.certificate_ends import count_ends
from tracker.store.database import reading
from tracker.store.registry import device_keys
from tracker.wire.brokers import BrokerKind
from tracker.wire.enrolment import Enrolment, write_enrolment
from tracker.wire.steps import Step
from tracker.wire.topics import Post
from web.cli.program import app
from web.commands.certifying import certify_device, login_with
from web.commands.installation import (
    broker_login,
    enrol_device,
    ensure_gateway,
    ensure_own_users,
    revoke_device,
    revoke_gateway,
)
from web.commands.key_files import find_key_files
from web.commands.own_brokers import configure_brokers, settings_for
from web.commands.running import InstallationError
from web.commands.scanning import run_scanner
from web.settings import Settings

POST = Post("BLUEBIRD", "HZ-01", "GUN-1")
NATS = OwnBrokers(BrokerKind.NATS, [Node(f"nats-{number}.example", 8883, 6222) for number in (1, 2, 3)])
MOSQUITTO = OwnBrokers(BrokerKind.MOSQUITTO, [Node("broker.example", 8883, 8884)])
NOT_RUNNING = OwnBrokers(BrokerKind.MOSQUITTO, [Node("127.0.0.1", 1, 2)])
BOTH = pytest.mark.parametrize("brokers", [NATS, NOT_RUNNING], ids=["nats", "mosquitto"])


@pytest.fixture
def own(settings: Settings, store: Engine) -> Settings:
    """The settings of an installation with brokers of its own, and its migrated store."""
    del store
    return settings.model_copy(update={"broker_url": "mqtts://broker.example:8883"})


def certificate_of(enrolment: Enrolment) -> x509.Certificate:
    assert enrolment.broker.certificate is not None
    return x509.load_pem_x509_certificate(enrolment.broker.certificate.encode())


def revoked_in(settings: Settings, path: str = "keys/devices.crl") -> set[str]:
    crl = x509.load_pem_x509_crl((settings.data_dir / path).read_bytes())
    return {f"{entry.serial_number:x}" for entry in crl}


@BOTH
def test_every_node_has_its_folder_and_nobody_else_reads_it(own: Settings, brokers: OwnBrokers) -> None:
    folders = configure_brokers(own, brokers)
    assert [folder.name for folder in folders] == [f"{brokers.kind}-{n + 1}" for n in range(len(brokers.nodes))]
    common = {"server.crt", "server.key", "brokers-ca.crt", "devices-ca.crt", "clients-ca.crt", "devices.crl"}
    for folder in folders:
        files = {path.name for path in folder.iterdir()}
        assert files == common | (
            {"nats.conf", "users.conf"} if brokers.kind is BrokerKind.NATS else {"mosquitto.conf", "acl"}
        )
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    keys = {path.name for path in (own.data_dir / "keys").iterdir()}
    assert keys == {
        "brokers-ca.pem", "devices-ca.pem", "devices.crl", "brokers-ca.crt", "devices-ca.crt", "tracker.crt",
        "tracker.key", *(f"{folder.name}.crt" for folder in folders),
    }  # fmt: skip
    assert {stat.S_IMODE(path.stat().st_mode) for path in (own.data_dir / "keys").iterdir()} == {0o600}


def test_a_node_is_vouched_for_under_its_own_name_and_those_in_the_settings(own: Settings) -> None:
    for folder, node in zip(configure_brokers(own, NATS), NATS.nodes, strict=True):
        certificate = x509.load_pem_x509_certificate((folder / "server.crt").read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == [node.host, "broker.example"]


def test_the_command_says_which_settings_follow() -> None:
    assert settings_for(NATS) == {
        "JIXIN_BROKER_URL": "mqtts://nats-1.example:8883,mqtts://nats-2.example:8883,mqtts://nats-3.example:8883"
    }
    assert settings_for(MOSQUITTO) == {
        "JIXIN_BROKER_URL": "mqtts://broker.example:8883",
        "JIXIN_BROKER_TRACKER_URL": "mqtts://broker.example:8884",
    }


@BOTH
def test_enrolling_makes_key_certificate_and_right_in_one_step(
    own: Settings, store: Engine, brokers: OwnBrokers
) -> None:
    folders = configure_brokers(own, brokers)
    enrolment = enrol_device(own, store, POST)
    certificate = certificate_of(enrolment)
    with reading(store) as session:
        assert count_ends(session, by=datetime.now(UTC)).soonest == certificate.not_valid_after_utc
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == enrolment.broker.username == POST.username
    assert enrolment.broker.url == "mqtts://broker.example:8883"
    assert enrolment.broker.ca == (own.data_dir / "keys" / "brokers-ca.crt").read_text()
    user = read_users(own.broker_folder)[POST.username]
    assert user.certificates == [serial_of(enrolment.broker.certificate or "")]
    with reading(store) as session:
        assert not device_keys(session)[enrolment.kid].revoked
    for folder in folders if brokers is NATS else []:
        rights = (folder / "users.conf").read_text()
        assert f'user: "CN={POST.username},SERIALNUMBER={user.certificates[0]}"' in rights
        assert f'password: "{enrolment.broker.password}"' in rights


@BOTH
def test_revoking_closes_every_certificate_of_the_device_and_no_other(
    own: Settings, store: Engine, brokers: OwnBrokers
) -> None:
    folders = configure_brokers(own, brokers)
    first, second = enrol_device(own, store, POST), enrol_device(own, store, POST)
    other = enrol_device(own, store, Post("BLUEBIRD", "HZ-02", "GUN-1"))
    assert revoke_device(own, store, POST) == 2
    closed = {f"{certificate_of(each).serial_number:x}" for each in (first, second)}
    assert closed <= revoked_in(own)
    assert f"{certificate_of(other).serial_number:x}" not in revoked_in(own)
    for folder in folders:
        if brokers is NATS:
            rights = (folder / "users.conf").read_text()
            assert (rights.count(f"CN={POST.username},"), rights.count("CN=BLUEBIRD/HZ-02/GUN-1,")) == (0, 1)
        else:
            assert revoked_in(own, f"broker/{folder.name}/devices.crl") == revoked_in(own)
    anew = enrol_device(own, store, POST)
    assert anew.broker.password != first.broker.password
    assert f"{certificate_of(anew).serial_number:x}" not in revoked_in(own)


def test_the_trackers_certificates_are_no_devices(own: Settings) -> None:
    configure_brokers(own, MOSQUITTO)
    configure_brokers(own, MOSQUITTO)
    configure_brokers(own, MOSQUITTO)
    assert revoked_in(own) == set(), "they are of another authority, which has no such list"


def test_configuring_again_renews_what_ends_and_keeps_what_was_given_out(own: Settings, store: Engine) -> None:
    (folder, *_) = configure_brokers(own, NATS)
    device = enrol_device(own, store, POST)
    enrol_device(own, store, Post("BLUEBIRD", "HZ-02", "GUN-1"))
    revoke_device(own, store, Post("BLUEBIRD", "HZ-02", "GUN-1"))
    before = read_users(own.broker_folder)
    files = {name: (folder / name).read_text() for name in ("server.crt", "brokers-ca.crt", "devices.crl")}
    configure_brokers(own, NATS)
    after = read_users(own.broker_folder)
    assert after[TRACKER].password == before[TRACKER].password
    assert after[TRACKER].certificates[0] == before[TRACKER].certificates[-1], "the tracker that runs stays"
    assert len(after[TRACKER].certificates) == 2
    assert after[POST.username] == before[POST.username]
    assert (folder / "server.crt").read_text() != files["server.crt"]
    assert (folder / "brokers-ca.crt").read_text() == files["brokers-ca.crt"]
    assert revoked_in(own, f"broker/{folder.name}/devices.crl") == revoked_in(own) != set()
    assert f"{certificate_of(device).serial_number:x}" in (folder / "users.conf").read_text()


def test_the_tracker_uses_its_own_listener_password_and_certificate(own: Settings) -> None:
    configure_brokers(own, MOSQUITTO)
    login = broker_login(own.model_copy(update={"broker_tracker_url": "mqtts://broker.example:8884"}))
    assert (login.url, login.username) == ("mqtts://broker.example:8884", TRACKER)
    assert login.password == read_users(own.broker_folder)[TRACKER].password
    assert serial_of(login.certificate or "") == read_users(own.broker_folder)[TRACKER].certificates[-1]
    assert (own.data_dir / "keys" / "tracker.key").read_text() == login.certificate_key


def test_a_tracker_elsewhere_is_told_by_settings(own: Settings, tmp_path: Path) -> None:
    configure_brokers(own, MOSQUITTO)
    (tmp_path / "mine.crt").write_text("mine")
    told = own.model_copy(update={
        "data_dir": tmp_path / "elsewhere", "broker_ca": tmp_path / "mine.crt", "broker_username": "t",
        "broker_certificate": tmp_path / "mine.crt", "broker_key": tmp_path / "mine.crt",
        "broker_password": SecretStr("p"),
    })  # fmt: skip
    login = broker_login(told)
    assert (login.username, login.password) == ("t", "p")
    assert (login.ca, login.certificate, login.certificate_key) == ("mine", "mine", "mine")
    with pytest.raises(InstallationError, match=r"no-such\.crt"):
        broker_login(told.model_copy(update={"broker_ca": tmp_path / "no-such.crt"}))


def test_what_a_backup_of_the_keys_holds_is_all_that_brokers_and_devices_need(own: Settings) -> None:
    configure_brokers(own, NATS)
    for live in ("broker.pid", "mosquitto.db", "jetstream/x"):
        path = own.broker_folder / "nats-1" / live
        path.parent.mkdir(exist_ok=True)
        path.write_text("of this run")
    held = {str(path) for path in find_key_files(own.data_dir)}
    assert {f"keys/{name}" for name in ("brokers-ca.pem", "devices-ca.pem", "devices.crl", "tracker.key")} <= held
    assert {f"broker/nats-1/{name}" for name in ("nats.conf", "users.conf", "server.key")} <= held
    assert {"broker/users.json", "broker/nodes.json"} <= held
    assert not [name for name in held if name.endswith(("broker.pid", "mosquitto.db", "jetstream/x"))]


def test_a_broker_that_was_not_configured_here_gets_no_certificates(own: Settings, store: Engine) -> None:
    enrolment = enrol_device(own, store, POST)
    assert (enrolment.broker.certificate, enrolment.broker.ca) == (None, None)
    assert not (own.data_dir / "keys" / "devices-ca.pem").exists()
    assert read_users(own.broker_folder) == {}


def test_a_name_too_long_for_a_certificate_leaves_nothing_behind(own: Settings, store: Engine) -> None:
    configure_brokers(own, NATS)
    before = read_users(own.broker_folder)
    with pytest.raises(NameTooLong):
        enrol_device(own, store, Post("C" * 40, "S" * 40, "D"))
    assert read_users(own.broker_folder) == before
    with reading(store) as session:
        assert device_keys(session) == {}


def test_the_gateway_keeps_its_certificate_until_it_is_revoked(own: Settings, store: Engine) -> None:
    configure_brokers(own, NATS)
    url = "mqtts://broker.example:8883"
    first = ensure_gateway(own, store, url)
    ensure_own_users(own)
    assert ensure_gateway(own, store, url) == first
    assert read_users(own.broker_folder)[GATEWAY].certificates == [serial_of(first.broker.certificate or "")]
    revoke_gateway(own, store)
    second = ensure_gateway(own, store, url)
    assert second.broker.certificate != first.broker.certificate
    assert read_users(own.broker_folder)[GATEWAY].certificates == [serial_of(second.broker.certificate or "")]
    assert serial_of(first.broker.certificate or "") in revoked_in(own)


def test_brokers_elsewhere_are_told_by_the_owners_command(own: Settings, store: Engine, tmp_path: Path) -> None:
    told = own.model_copy(update={"broker_reload": f"date > {tmp_path / 'told'}"})
    configure_brokers(told, NATS)
    (tmp_path / "told").unlink()
    enrol_device(told, store, POST)
    (tmp_path / "told").unlink()
    revoke_device(told, store, POST)
    assert (tmp_path / "told").exists()


def test_a_broker_that_could_not_be_told_is_said(own: Settings, store: Engine) -> None:
    configure_brokers(own, NATS)
    failing = own.model_copy(update={"broker_reload": "echo no route to nats-2 >&2; exit 3"})
    with pytest.raises(InstallationError, match="no route to nats-2"):
        enrol_device(failing, store, POST)


def test_only_a_broker_is_told_by_signal_and_never_a_process_that_has_its_number(own: Settings, store: Engine) -> None:
    (folder, *_) = configure_brokers(own, NATS)
    with subprocess.Popen(["sleep", "60"]) as other:
        (folder / "broker.pid").write_text(str(other.pid))
        enrol_device(own, store, POST)
        assert other.poll() is None
        other.kill()
    (folder / "broker.pid").write_text("not a number")
    enrol_device(own, store, POST)


def _hear_hangups() -> None:
    """Tests under nohup ignore them, and what they start with them."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_a_running_broker_is_told_by_signal(own: Settings, store: Engine, tmp_path: Path) -> None:
    (folder, *_) = configure_brokers(own, NATS)
    program = tmp_path / "nats-server"
    program.symlink_to("/bin/sh")
    heard = tmp_path / "heard"
    script = f"trap 'echo > {heard}' HUP; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen(
        [program, "-c", script], stdout=subprocess.PIPE, start_new_session=True, preexec_fn=_hear_hangups
    ) as broker:
        assert broker.stdout is not None
        assert broker.stdout.readline() == b"ready\n"
        (folder / "broker.pid").write_text(f"{broker.pid}\n")
        enrol_device(own, store, POST)
        wait_until(heard.exists, "the broker has heard")
        os.killpg(broker.pid, signal.SIGKILL)


@pytest.mark.parametrize(("days", "warned"), [(30, True), (90, False)])
def test_a_station_whose_certificate_ends_soon_says_so(
    own: Settings, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, warned: bool
) -> None:
    configure_brokers(own, NOT_RUNNING)
    enrolment = enrol_device(own, store, POST)
    login = login_with(own, enrolment.broker, certify_device(own, POST.username, days=days))
    write_enrolment(structs.replace(enrolment, broker=login), tmp_path / "gun.json")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    away = own.model_copy(update={"broker_url": "mqtts://127.0.0.1:1"})
    said: list[str] = []
    run_scanner(
        away,
        tmp_path / "gun.json",
        step=Step.ARRIVED,
        operator=None,
        outbox_file=None,
        wait=0,
        say=said.append,
        warn=said.append,
    )
    assert any("证书" in line and "enrol" in line for line in said) == warned


def test_other_nodes_take_the_place_of_those_before_only_when_that_is_asked_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIXIN_DATA_DIR", str(settings.data_dir))

    def configure(*words: str) -> Result:
        return CliRunner().invoke(app, ["broker-config", *words])

    three = ["--kind", "nats", *(word for host in "abc" for word in ("--node", f"{host}.example"))]
    assert [configure(*three).exit_code, configure(*three).exit_code] == [0, 0]
    before = (settings.broker_folder / "nats-1" / "nats.conf").read_text()
    for other in (["--kind", "nats", "--node", "d.example"], ["--kind", "mosquitto", "--node", "a.example"]):
        refused = configure(*other)
        assert refused.exit_code == 2
        assert "--replace" in refused.output
        assert "--node c.example:8883:6222" in refused.output
    assert (settings.broker_folder / "nats-1" / "nats.conf").read_text() == before
    assert configure("--kind", "nats", "--node", "d.example", "--replace").exit_code == 0
    assert sorted(path.name for path in settings.broker_folder.glob("nats-*")) == ["nats-1"]
    assert sorted(path.name for path in (settings.data_dir / "keys").glob("nats-*")) == ["nats-1.crt"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--kind", "nats", "--node", "nats-1.example:port"],
        ["--kind", "mosquitto", "--node", "a.example", "--node", "b.example"],
        ["--kind", "rabbitmq", "--node", "a.example"],
        ["--kind", "nats"],
        ["--kind", "nats", "--node", "a.example", "--node", "b.example"],
        ["--kind", "nats", "--node", "a.example", "--node", "b.example", "--node", "A.example"],
        ["--kind", "nats", "--node", "a.example:8883:8883"],
    ],
    ids=["port", "two mosquittos", "another broker", "no node", "two", "twice", "one port twice"],
)
def test_a_misused_command_ends_with_2(
    arguments: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIXIN_DATA_DIR", str(settings.data_dir))
    assert CliRunner().invoke(app, ["broker-config", *arguments]).exit_code == 2
