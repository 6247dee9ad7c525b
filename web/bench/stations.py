"""Many stations (多网点负载): thousands of connected devices at a city's peak, and as fast as they can."""

import json
import resource
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tracker.intake.broker_users import TRACKER, BrokerUser, changing_users, device_user, new_password, tracker_user
from tracker.wire.signature import SigningKey
from tracker.wire.topics import Post
from web.bench.faults.fault import MIB
from web.bench.faults.service import peak_memory
from web.bench.postgres import PostgresServer
from web.bench.processes import LOAD, PROGRAMS, BenchFailed, expect, line_of, run_broker, run_tracker, say_to, spawn
from web.bench.stores import enrol_all, scratch_store, watching_position
from web.settings import Settings

CITY_PEAK = 320.0  # events a second


@dataclass(frozen=True, slots=True)
class Crowd:
    """What so many stations saw at a rate (0: as fast as they could), and what it cost."""

    store: str
    stations: int
    rate: float
    published: int
    receipted: int
    recorded: int
    seconds: float
    p50_ms: float
    p99_ms: float
    most_ms: float
    tracker_mb: float  # at its highest
    broker_mb: float

    @property
    def lost(self) -> int:
        """Scans without a receipt, or receipted and not recorded."""
        return max(self.published - self.receipted, self.published - self.recorded)


def run_crowd(
    store: str,
    server: PostgresServer | None,
    *,
    stations: int,
    rate: float,
    seconds: float,
    say: Callable[[str], None],
) -> Crowd:
    """Connect so many stations to a broker and a tracker of their own. Raises BenchFailed."""
    _raise_file_limit(stations)
    with tempfile.TemporaryDirectory(prefix="jixin-bench-") as name, ExitStack() as stack:
        settings = Settings(data_dir=Path(name))
        url = stack.enter_context(scratch_store(store, settings.data_dir, server))
        say("enrolling")
        file = _enrol(settings, url, stations)
        broker = stack.enter_context(run_broker(settings))
        tracker = stack.enter_context(run_tracker(settings, broker, url))
        say("connecting")
        crowd = spawn(f"{PROGRAMS}.many_stations", broker.host, broker.port, file, rate, seconds)
        stack.callback(crowd.kill)
        expect(crowd, "ready")
        say("scanning")
        say_to(crowd, "go")
        told = json.loads(line_of(crowd) or "null")
        if told is None:
            raise BenchFailed("the stations ended early")
        with watching_position(url) as position:
            recorded = position()
        assert broker.process is not None
        return Crowd(
            store=store,
            stations=stations,
            rate=rate,
            recorded=recorded,
            tracker_mb=_megabytes(tracker.pid),
            broker_mb=_megabytes(broker.process.pid),
            **told,
        )


def _enrol(settings: Settings, url: str, stations: int) -> Path:
    posts = [Post("BENCH", f"st{number}", "counter1") for number in range(stations)]
    keys = {post: SigningKey.generate() for post in posts}
    passwords = {post: new_password() for post in posts}
    settings.broker_folder.mkdir(parents=True, exist_ok=True)
    with changing_users(settings.broker_folder) as users:
        users[TRACKER] = tracker_user(new_password())
        users[LOAD] = BrokerUser(LOAD, new_password(), publish=[], subscribe=["jixin.v1.store"])
        users.update({post.username: device_user(post, passwords[post]) for post in posts})
    enrol_all(url, keys.items())
    told = [
        {
            "post": [post.carrier, post.station, post.device],
            "password": passwords[post],
            "key": msgspec.to_builtins(keys[post].to_jwk()),
        }
        for post in posts
    ]
    path = settings.data_dir / "stations.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def _raise_file_limit(stations: int) -> None:
    """Each station is a socket here and one in the broker."""
    wanted = 2 * stations + 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise BenchFailed(f"{stations} stations need {wanted} open files, `ulimit -Hn` allows {hard}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _megabytes(pid: int) -> float:
    """The highest resident memory so far of a process and its children."""
    return round(peak_memory(pid) / MIB, 1)
