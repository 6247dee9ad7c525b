"""Brokers of one's own over TLS (自有代理): the whole walk, and that nobody gets in, hears or says what is not theirs.

The tracker keeps recording from a good station meanwhile: each test ends with a scan of its that is receipted.
"""

import json
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from paho.mqtt.client import MQTTMessageInfo

from tests.walk.handheld import STORE, Handheld, build_context, build_event, encode, open_jws
from tests.walk.installation import Installation
from tests.walk.own_brokers import Site, assert_kept_out, assert_speaks, run_site
from tests.walk.processes import wait_until
from tests.walk.test_broker_rights import FORBIDDEN
from tracker.intake.authority import Authority, Certified

GOOD = "jixin/v1/POSTROAD/CQ-1/GUN-1"
WILDCARDS = ["#", "+/#", "jixin/#", "jixin/v1/+/+/+/scans", "$share/thieves/jixin/v1/+/+/+/scans", "$SYS/#", "$MQTT/#"]


@pytest.fixture(scope="module", params=["nats", "mosquitto"])
def site(request: pytest.FixtureRequest, walk_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A broker of each kind in turn, and a tracker behind it."""
    with run_site(Installation(tmp_path_factory.mktemp(request.param) / "data"), request.param) as site:
        yield site


@pytest.fixture(scope="module")
def good(site: Site) -> Iterator[Handheld]:
    """A good station's device, connected all the time."""
    with Handheld.of(site.place.data_dir.parent / "POSTROAD-CQ-1-GUN-1.json").online() as device:
        yield device
        assert not device.lost.is_set(), "somebody's doing threw the good station off"


@pytest.fixture(autouse=True)
def _recording(site: Site, good: Handheld) -> Iterator[None]:
    """Whatever a test does, a good scan is recorded before and after."""
    assert_speaks(good, f"GOOD{uuid4().hex[:12]}")
    yield
    assert_speaks(good, f"GOOD{uuid4().hex[:12]}")


@pytest.fixture(scope="module")
def spy(site: Site) -> dict[str, Any]:
    """The enrolment of a device that wants more than its own."""
    return site.enrol("CQ-2")


def showing(enrolment: dict[str, Any], certified: Certified | None, **login: str) -> dict[str, Any]:
    """The enrolment with another certificate, or none, and another login."""
    broker = {name: value for name, value in enrolment["broker"].items() if not name.startswith("certificate")}
    if certified:
        broker |= {"certificate": certified.certificate, "certificate_key": certified.key}
    return enrolment | {"broker": broker | login}


def test_the_whole_walk_over_tls(site: Site, tmp_path: Path) -> None:
    """Enrol, carry the file to a machine that knows nothing else, scan: recorded and receipted."""
    file = site.place.enrol("POSTROAD", "CQ-10")
    station = Installation(tmp_path / "counter")
    said = station.must("station", "--enrolment", str(file), "--step=arrived", stdin="TLS001\nTLS002\nTLS003\n")
    assert "入库 recorded 3 · 已有 known 0 · 被拒 refused 0 · 待传 0" in said
    assert site.waybills("TLS") == ["TLS001", "TLS002", "TLS003"]
    enrolment = json.loads(file.read_bytes())["broker"]
    assert enrolment["url"] == f"mqtts://127.0.0.1:{site.port}"
    assert set(enrolment) == {"url", "username", "password", "ca", "certificate", "certificate_key"}


def test_the_gateway_walks_over_tls_too(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "gateway.json"
    site.place.must("enrol", "--gateway", "--out", str(file))
    sheet = tmp_path / "history.csv"
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    sheet.write_text(f"waybill_no,step,event_time,carrier,station\nHIST1,accepted,{moment},OTHERS,X-1\n")
    report = Installation(tmp_path / "replayer").replay(sheet, "--enrolment", str(file))
    assert (report["recorded"], report["complete"]) == (1, True)


@pytest.mark.parametrize("who", ["nobody", "a password alone", "another authority's", "another authority's tracker"])
def test_who_has_no_certificate_of_ours_is_not_let_in(who: str, site: Site, good: Handheld) -> None:
    forger = Authority.create("Jixin devices", now=datetime.now(UTC))
    if who == "nobody":
        assert_kept_out(showing(good.enrolment, None), username="")
    elif who == "a password alone":
        assert_kept_out(showing(good.enrolment, None))
    else:
        name = "tracker" if who.endswith("tracker") else "POSTROAD/CQ-1/GUN-1"
        forged = forger.certify_client(name, now=datetime.now(UTC))
        assert_kept_out(showing(good.enrolment, forged), username=name)


def test_a_device_with_anothers_name_is_at_most_itself(site: Site, good: Handheld, spy: dict[str, Any]) -> None:
    """Its certificate, the victim's user name and even the victim's password."""
    stolen = {name: good.enrolment["broker"][name] for name in ("username", "password")}
    number = f"FORGED{uuid4().hex[:6]}"
    thief = Handheld(spy | {"broker": spy["broker"] | stolen})
    with thief.connecting():
        assert thief.answered.wait(20)
        thief.publish(good.batch(encode(build_event(number))), f"{GOOD}/scans")
        assert_speaks(good, f"GOOD{uuid4().hex[:12]}")
    assert site.waybills(number) == []


def test_a_device_does_not_come_in_by_the_trackers_door(site: Site, spy: dict[str, Any]) -> None:
    """Mosquitto's listener of the tracker; NATS' port for the other nodes of a cluster is shut where there is one."""
    if site.kind == "mosquitto":
        assert_kept_out(spy | {"broker": spy["broker"] | {"url": f"mqtts://127.0.0.1:{site.second_port}"}})
    else:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", site.second_port), timeout=5)


def test_wildcards_hear_nothing(site: Site, good: Handheld, spy: dict[str, Any]) -> None:
    with Handheld(spy).online() as device:
        for topic in [*WILDCARDS, *FORBIDDEN, f"{GOOD}/#", f"{GOOD}/receipts", f"{GOOD}/scans"]:
            for qos in (0, 1):
                granted = device.subscribe(topic, qos)
                assert site.kind == "mosquitto" or granted == [128]
        for _ in range(3):
            assert_speaks(good, f"GOOD{uuid4().hex[:12]}")
        assert_speaks(device, f"SPY{uuid4().hex[:12]}")
        heard = {message.topic for message in device.heard.queue}
        assert heard <= {"jixin/v1/store"}


def test_what_a_device_says_elsewhere_reaches_nobody(site: Site, good: Handheld, spy: dict[str, Any]) -> None:
    number = f"ELSE{uuid4().hex[:6]}"
    payload = good.batch(encode(build_event(number)))
    for topic in (f"{GOOD}/scans", f"{GOOD}/receipts", f"{GOOD}/status", "jixin/v1/store", "$MQTT/msgs/x", "x"):
        with Handheld(spy).online() as device:
            word = device.client.publish(topic, payload, qos=1, retain=topic.endswith("store"))
            wait_until(partial(is_answered, device, word), f"{topic} is taken, or the device thrown off")
    with Handheld(spy).online() as again:
        assert_speaks(again, f"SPY{uuid4().hex[:12]}")
        assert site.waybills(number) == []
        again.subscribe("jixin/v1/store")
        state = again.heard.get(timeout=20)
        open_jws(state.payload.decode(), spy["tracker_keys"], STORE)


def is_answered(device: Handheld, word: MQTTMessageInfo) -> bool:
    """A forbidden word is acknowledged and dropped, or costs the connection."""
    return word.is_published() or device.lost.is_set()


@pytest.mark.usefixtures("spy")
def test_a_broker_under_another_name_is_not_believed(site: Site) -> None:
    """The station checks the host name: its CA alone is not enough."""
    url = f"mqtts://localhost:{site.port}"
    said = site.place.run(
        "station", "--enrolment", str(site.place.data_dir.parent / "POSTROAD-CQ-2-GUN-1.json"), "--step=arrived",
        "--wait", "1", stdin="NAMED1\n", JIXIN_BROKER_URL=url,
    )  # fmt: skip
    assert (said.returncode, "1 条还没有回执" in said.stderr) == (1, True)
    assert site.waybills("NAMED") == []


def test_plain_mqtt_is_not_spoken(site: Site, good: Handheld) -> None:
    plain = good.enrolment["broker"] | {"url": f"mqtt://127.0.0.1:{site.port}"}
    with Handheld(good.enrolment | {"broker": plain}).connecting() as device:
        assert device.answered.wait(20)
        assert not device.connected.is_set()


def test_natss_own_port_is_shut_to_everyone(site: Site, good: Handheld) -> None:
    """Not spoken by Mosquitto; by NATS on loopback, to nobody whom we know: with `$MQTT.>` one reads every scan."""
    if site.kind == "mosquitto":
        assert "nats" not in (site.folder / "mosquitto.conf").read_text()
        return
    log = (site.folder / "log").read_text()
    (line,) = [line for line in log.splitlines() if "Listening for client connections on" in line]
    host, _, port = line.split()[-1].rpartition(":")
    assert host == "127.0.0.1"
    keys = site.place.data_dir / "keys"
    users = {user["username"]: user for user in json.loads((site.folder.parent / "users.json").read_bytes())}
    tracker = {"ca": good.enrolment["broker"]["ca"], "certificate": (keys / "tracker.crt").read_text(),
               "certificate_key": (keys / "tracker.key").read_text()}  # fmt: skip
    subject = f"CN=tracker,SERIALNUMBER={users['tracker']['certificates'][-1]}"
    assert b"-ERR 'Authorization Violation'" in ask_nats(int(port), tracker, subject, users["tracker"]["password"])
    device = good.enrolment["broker"]
    assert b"PONG" not in ask_nats(int(port), device, device["username"], device["password"])


def ask_nats(port: int, login: dict[str, Any], username: str, password: str) -> bytes:
    """What NATS' own protocol answers to a subscription of everything."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        plain.recv(4096)  # INFO
        try:
            with build_context(login).wrap_socket(plain, server_hostname="127.0.0.1") as wire:
                options = json.dumps({"user": username, "pass": password, "verbose": False})
                wire.sendall(f"CONNECT {options}\r\nSUB $MQTT.> 1\r\nPING\r\n".encode())
                answer = b""
                while part := wire.recv(4096):
                    answer += part
                return answer
        except (ssl.SSLError, ConnectionError) as error:
            return repr(error).encode()


@pytest.mark.parametrize("client_id", ["tracker", "jixin", ""], ids=["tracker", "jixin", "none"])
def test_a_device_that_guesses_the_trackers_client_id_takes_nobodys_place(
    client_id: str, site: Site, good: Handheld, spy: dict[str, Any]
) -> None:
    before = site.times_thrown_off
    with Handheld(spy).connecting(client_id=client_id) as device:
        assert device.answered.wait(20)
        assert_speaks(good, f"GOOD{uuid4().hex[:12]}")
    assert site.times_thrown_off == before


def test_a_device_that_knows_the_trackers_client_id_hears_nothing_and_stops_nothing(site: Site, good: Handheld) -> None:
    """Mosquitto gives it its own name instead. NATS cannot, so there the id is a secret; who has stolen it hears
    nothing and loses nothing, and is gone when the device is revoked."""
    before = site.times_thrown_off
    thief = Handheld(site.enrol("CQ-66"))
    number = f"DURING{uuid4().hex[:6]}"
    with thief.connecting(client_id=site.tracker_client_id, clean_session=False):
        assert thief.connected.wait(20)
        thief.subscribe("jixin/v1/+/+/+/scans", 1)
        good.publish(good.batch(encode(build_event(number))))
        if site.kind == "mosquitto":
            assert_speaks(good, f"GOOD{uuid4().hex[:12]}")
            assert site.times_thrown_off == before
        site.revoke("CQ-66")
        assert thief.lost.wait(20)
        wait_until(lambda: site.waybills(number), "the scan of that time is recorded")
        assert thief.heard.empty()


def test_a_device_that_is_enrolled_while_everything_runs_works_at_once(site: Site) -> None:
    before = site.times_thrown_off
    with Handheld(site.enrol("CQ-3", f"GUN-{uuid4().hex[:6]}")).online() as device:
        assert_speaks(device, f"NEW{uuid4().hex[:12]}")
    assert site.times_thrown_off == before, "enrolling a device disconnected the tracker"


def test_a_revoked_device_is_disconnected_at_once_and_stays_out_when_it_is_enrolled_again(site: Site) -> None:
    before = site.times_thrown_off
    with Handheld(site.enrol("CQ-4")).online() as thief:
        assert_speaks(thief, f"REV{uuid4().hex[:12]}")
        site.revoke("CQ-4")
        assert thief.lost.is_set() or thief.lost.wait(2), "`revoke` returned and the connection is open"
    assert_kept_out(thief.enrolment)
    with Handheld(site.enrol("CQ-4")).online() as anew:
        assert_speaks(anew, f"REV{uuid4().hex[:12]}")
        assert_kept_out(thief.enrolment)
        assert_kept_out(showing(thief.enrolment, None, **{"password": anew.enrolment["broker"]["password"]}))
        assert not anew.lost.is_set()
    assert site.times_thrown_off == before


def test_keys_change_and_no_scan_is_lost(site: Site, tmp_path: Path) -> None:
    """Scans are on their way under the old key when the device is closed; with the new file all arrive, once each."""
    station = Installation(tmp_path / "counter")
    old = site.place.enrol("POSTROAD", "CQ-5")
    numbers = [f"ROTATE{number:03}" for number in range(60)]
    site.place.the("tracker").freeze()  # so that the first scans are handed over and not receipted
    try:
        away = station.run(
            "station", "--enrolment", str(old), "--step=arrived", "--wait", "1", stdin="\n".join(numbers[:40]) + "\n"
        )
        assert (away.returncode, "40 条还没有回执" in away.stderr) == (1, True)
        site.place.must("revoke", "--carrier", "POSTROAD", "--station", "CQ-5", "--device", "GUN-1")
        shut = station.run(
            "station", "--enrolment", str(old), "--step=arrived", "--wait", "1", stdin="\n".join(numbers[40:]) + "\n"
        )
        assert (shut.returncode, "60 条还没有回执" in shut.stderr) == (1, True)
    finally:
        site.place.the("tracker").thaw()
    new = site.place.enrol("POSTROAD", "CQ-5")
    station.must("station", "--enrolment", str(new))
    assert site.waybills("ROTATE") == numbers


def test_the_brokers_certificates_are_renewed_while_it_runs(site: Site, good: Handheld) -> None:
    """The same command again: nobody is thrown off."""
    before, server = site.times_thrown_off, (site.folder / "server.crt").read_text()
    site.place.must("broker-config", "--kind", site.kind, "--node", f"127.0.0.1:{site.port}:{site.second_port}")
    shown = wait_until(lambda: presented(site, good) != server and presented(site, good), "the new certificate")
    assert shown == (site.folder / "server.crt").read_text()
    assert site.times_thrown_off == before


def presented(site: Site, device: Handheld) -> str:
    """The certificate that the broker shows."""
    with (
        socket.create_connection(("127.0.0.1", site.port), timeout=10) as plain,
        build_context(device.enrolment["broker"]).wrap_socket(plain, server_hostname="127.0.0.1") as wire,
    ):
        return ssl.DER_cert_to_PEM_cert(wire.getpeercert(binary_form=True) or b"")
