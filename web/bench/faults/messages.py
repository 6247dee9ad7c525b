"""The messages' faults (消息故障): poison between good ones, payloads over every limit, the tracker's name taken."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from uuid import uuid4

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from tracker.intake.broker import MAX_PAYLOAD
from tracker.intake.broker_users import TRACKER
from tracker.wire.message import MAX_EVENTS, MAX_PAYLOAD_BYTES
from web.bench.faults.fault import Fault, Kind
from web.bench.faults.ground import HOST, Ground
from web.bench.faults.service import wait_until
from web.bench.faults.witness import select
from web.commands.installation import tracker_client_id

TRIES = 20  # to take a client id, each a second at most


def message_faults() -> list[Fault]:
    """Faults of what is sent, and of who sends it."""
    name = "a client that connects with the tracker's name"
    return [
        Fault("poisoned_message", "有毒消息夹在好消息中", "a poisoned message between good ones", Kind.SQLITE, poison),
        Fault("over_limits", "超出各项上限的消息", "payloads over every limit", Kind.SQLITE, exceed_limits),
        Fault("trackers_name", "冒用入库进程的名字", name, Kind.SQLITE, take_trackers_name),
    ]


def poison(ground: Ground) -> None:
    """A scan that the database will not take, whatever is tried, until somebody mends the database; and rubbish."""
    victim = ground.chance.choice(ground.counters)
    number = f"{victim.label}{len(victim.promises.scanned) + 100:06}"
    store = ground.settings.store_url.removeprefix("sqlite:///")

    def run(statement: str) -> None:
        with closing(sqlite3.connect(store, timeout=30)) as database:
            database.execute(statement)
            database.commit()

    def hit() -> None:
        run(
            f"CREATE TRIGGER poison BEFORE INSERT ON event WHEN NEW.waybill_no = '{number}'"
            " BEGIN SELECT RAISE(ABORT, 'poison'); END"
        )
        with intruder(ground) as client:
            for size in (0, 1, 1000):
                client.publish(_topic(ground), ground.chance.randbytes(size), qos=1)
            wait_until(lambda: _is_quarantined(ground, "internal_error"), "the poison is in quarantine")

    ground.strike(f"poisoned scan {number}, rubbish", hit)
    ground.hold(ground.moment())
    before = ground.count_events()
    ground.hold(1)
    ground.expect(ground.count_events() > before, "nothing is recorded beside the poison")
    ground.expect(victim.waiting > 0, "the poisoned scan has a receipt")
    run("DROP TRIGGER poison")


def exceed_limits(ground: Ground) -> None:
    """Too many events, a payload above ours, one above the broker's: each is answered or cut off, none is stored."""
    too_many = json.dumps({"head": "a.b.c", "events": [{}] * (MAX_EVENTS + 1)}).encode()

    def hit() -> None:
        with intruder(ground) as client:
            for payload in (too_many, b"x" * (MAX_PAYLOAD_BYTES + 1), b"{" * MAX_PAYLOAD_BYTES):
                client.publish(_topic(ground), payload, qos=1)
            wait_until(lambda: _is_quarantined(ground, "too_large"), "too large a payload is in quarantine")
            client.publish(_topic(ground), b"x" * (MAX_PAYLOAD + 1), qos=1)
            wait_until(lambda: not client.is_connected(), "the broker cuts off what is above its limit")

    ground.strike("payloads over every limit", hit)
    ground.hold(ground.moment())


def take_trackers_name(ground: Ground) -> None:
    """Its user without its password is let in nowhere; its client id with a device's login throws it off, no more.

    Two that fight for one client id are held back by the broker, which may hang up on either: some tries do not enter.
    """

    def hit() -> None:
        with intruder(ground, username=TRACKER, password="guessed", must_enter=False) as client:  # noqa: S106 a guess
            ground.expect(not client.is_connected(), "somebody is let in with the tracker's name")
        entered, wanted = 0, ground.chance.randint(2, 4)
        for _ in range(TRIES):
            with intruder(ground, client_id=tracker_client_id(ground.settings), must_enter=False) as client:
                entered += client.is_connected()
            if entered >= wanted:
                break
        ground.expect(entered > 0, "the broker does not let an enrolled device in")

    ground.strike("the tracker's client id taken", hit)
    ground.hold(ground.moment())


def _is_quarantined(ground: Ground, code: str) -> bool:
    return (code,) in select(ground.settings.store_url, "SELECT code FROM quarantine")


def _topic(ground: Ground) -> str:
    return f"jixin/v1/{_login(ground)['username']}/scans"


def _login(ground: Ground) -> dict[str, str]:
    login: dict[str, str] = json.loads(ground.counters[0].enrolment.read_bytes())["broker"]
    return login


@contextmanager
def intruder(
    ground: Ground,
    *,
    username: str | None = None,
    password: str | None = None,
    client_id: str | None = None,
    must_enter: bool = True,
) -> Iterator[Client]:
    """A client with an enrolled device's login, or with another, that sends what it likes."""
    login = _login(ground)
    answered, entered = threading.Event(), threading.Event()

    def on_connect(_client: Client, _data: object, _flags: object, reason: ReasonCode, _properties: object) -> None:
        if not reason.is_failure:
            entered.set()
        answered.set()

    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id or f"intruder-{uuid4().hex}", protocol=MQTTv311)
    client.username_pw_set(username or login["username"], password or login["password"])
    client.on_connect = on_connect
    client.on_disconnect = lambda *_: answered.set()
    client.reconnect_delay_set(60, 60)
    client.connect(HOST, ground.broker_port)
    client.loop_start()
    try:
        answered.wait(20)
        if must_enter:
            ground.expect(entered.is_set(), "the broker does not let an enrolled device in")
        yield client
    finally:
        with suppress(OSError):
            client.disconnect()
        client.loop_stop()
