"""The relay: what goes in comes out, both ways, and stands in files in whole."""

import os
import socket
from pathlib import Path
from threading import Thread

from tests.walk.processes import wait_until
from web.privacy.relay import HOST, Relay


def echo(listener: socket.socket) -> None:
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        with line:
            while octets := line.recv(4096):
                line.sendall(octets)


def test_each_way_of_each_connection_is_on_record(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as target:
        Thread(target=echo, args=(target,), daemon=True).start()
        with Relay.running(target.getsockname()[1], tmp_path / "capture", "web") as relay:
            for number in (1, 2):
                sent = os.urandom(300_000)
                with socket.create_connection((HOST, relay.port)) as line:
                    Thread(target=line.sendall, args=(sent,)).start()
                    came = b""
                    while len(came) < len(sent):
                        came += line.recv(65536)
                assert came == sent
                for way in ("up", "down"):
                    record = tmp_path / "capture" / f"web-{number}-{way}"
                    wait_until(lambda record=record, sent=sent: record.read_bytes() == sent, "it is on record")


def test_who_is_away_is_as_away_through_the_relay(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
    with Relay.running(port, tmp_path, "web") as relay, socket.create_connection((HOST, relay.port)) as line:
        assert line.recv(10) == b""
