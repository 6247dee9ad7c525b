"""The ground (试验场): one installation of real processes with stations at load, in which things break."""

import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tracker.intake.broker import ACK_WAIT, EmbeddedBroker, choose_port, find_server
from tracker.intake.broker_health import is_stuck
from tracker.intake.broker_users import TRACKER, read_users
from tracker.wire.enrolment import write_enrolment
from tracker.wire.topics import Post
from web.bench.faults.counter import Counter, Promises
from web.bench.faults.fault import Kind, Pace
from web.bench.faults.proxy import Proxy
from web.bench.faults.service import RoundFailed, Service, wait_until
from web.bench.faults.small_disk import SmallDisk, mount_small_disk
from web.bench.faults.witness import pinned_keys, select
from web.bench.postgres import DURABLE, PostgresServer, run_postgres
from web.commands.installation import enrol_devices, ensure_own_users, make_data_dir
from web.commands.services import open_store
from web.settings import Settings

CARRIER = "FAULTS"
HOST = "127.0.0.1"


@dataclass(slots=True)
class Ground:
    """What a fault may lay hands on. `chance` is the round's own, so that its seed repeats it."""

    kind: Kind
    folder: Path
    pace: Pace
    chance: Random
    settings: Settings
    broker: Service = field(init=False)
    tracker: Service = field(init=False)
    scheduler: Service = field(init=False)
    counters: list[Counter] = field(default_factory=list)
    retired: list[Counter] = field(default_factory=list)  # stations that are gone; what they promised stays promised
    postgres: PostgresServer | None = None
    station_proxy: Proxy | None = None
    tracker_proxy: Proxy | None = None
    disks: dict[str, SmallDisk] = field(default_factory=dict)
    may_end: set[str] = field(default_factory=set)  # services that this round may see ended
    struck: str = ""
    in_flight: int = 0
    _again_at: dict[str, float] = field(default_factory=dict)

    # ---- what a fault does ----

    def strike(self, what: str, hit: Callable[[], object]) -> None:
        """Do harm in the midst of the work, and note how many events were handed over and not receipted just then."""
        flying = wait_until(self._count_in_flight, "events are in flight", every=0.001)
        hit()
        self.struck = f"{self.struck} + {what}" if self.struck else what
        self.in_flight = max(self.in_flight, self._count_in_flight() or flying)

    def hold(self, seconds: float) -> None:
        """Let time pass while it is broken."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.look_after()
            time.sleep(0.05)

    def moment(self) -> float:
        """Some seconds, as a service manager takes to start a service again."""
        return self.chance.uniform(0.2, 1.5)

    def minutes(self) -> float:
        """Minutes in the long round; seconds in the short one."""
        return self.chance.uniform(120, 180) if self.pace.is_long else self.chance.uniform(3, 5)

    def look_after(self) -> None:
        """Start again what ended by itself, as a service manager does; it must have been allowed to end."""
        may_end = self.may_end | ({"scheduler"} if self.postgres else set())  # it does not start without its database
        for service in (self.tracker, self.scheduler, self.broker):
            service.weigh()
            if not service.is_running and service.name in may_end:
                if time.monotonic() >= self._again_at.setdefault(service.name, time.monotonic() + 1.0):
                    del self._again_at[service.name]
                    service.start()
            elif not service.is_running:
                raise RoundFailed(f"the {service.name} ended by itself: {service.last_words()}")
        if self.disks and self.broker.is_running and is_stuck(self.settings.broker_folder, self.broker.pid):
            self.broker.stop()  # as the supervisor does
            self.broker.start()
        for counter in self.counters:
            counter.service.weigh()

    def expect(self, true: bool, otherwise: str) -> None:
        """Fail the round where something is not as it must be."""
        if not true:
            raise RoundFailed(otherwise)

    def retire(self, counter: Counter) -> None:
        """A station leaves, with nothing in its outbox."""
        counter.service.kill()
        self.counters.remove(counter)
        self.retired.append(counter)

    # ---- what the round asks ----

    def go(self) -> None:
        """Every station scans; returns when each has beeped, and the store grows."""
        before = [len(counter.promises.beeped) for counter in self.counters]
        for counter in self.counters:
            counter.go()
        self.wait(
            lambda: all(len(each.promises.beeped) > was for each, was in zip(self.counters, before, strict=True)),
            "every station has beeped",
        )

    def drain(self) -> None:
        """Every station rests, until no outbox holds anything without a receipt."""
        for counter in self.counters:
            counter.pause()
        self.wait(lambda: all(counter.is_resting for counter in self.counters), "every station rests")
        self.wait(lambda: not any(counter.waiting for counter in self.counters), "every outbox is empty", seconds=120)

    def promises(self) -> Promises:
        """Every station's list, as one."""
        lists = [counter.promises for counter in (*self.counters, *self.retired)]
        return Promises(
            frozenset().union(*(each.scanned for each in lists)), frozenset().union(*(each.beeped for each in lists))
        )

    def refused(self) -> int:
        """How many scans stations were told will never be taken."""
        return sum(counter.refused for counter in (*self.counters, *self.retired))

    @property
    def pinned(self) -> dict[str, bytes]:
        """The tracker's keys as the devices pin them."""
        return pinned_keys(json.loads(self.counters[0].enrolment.read_bytes()))

    def peaks(self) -> dict[str, int]:
        """The most memory each kind of service has taken, in bytes."""
        return {
            "tracker": self.tracker.peak,
            "broker": self.broker.peak,
            "station": max(counter.service.peak for counter in self.counters),
        }

    def count_events(self) -> int:
        """How many events are recorded."""
        return int(select(self.settings.store_url, "SELECT count(*) FROM event")[0][0])

    def _count_in_flight(self) -> int:
        return sum(counter.in_flight for counter in self.counters)

    def wait(self, true: Callable[[], bool], what: str, *, seconds: float = 60.0) -> None:
        """Until this is so, looking after the services meanwhile. Raises RoundFailed."""

        def looked() -> bool:
            self.look_after()
            return true()

        try:
            wait_until(looked, what, seconds=seconds, every=0.05)
        except RoundFailed as failure:
            left = {counter.label: counter.waiting for counter in self.counters}
            raise RoundFailed(f"{failure}; without receipt: {left}; tracker: {self.tracker.last_words()}") from None

    # ---- how it is made ----

    def start(self) -> None:
        """Broker, tracker, scheduler and stations, each a process."""
        self.broker.start()
        self.wait_for_broker()
        self.tracker.start()
        self.scheduler.start()
        self.wait(lambda: "broker_connected" in self.tracker.last_words(), "the tracker listens")
        for counter in self.counters:
            counter.start()
        self.go()
        self.wait(lambda: self.count_events() > 0, "the first event is recorded")

    def stop(self) -> None:
        """Everything ends."""
        for counter in self.counters:
            counter.service.kill()
        for service in (self.scheduler, self.tracker, self.broker):
            service.stop()

    def wait_for_broker(self) -> None:
        """Until the broker takes connections."""
        port = self.broker_port
        wait_until(lambda: _connects(port), "the broker takes connections")

    @property
    def broker_port(self) -> int:
        return int(self.settings.broker_port)

    def add_counter(self, enrolment: Path, label: str, *, outbox: Path | None = None) -> Counter:
        """One more station at load, not started."""
        folder = self.disks["station"].folder if "station" in self.disks else self.folder
        port = self.station_proxy.port if self.station_proxy else self.broker_port
        counter = Counter(
            enrolment,
            outbox or folder / f"{label}.db",
            label,
            self.pace.rate,
            f"mqtt://{HOST}:{port}",
            self.pace.resend_speed,
            dict(os.environ),
            self.folder / f"{label}.list",
        )
        self.counters.append(counter)
        return counter


def _connects(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


@contextmanager
def open_ground(kind: Kind, folder: Path, pace: Pace) -> Iterator[Ground]:
    """A ground of this kind at work; its processes are gone when the block ends, however it ends."""
    with ExitStack() as open_things:
        disks = {}
        if kind is Kind.SMALL_DISKS:
            disks = {
                name: open_things.enter_context(mount_small_disk(folder / name))
                for name in ("station", "broker", "store")
            }
        server = open_things.enter_context(run_postgres(DURABLE)) if kind is Kind.POSTGRESQL else None
        database = f"sqlite:///{disks['store'].folder / 'jixin.db'}" if disks else None
        if server is not None:
            database = server.url(server.create_database())
        data_dir = folder / "data"
        port = choose_port(HOST, 0, exactly=True)
        settings = Settings(data_dir=data_dir, database_url=database, broker_url=None, broker_port=port)
        ground = Ground(kind, folder, pace, Random(0), settings, postgres=server, disks=disks)
        if disks:
            make_data_dir(settings)
            settings.broker_folder.symlink_to(disks["broker"].folder)
        if kind is Kind.PROXIED:
            ground.station_proxy = open_things.enter_context(Proxy.running((HOST, port)))
            ground.tracker_proxy = open_things.enter_context(Proxy.running((HOST, port)))
        _enrol(ground)
        _describe_services(ground)
        open_things.callback(ground.stop)
        ground.start()
        yield ground


def _enrol(ground: Ground) -> None:
    settings = ground.settings
    make_data_dir(settings)
    engine = open_store(settings, migrate=True)
    ensure_own_users(settings)
    posts = [Post(CARRIER, f"S{number}", "GUN-1") for number in (1, 2)]
    for enrolment in enrol_devices(settings, engine, posts):
        file = ground.folder / f"{enrolment.station}.json"
        write_enrolment(enrolment, file)
        ground.add_counter(file, enrolment.station)
    engine.dispose()


def _describe_services(ground: Ground) -> None:
    settings, folder = ground.settings, ground.folder
    user = read_users(settings.broker_folder)[TRACKER]
    ack_wait = "3s" if ground.kind is Kind.POSTGRESQL else ACK_WAIT  # outages there are to be longer than this
    broker = EmbeddedBroker(settings.broker_folder.absolute(), HOST, ground.broker_port, ack_wait)
    configuration = broker.write_configuration()
    port = ground.tracker_proxy.port if ground.tracker_proxy else ground.broker_port
    environment = os.environ | {
        "JIXIN_DATA_DIR": str(settings.data_dir),
        "JIXIN_DATABASE_URL": settings.store_url,
        "JIXIN_BROKER_URL": f"mqtt://{HOST}:{port}",
        "JIXIN_BROKER_USERNAME": user.username,
        "JIXIN_BROKER_PASSWORD": user.password,
    }
    ground.broker = Service("broker", [str(find_server()), "-c", str(configuration)], environment, folder / "nats.log")
    for name in ("tracker", "scheduler"):
        service = Service(name, [sys.executable, "-m", "web.cli", name], environment, folder / f"{name}.log")
        setattr(ground, name, service)
