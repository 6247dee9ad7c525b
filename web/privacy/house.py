"""The house (试验安装): an installation and a station's counter of its own, real processes, every wire on record."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Thread

from msgspec.structs import replace
from sqlalchemy.engine import Engine

from tracker.intake.broker import choose_port
from tracker.intake.broker_users import TRACKER, read_users
from tracker.store.box_counts import count_boxes
from tracker.store.database import reading
from tracker.store.identity_store import BoxState
from tracker.wire.enrolment import Enrolment, write_enrolment
from tracker.wire.signature import decode_base64url
from tracker.wire.topics import Channel, Post
from web.bench.faults.service import RoundFailed, Service, wait_until
from web.commands.counter_operators import save_operator
from web.commands.installation import enrol_device
from web.commands.services import open_store
from web.privacy.browser import Browser
from web.privacy.foreign_program import ForeignProgram
from web.privacy.relay import Relay
from web.settings import Settings

ROOT = Path(__file__).parents[2]  # where our packages lie: the processes run elsewhere
HOST = "127.0.0.1"
POST = Post("SEARCH", "S1", "COUNTER-1")
CLERK, PIN = "C7", "402917"
CAPTURE, EXPORTS, BACKUPS, METRICS, LOGS = "capture", "exports", "backups", "metrics", "logs"


class HouseFailed(RuntimeError):
    """The house does not stand, or did not do what it must; the message says what was seen."""


@dataclass(slots=True)
class House:
    """Everything below `folder`: `data` is the installation's, `station` the counter's machine."""

    folder: Path
    settings: Settings
    services: list[Service] = field(default_factory=list)
    _open: ExitStack = field(default_factory=ExitStack)
    engine: Engine = field(init=False)
    enrolment: Enrolment = field(init=False)
    broker_wire: Relay = field(init=False)
    web_wire: Relay = field(init=False)
    counter: Browser = field(init=False)

    @property
    def visitor(self) -> Browser:
        """Somebody new at the trace pages, over the recorded wire."""
        return Browser(self.web_wire.port)

    @property
    def unseen(self) -> Browser:
        """Somebody new whose wire nobody records: for what a visitor says in the open."""
        return Browser(self.settings.web_port)

    @property
    def label_key(self) -> bytes:
        """Of the counter's device: its labels' tokens and its pickup codes are made of it."""
        return decode_base64url(self.enrolment.label_key or "")

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> None:
        """As the station's device with a program of another make. Raises BrokerSilent."""
        login = self.enrolment.broker
        program = ForeignProgram(self.settings.broker_port, login.username, login.password)
        program.publish(self.enrolment.post.topic(channel), payload, retain=retain)

    @property
    def outbox(self) -> Path:
        return self.folder / "station" / "outbox.db"

    def start(self) -> None:
        """All processes, until the counter's page and the web's answer. What is published stays on the broker's disk,
        which else gives up what the tracker has taken."""
        ports = {"JIXIN_WEB_PORT": self.settings.web_port, "JIXIN_BROKER_PORT": self.settings.broker_port}
        self._run("up", self.folder / "data", "up", **{name: str(port) for name, port in ports.items()})
        self._wait(lambda: _answers(self.settings.web_port), "the web server answers")
        self.engine = open_store(self.settings)
        self._open.callback(self.engine.dispose)
        capture = self.folder / CAPTURE
        self.broker_wire = self._open.enter_context(Relay.running(self.settings.broker_port, capture, "broker"))
        self.web_wire = self._open.enter_context(Relay.running(self.settings.web_port, capture, "web"))
        user = read_users(self.settings.broker_folder)[TRACKER]
        program = ForeignProgram(self.settings.broker_port, user.username, user.password)
        program.leave_a_session([f"jixin/v1/+/+/+/{channel}" for channel in ("scans", "identities")])
        self._open_counter()

    def _open_counter(self) -> None:
        machine = self.folder / "station"
        machine.mkdir()
        self.enrolment = enrol_device(self.settings, self.engine, POST)
        wired = replace(self.enrolment.broker, url=f"mqtt://{HOST}:{self.broker_wire.port}")
        write_enrolment(replace(self.enrolment, broker=wired), machine / "enrolment.json")
        save_operator(self.settings.model_copy(update={"data_dir": machine}), CLERK, pin=PIN)
        printer = self._open.enter_context(_printing(self.folder / EXPORTS))
        port = choose_port(HOST, 0, exactly=True)
        words = ("station", "--enrolment", str(machine / "enrolment.json"), "--outbox", str(self.outbox), "--counter",
                 "--port", str(port), "--printer", f"{HOST}:{printer}")  # fmt: skip
        self._run("station", machine, *words, JIXIN_PUBLIC_URL=f"http://{HOST}:{self.web_wire.port}")
        self.counter = Browser(port)
        self._wait(lambda: _answers(port), "the counter's page answers")
        answer = self.counter.post_json("/api/sign-in", {"code": CLERK, "pin": PIN})
        if answer.status != 200:
            raise HouseFailed("the clerk cannot sign in")
        self._wait(lambda: self.counter.get("/api/state").json["can_seal"], "the counter knows the vault's keys")

    def settle(self) -> None:
        """Until every scan and record has its receipt, and the vault has looked at every box."""
        self._wait(lambda: self.counter.get("/api/state").json["waiting"] == 0, "every outbox is empty")

        def looked() -> bool:
            with reading(self.engine) as session:
                return set(count_boxes(session)) <= {BoxState.FITS}

        self._wait(looked, "the vault has looked at every box")

    def stop(self) -> None:
        """Everything ends, the station first."""
        for service in reversed(self.services):
            service.stop()
        self._open.close()

    def _wait(self, true: Callable[[], bool], what: str) -> None:
        """Raises HouseFailed with the last words of a process that has ended, and when it takes too long."""

        def looked() -> bool:
            for service in self.services:
                if not service.is_running:
                    raise HouseFailed(f"{service.name} ended by itself: {service.last_words()}")
            return true()

        try:
            wait_until(looked, what, every=0.05)
        except RoundFailed as failure:
            raise HouseFailed(str(failure)) from None

    def environment(self, data_dir: Path, **variables: str) -> dict[str, str]:
        """Of a process of ours: nothing of the operator's own settings."""
        kept = {each: os.environ[each] for each in ("PATH", "HOME", "LANG", "TMPDIR") if each in os.environ}
        own = {"PYTHONPATH": str(ROOT), "JIXIN_DATA_DIR": str(data_dir), "JIXIN_LOG_LEVEL": "debug"}
        return kept | own | variables

    def _run(self, name: str, data_dir: Path, *words: str, **variables: str) -> None:
        log = self.folder / LOGS / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        words_of_it = [sys.executable, "-m", "web.cli", *words]
        service = Service(name, words_of_it, self.environment(data_dir, **variables), log, folder=self.folder)
        self.services.append(service)
        service.start()


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """A house at work; its processes are gone when the block ends, however it ends. Raises HouseFailed.

    Nothing of the operator's own settings reaches it: neither a variable nor a jixin.toml.
    """
    settings = Settings(
        data_dir=folder / "data", database_url=None, broker_url=None, broker_host=HOST, vault_folder=None,
        broker_port=choose_port(HOST, 0, exactly=True), web_host=HOST, web_port=choose_port(HOST, 0, exactly=True),
        metrics_host=HOST, log_level="debug", public_url=None,
    )  # fmt: skip
    house = House(folder, settings)
    try:
        house.start()
        yield house
    finally:
        house.stop()


def _answers(port: int) -> bool:
    try:
        return Browser(port).get("/").status == 200
    except OSError:
        return False


@contextmanager
def _printing(folder: Path) -> Iterator[int]:
    """A label printer on a port of this machine: each label becomes a file."""
    folder.mkdir(exist_ok=True)
    with socket.create_server((HOST, 0)) as listener:
        Thread(target=_print, args=(listener, folder), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)  # who waits for a connection is told


def _print(listener: socket.socket, folder: Path) -> None:
    for number in count(1):
        try:
            line, _ = listener.accept()
        except OSError:
            return
        with line, (folder / f"label-{number}.zpl").open("wb") as label:
            while octets := line.recv(65536):
                label.write(octets)
