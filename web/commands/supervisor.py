"""The supervisor (守护): the embedded broker and one child process a service, started together, stopped together."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import structlog

from tracker.intake.broker import BrokerError, EmbeddedBroker, choose_port, die_with_parent
from tracker.intake.broker_health import is_stuck
from web.commands.accounts import Made, ensure_administrator
from web.commands.installation import ensure_gateway, ensure_own_users, make_data_dir
from web.commands.ports import require_free_port
from web.commands.running import InstallationError, RunningBroker, only_one, supervisor_lock
from web.commands.services import open_store
from web.commands.vault_service import prepare_vault
from web.settings import Settings

log = structlog.get_logger()

SERVICES = ("vault", "tracker", "scheduler", "web")
START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0  # the tracker may take 10 s to record what has arrived and 5 s to be heard
RESTART_PAUSE = 1.0
TICK = 0.1
HEALTH_EVERY = 2.0  # seconds between two questions to the broker how it is
BROKER_PAUSE = 5.0  # seconds after a broker that did not start


class Stopped(Exception):
    """Somebody asked us to stop."""


@dataclass(slots=True)
class Supervisor:
    """Keeps the services running; one that ends by itself is started again."""

    settings: Settings
    broker: EmbeddedBroker | None = None
    children: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    stopping: bool = False
    administrator: Made | None = None  # of a new installation, until its password was said
    _again_at: dict[str, float] = field(default_factory=dict)
    _broker_at: float = float("-inf")
    _health_at: float = float("-inf")

    def start(self) -> None:
        """Migrate, start the broker and the services. Raises InstallationError, BrokerError."""
        require_free_port(self.settings.web_host, self.settings.web_port)
        engine = open_store(self.settings, migrate=True)
        self.administrator = ensure_administrator(engine)
        ensure_own_users(self.settings)
        if self.settings.broker_url is None:
            wanted, exactly = self.settings.broker_port, self.settings.port_is_chosen
            self._start_broker(choose_port(self.settings.broker_host, wanted, exactly=exactly))
        ensure_gateway(self.settings, engine, self.broker_url)
        prepare_vault(self.settings, engine, now=datetime.now(UTC))  # before any device is enrolled
        engine.dispose()
        for name in SERVICES:
            self._start_service(name)

    @property
    def broker_url(self) -> str:
        """Where the broker is."""
        return self.settings.broker_url or (self.broker.url if self.broker else "")

    @property
    def web_url(self) -> str:
        return f"http://{self.settings.web_host}:{self.settings.web_port}"

    def tick(self) -> None:
        """Look after the children for a moment. Raises Stopped once a signal has come."""
        if self.stopping:
            raise Stopped
        now = time.monotonic()
        self._look_after_broker(now)
        for name, child in list(self.children.items()):
            if (
                name in SERVICES
                and child.poll() is not None
                and now >= self._again_at.setdefault(name, now + RESTART_PAUSE)
            ):
                log.warning("service_ended", service=name, code=child.returncode)
                del self._again_at[name]
                self._start_service(name)
        time.sleep(TICK)

    def wait_for_web(self) -> None:
        """Until the first page can be opened. Raises InstallationError, Stopped."""
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self.children["web"].poll() is not None:
                raise InstallationError(
                    f"网页服务没有启动：端口可能已被占用，用 JIXIN_WEB_PORT 另选一个 · the web server did not start on"
                    f" {self.web_url}: choose another port with JIXIN_WEB_PORT"
                )
            try:
                with urllib.request.urlopen(f"{self.web_url}/health/ready", timeout=2) as answer:  # noqa: S310 our own
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                pass
            self.tick()
        raise InstallationError(
            f"网页服务 {START_TIMEOUT:.0f} 秒内没有答复：看上面的日志，或运行 jixin doctor · the web server gave no"
            f" answer within {START_TIMEOUT:.0f} s: see its log above, or run `jixin doctor`"
        )

    def run_child(self, *arguments: str, quiet: bool = False, **variables: str) -> "subprocess.Popen[bytes]":
        """Another command of ours as a child, not restarted when it ends; `variables` are its own."""
        child = self._spawn(*arguments, quiet=quiet, **variables)
        self.children[" ".join(arguments[:1]) + f"#{child.pid}"] = child
        return child

    def forget_child(self, child: "subprocess.Popen[bytes]") -> None:
        """Stop watching a child that has ended."""
        self.children = {name: each for name, each in self.children.items() if each is not child}

    def stop(self) -> None:
        """Stop the children in the order opposite to their start, the broker last."""
        self.stopping = True
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        start = time.monotonic()
        for name, child in reversed(list(self.children.items())):
            try:
                code = child.wait(max(0.1, start + STOP_TIMEOUT - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("service_killed", service=name, waited=STOP_TIMEOUT)
                child.kill()
                child.wait()
            else:
                log.info("service_stopped", service=name, code=code, waited=round(time.monotonic() - start, 1))
        if self.broker is not None:
            self.broker.stop()
            log.info("broker_stopped", waited=round(time.monotonic() - start, 1))
        self.settings.running_file.unlink(missing_ok=True)

    def _start_broker(self, port: int) -> None:
        broker = EmbeddedBroker(self.settings.broker_folder.absolute(), self.settings.broker_host, port)
        broker.start()
        self.broker = broker
        assert broker.process is not None
        path = self.settings.running_file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(RunningBroker(broker.url, broker.process.pid)))

    def _look_after_broker(self, now: float) -> None:
        """Start it again where it has ended, or stores nothing more after a full disk has room again."""
        if self.broker is None or self.broker.process is None or now < self._broker_at:
            return
        if self.broker.process.poll() is not None:
            log.warning("broker_ended", code=self.broker.process.returncode)
        elif now >= self._health_at:
            self._health_at = now + HEALTH_EVERY
            if not is_stuck(self.broker.folder, self.broker.process.pid):
                return
            log.warning("broker_stuck")
            self.broker.stop()
        else:
            return
        try:
            self._start_broker(self.broker.port)
        except (
            BrokerError,
            OSError,
        ) as error:  # no room, say: the stations keep what they have
            log.warning("broker_not_started", reason=str(error), retry_in=BROKER_PAUSE)
            self._broker_at = now + BROKER_PAUSE

    def _start_service(self, name: str) -> None:
        self.children[name] = self._spawn(name)

    def _spawn(self, *arguments: str, quiet: bool = False, **variables: str) -> "subprocess.Popen[bytes]":
        environment = (
            os.environ
            | variables
            | {
                "JIXIN_DATA_DIR": str(self.settings.data_dir.absolute()),
                "JIXIN_LOG_LEVEL": self.settings.log_level,
                "JIXIN_METRICS_PORT": str(metrics_port(self.settings, arguments[0])),
            }
        )
        output = subprocess.DEVNULL if quiet else None
        return subprocess.Popen(  # noqa: S603 our own program
            [sys.executable, "-m", "web.cli", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops its children in order
            preexec_fn=die_with_parent,  # noqa: PLW1509 started before any thread of ours
        )


def metrics_port(settings: Settings, process: str) -> int:
    """The port of a child's metrics: the one set for the tracker, the next for the scheduler, then the vault's."""
    place = {"tracker": 0, "scheduler": 1, "vault": 2}.get(process)
    return settings.metrics_port + place if settings.metrics_port and place is not None else 0


@contextmanager
def supervising(settings: Settings) -> Iterator[Supervisor]:
    """A started supervisor, stopped when the block ends however it ends; SIGINT and SIGTERM raise Stopped in `tick`."""
    make_data_dir(settings)
    busy = (
        f"已有 jixin 在用数据目录 {settings.data_dir}：先停掉它，或用 JIXIN_DATA_DIR 另选一个 · "
        "another jixin runs with the data dir: stop it, or choose another with JIXIN_DATA_DIR"
    )
    with only_one(supervisor_lock(settings), busy):
        supervisor = Supervisor(settings)

        def ask_to_stop(*_: object) -> None:
            supervisor.stopping = True

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, ask_to_stop)
        try:
            supervisor.start()
            yield supervisor
        except Stopped:
            pass
        finally:
            supervisor.stop()


def run_up(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Broker, vault, tracker, scheduler and web until told to stop."""
    with supervising(settings) as supervisor:
        supervisor.wait_for_web()
        say_where(supervisor, say)
        while True:
            supervisor.tick()


def say_logins(made: Sequence[Made], url: str, say: Callable[[str], None]) -> None:
    """Print new accounts with their one-time passwords: this once, they are kept nowhere."""
    say(f"  登录 login      {url}/login · 一次性密码，只显示这一次 one-time passwords, shown this once:")
    for each in made:
        say(f"    {each.login:<16} {each.password}   {each.role} {each.reach}")


def say_where(supervisor: Supervisor, say: Callable[[str], None]) -> None:
    """Print the addresses and the login."""
    settings = supervisor.settings
    say(f"  网页 web        {supervisor.web_url}")
    say(f"  排名 rankings   {supervisor.web_url}/rankings")
    say(f"  消息 broker     {supervisor.broker_url}")
    say(f"  数据 data       {settings.data_dir.absolute()}")
    if supervisor.administrator is not None:
        say_logins([supervisor.administrator], supervisor.web_url, say)
        supervisor.administrator = None
    else:
        say(f"  登录 login      {supervisor.web_url}/login · 忘了密码 password forgotten: jixin accounts reset LOGIN")
    say("  Ctrl-C 停止 stops everything")
