"""The embedded broker (内置消息代理): a NATS server with JetStream and its MQTT gateway, as a child process."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tracker.intake.broker_health import new_health_path
from tracker.intake.inbox import MAX_MESSAGES
from tracker.wire.private_file import write_private

MAX_PAYLOAD = 4 * 1024 * 1024  # above ours: too large a payload is answered, not cut off and resent for ever
ACK_WAIT = "10s"  # a dead tracker's unacknowledged messages keep their places until then; whoever takes over waits
START_TIMEOUT = 20.0
UNLIMITED_SESSIONS = "limits { default_max_consumers: -1 }"  # else who opens 1,000 of them locks the tracker out
PR_SET_PDEATHSIG = 1
LISTENING = b"Listening for MQTT clients on"  # what the server logs once its port is its own


class BrokerError(RuntimeError):
    """The broker could not be started; the message says what to do."""


@dataclass(slots=True)
class EmbeddedBroker:
    """One NATS server under `folder`, its MQTT listener on host:port; dies with this process."""

    folder: Path
    host: str
    port: int
    ack_wait: str = ACK_WAIT
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"mqtt://{self.host}:{self.port}"

    def start(self) -> None:
        """Write the configuration, start the server and wait until it takes connections. Raises BrokerError."""
        configuration = self.write_configuration()
        with _open_log(self.folder / "nats.log") as output:
            said_before = output.seek(0, os.SEEK_END)
            self.process = subprocess.Popen(  # noqa: S603 our own program with our own configuration
                [str(find_server()), "-c", str(configuration)],
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C in a terminal reaches the supervisor, which stops us last
                preexec_fn=die_with_parent,  # noqa: PLW1509 started before any thread of ours
            )
        self._wait_until_ready(said_before)

    def write_configuration(self) -> Path:
        """The file that the server is started with. Raises BrokerError before there are users."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (self.folder / "users.conf").exists():
            raise BrokerError("the broker has no users yet")
        for left in self.folder.glob("nats-server_*.ports"):  # by a server that was killed
            left.unlink()
        path = self.folder / "nats.conf"
        write_private(path, self._configuration().encode())
        return path

    def stop(self) -> None:
        """Stop the server, gently first."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _configuration(self) -> str:
        return "\n".join(
            [
                "server_name: jixin",
                "listen: 127.0.0.1:-1",  # the NATS client port: loopback, any free one; nobody of ours uses it
                f"http_base_path: /{new_health_path(self.folder)}",  # who lists connections learns our client id
                "http: 127.0.0.1:-1",  # how it is (see broker_health): loopback, any free one, told in the ports file
                f'ports_file_dir: "{self.folder}"',
                f"max_payload: {MAX_PAYLOAD}",
                "jetstream {",
                f"  {UNLIMITED_SESSIONS}",
                f'  store_dir: "{self.folder / "jetstream"}"',
                "}",
                "mqtt {",
                f"  listen: {self.host}:{self.port}",
                f'  ack_wait: "{self.ack_wait}"',
                f"  max_ack_pending: {MAX_MESSAGES}",
                "}",
                "authorization {",
                "  include users.conf",
                "}",
                "",
            ]
        )

    def _wait_until_ready(self, said_before: int) -> None:
        """Until this server says that it listens: somebody else may answer on its port while it fails to."""
        assert self.process is not None
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise BrokerError(f"the broker ended at once; see {self.folder / 'nats.log'}")
            if LISTENING in self._said_since(said_before):
                return
            time.sleep(0.05)
        self.stop()
        raise BrokerError(f"the broker took no connection within {START_TIMEOUT:.0f} s; see {self.folder / 'nats.log'}")

    def _said_since(self, offset: int) -> bytes:
        with (self.folder / "nats.log").open("rb") as log:
            log.seek(offset)
            return log.read()


def _open_log(path: Path) -> IO[bytes]:
    """To go on with, for its owner only: NATS names client ids in its errors, and the tracker's is a secret."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "ab")


def reload_broker(pid: int) -> None:
    """Make a running broker read its users again; the revoked are disconnected."""
    os.kill(pid, signal.SIGHUP)


def find_server() -> Path:
    """The NATS server that came as a wheel. Raises BrokerError."""
    path = Path(sys.prefix) / "bin" / "nats-server"
    if not path.exists():
        raise BrokerError("nats-server is not installed: install jixin[server]")
    return path


def choose_port(host: str, wanted: int, *, exactly: bool) -> int:
    """`wanted` when it is free, else any free one. Raises BrokerError when exactly that one was asked for."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                if exactly:
                    raise BrokerError(
                        f"消息代理端口 {wanted} 已被占用：停掉占用它的程序，或用 JIXIN_BROKER_PORT 另选一个"
                        f" · broker port {wanted} is taken: stop what uses it, or choose another with JIXIN_BROKER_PORT"
                    ) from None
                continue
            return int(probe.getsockname()[1])
    raise BrokerError("no free port")


def die_with_parent() -> None:
    """In a new child: be killed when the parent dies, however it dies (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
