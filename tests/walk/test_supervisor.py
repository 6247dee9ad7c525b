"""The supervisor (守护): one command starts everything, and however it ends nothing is left running."""

import os
import random
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.walk.installation import SERVICES, Installation, stop
from tests.walk.processes import wait_until
from tests.walk.witness import assert_gapless, recorded_in


@contextmanager
def taken(host: str, port: int) -> Iterator[None]:
    """Somebody else listens there."""
    with socket.socket() as listener:
        with suppress(OSError):  # somebody else does already
            listener.bind((host, port))
            listener.listen()
        yield


@pytest.fixture(scope="module")
def kept(walk_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A data dir that is started and stopped again and again, with the default broker port taken by somebody else.

    On a loopback address of its own, so that whoever uses 1883 on this machine is left alone.
    """
    chance = random.SystemRandom()
    host = f"127.{chance.randrange(1, 255)}.{chance.randrange(256)}.{chance.randrange(2, 255)}"
    place = Installation(
        tmp_path_factory.mktemp("kept") / "data", broker_port=None, variables={"JIXIN_BROKER_HOST": host}
    )
    place.enrol("EVENWAY", "HZ-9")
    with taken(host, 1883):
        yield place


def terminate(up: "subprocess.Popen[str]") -> None:
    up.send_signal(signal.SIGTERM)


def interrupt_the_group(up: "subprocess.Popen[str]") -> None:
    """Ctrl-C in a terminal, by an impatient person."""
    os.killpg(up.pid, signal.SIGINT)
    os.killpg(up.pid, signal.SIGINT)


def kill(up: "subprocess.Popen[str]") -> None:
    up.kill()


# SIGINT to it alone ends every other installation of these tests: see Installation.up
ENDS: dict[str, tuple[Callable[["subprocess.Popen[str]"], None], int]] = {
    "SIGTERM": (terminate, 0),
    "SIGINT to the group": (interrupt_the_group, 0),
    "SIGKILL": (kill, -signal.SIGKILL),
}


@pytest.mark.parametrize("how", ENDS)
def test_however_it_ends_nothing_is_left_and_the_next_start_goes_on(how: str, kept: Installation) -> None:
    """The default port is taken here: a free one is found, and found again by the station, whose file names 1883."""
    end, code = ENDS[how]
    file = kept.data_dir.parent / "EVENWAY-HZ-9-GUN-1.json"
    before = recorded_in(kept.data_dir / "jixin.db", "EVENWAY")
    numbers = [f"{how.replace(' ', '-')}-{part}" for part in "ABC"]
    with kept.up() as up:
        assert sorted(each.service for each in kept.processes()) == SERVICES
        assert kept.broker_url.startswith(f"mqtt://{kept.variables['JIXIN_BROKER_HOST']}:")
        assert not kept.broker_url.endswith(":1883")
        said = kept.must("station", "--enrolment", str(file), "--step=arrived", stdin="\n".join(numbers))
        assert "入库 recorded 3" in said
        end(up)
        assert up.wait(30) == code
        wait_until(lambda: not kept.processes(), "nothing is left running")
    after = recorded_in(kept.data_dir / "jixin.db", "EVENWAY")
    assert after[: len(before)] == before
    assert [each.body["waybill_no"] for each in after[len(before) :]] == [number.upper() for number in numbers]
    assert [each.body["seq"] for each in after] == list(range(1, len(after) + 1))
    assert_gapless(kept.data_dir / "jixin.db")
    assert "Traceback" not in kept.log


def test_an_early_interrupt_leaves_nothing(place: Installation) -> None:
    """While the broker starts, and while the web server comes up."""
    for service in ("nats-server", "web"):
        with place.log_file.open("a") as log:
            up = place.start("up", stdout=log, stderr=log)
        wait_until(lambda name=service: place.processes(name), f"{service} runs")
        assert stop(up) == 0
        wait_until(lambda: not place.processes(), f"nothing is left after an interrupt at {service}")


def test_a_second_up_on_the_same_data_dir_is_told_so(house: Installation) -> None:
    second = Installation(house.data_dir)
    result = second.run("up", seconds=30)
    assert result.returncode == 1
    assert "another jixin runs with the data dir" in result.stderr
    assert "Traceback" not in result.stderr
    assert house.is_ready()
    assert sorted(each.service for each in house.processes()) == SERVICES


def test_a_chosen_broker_port_that_is_taken_ends_with_exit_1(place: Installation) -> None:
    assert place.broker_port is not None
    with taken("127.0.0.1", place.broker_port):
        result = place.run("up", seconds=30)
    assert (result.returncode, "JIXIN_BROKER_PORT" in result.stderr) == (1, True)
    assert "Traceback" not in result.stderr
    assert place.processes() == []


def test_a_chosen_web_port_that_is_taken_ends_with_exit_1(place: Installation) -> None:
    with taken("127.0.0.1", place.web_port):
        result = place.run("up", seconds=60)
    assert (result.returncode, "JIXIN_WEB_PORT" in result.stderr) == (1, True)
    assert place.processes() == []


@pytest.mark.parametrize("service", ["web", "scheduler", "tracker"])
def test_a_service_that_crashes_is_started_again(service: str, house: Installation) -> None:
    crashed = house.the(service)
    crashed.kill()
    wait_until(lambda: [each for each in house.processes(service) if each.pid != crashed.pid], f"{service} is back")
    wait_until(house.is_ready, "the pages open")
    wait_until(lambda: sorted(each.service for each in house.processes()) == SERVICES, "all is as it was")
    assert f'"event": "service_ended", "service": "{service}", "code": -9' in house.log
