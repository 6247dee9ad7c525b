"""A Mosquitto (自有代理): an organisation's own broker, with the rights that docs/operations.md asks for."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.walk.processes import free_port, wait_until

RIGHTS = """user tracker
topic readwrite jixin/v1/#
user gateway
topic write jixin/v1/+/+/replay/scans
topic read jixin/v1/+/+/replay/receipts
pattern write jixin/v1/%u/scans
pattern write jixin/v1/%u/identities
pattern write jixin/v1/%u/status
pattern read jixin/v1/%u/receipts
pattern read jixin/v1/store
"""


def find_program(name: str) -> str:
    """Where Debian keeps it."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        raise RuntimeError(f"no {name}: `./jixin test` installs it")
    return found


@dataclass(frozen=True, slots=True)
class Mosquitto:
    """A running broker and the file of its users."""

    port: int
    users: Path

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"


def write_users(file: Path, users: dict[str, str]) -> None:
    """The broker's users and passwords, hashed by its own program."""
    file.write_text("".join(f"{name}:{password}\n" for name, password in users.items()))
    subprocess.run([find_program("mosquitto_passwd"), "-U", file], check=True, capture_output=True)


@contextmanager
def run_mosquitto(folder: Path, users: dict[str, str]) -> Iterator[Mosquitto]:
    """A broker with these users, in `folder`, until the block ends."""
    port = free_port()
    broker = Mosquitto(port, folder / "users")
    write_users(broker.users, users)
    (folder / "rights").write_text(RIGHTS)
    configuration = folder / "mosquitto.conf"
    configuration.write_text(
        f"listener {port} 127.0.0.1\nuser root\nallow_anonymous false\nmax_queued_messages 0\n"
        f"password_file {broker.users}\nacl_file {folder / 'rights'}\n"
    )
    with (folder / "mosquitto.log").open("wb") as log:
        process = subprocess.Popen([find_program("mosquitto"), "-c", configuration], stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(port), "Mosquitto answers")
        yield broker
    finally:
        process.terminate()
        process.wait(10)


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
