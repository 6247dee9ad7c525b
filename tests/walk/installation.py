"""An installation under test (被测安装): a data dir and ports of its own, driven from outside by real processes."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.walk.processes import PATIENCE, Process, free_port, processes_under, wait_until
from tracker.access.api_tokens import TokenScope

ROOT = Path(__file__).parents[2]
SERVICES = ["nats-server", "reading", "scheduler", "tracker", "up", "vault", "web"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a web server answered."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Installation:
    """Commands run here as a person would type them; `variables` are theirs beside the data dir and the ports."""

    data_dir: Path
    web_port: int = field(default_factory=free_port)
    broker_port: int | None = field(default_factory=free_port)
    variables: dict[str, str] = field(default_factory=dict)
    _token: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def broker_url(self) -> str:
        return str(json.loads((self.data_dir / "run" / "broker.json").read_bytes())["url"])

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        own = {
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
            "JIXIN_DATA_DIR": str(self.data_dir),
            "JIXIN_WEB_PORT": str(self.web_port),
        }
        if self.broker_port is not None:
            own["JIXIN_BROKER_PORT"] = str(self.broker_port)
        return kept | own | self.variables

    def start(self, *arguments: str, **streams: Any) -> "subprocess.Popen[str]":
        """A command in a process group of its own; its output goes where `streams` say."""
        return subprocess.Popen(
            [sys.executable, "-m", "web.cli", *arguments], env=self.environment, cwd=self.data_dir.parent, text=True,
            start_new_session=True, **({"stdin": subprocess.DEVNULL} | streams),
        )  # fmt: skip

    def run(
        self, *arguments: str, stdin: str = "", seconds: float = 120.0, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        """A command run to its end."""
        return subprocess.run(
            [sys.executable, "-m", "web.cli", *arguments], env=self.environment | variables, cwd=self.data_dir.parent,
            text=True, input=stdin, capture_output=True, timeout=seconds, check=False,
        )  # fmt: skip

    def must(self, *arguments: str, stdin: str = "", **variables: str) -> str:
        """What a command that must end well printed."""
        result = self.run(*arguments, stdin=stdin, **variables)
        assert result.returncode == 0, f"{arguments[0]} ended with {result.returncode}: {result.stderr[-2000:]}"
        return result.stdout

    def replay(self, file: Path, *arguments: str) -> dict[str, Any]:
        """A replay's report."""
        report: dict[str, Any] = json.loads(self.must("replay", str(file), "--json", *arguments))
        return report

    def enrol(self, carrier: str, station: str, device: str = "GUN-1") -> Path:
        """A device's enrolment file, made by the command."""
        path = self.data_dir.parent / f"{carrier}-{station}-{device}.json"
        self.must("enrol", "--carrier", carrier, "--station", station, "--device", device, "--out", str(path))
        return path

    @property
    def token(self) -> str:
        """An administrator's API token, made by the command when it is first asked for."""
        if not self._token:
            login = "walker"
            if login not in self.must("accounts", "list"):  # another data dir may share the store
                self.must("accounts", "add", login, "--role", "administrator")
            scopes = [word for scope in TokenScope for word in ("--scope", scope)]
            self._token = self.must("accounts", "token", login, *scopes).strip()
        return self._token

    def get(self, path: str, *, as_admin: bool = False) -> Answer:
        """The web server's answer, an error too."""
        request = urllib.request.Request(self.url + path)
        if as_admin:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return Answer(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read())

    def is_ready(self) -> bool:
        """Whether the web server answers."""
        try:
            return self.get("/health/ready").status == 200
        except OSError:
            return False

    def processes(self, service: str | None = None) -> list[Process]:
        """What runs with this data dir: all of it, or one service's processes."""
        return [each for each in processes_under(self.data_dir) if service in (None, each.service)]

    def the(self, service: str) -> Process:
        """The one process of a service, once it runs."""
        (found,) = wait_until(lambda: self.processes(service), f"{service} runs")
        return found

    @contextmanager
    def up(self, *command: str) -> Iterator["subprocess.Popen[str]"]:
        """A running `up` (or `demo …`) whose pages open; SIGINT ends it with exit 0, and nothing of it is left."""
        with self.log_file.open("a") as log:
            process = self.start(*(command or ("up",)), stdout=log, stderr=log)
        try:
            wait_until(lambda: process.poll() is not None or self.is_ready(), "the pages open")
            assert process.poll() is None, f"`up` ended with {process.returncode}: {self.log[-2000:]}"
            yield process
            assert process.poll() is not None or stop(process) == 0
        finally:
            stop(process)
            wait_until(lambda: not self.processes(), f"nothing runs any more, but {self.processes()}")

    @property
    def log_file(self) -> Path:
        return self.data_dir.with_suffix(".log")

    @property
    def log(self) -> str:
        """What `up` and its services have printed."""
        return self.log_file.read_text() if self.log_file.exists() else ""


def stop(process: "subprocess.Popen[Any]", number: int = signal.SIGINT) -> int:
    """Ask a process to end, once; its exit code."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
