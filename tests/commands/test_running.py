"""What runs here: a broker is believed to run only while its process does, and a lock is held by one."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from web.commands.running import (
    InstallationError,
    RunningBroker,
    find_broker_url,
    only_one,
    running_broker,
    supervisor_lock,
)
from web.settings import Settings


def write(settings: Settings, content: bytes) -> None:
    settings.running_file.parent.mkdir(parents=True, exist_ok=True)
    settings.running_file.write_bytes(content)


def broker(pid: int) -> bytes:
    return msgspec.json.encode(RunningBroker("mqtt://127.0.0.1:2883", pid))


def test_without_a_file_nothing_runs(settings: Settings) -> None:
    assert running_broker(settings) is None
    assert find_broker_url(settings) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"url":"x"}', b'{"url":"x","pid":"1"}', b"\xff"])
def test_a_file_that_cannot_be_read_is_no_broker(settings: Settings, content: bytes) -> None:
    write(settings, content)
    assert running_broker(settings) is None


def test_a_broker_whose_process_is_gone_does_not_run(settings: Settings) -> None:
    with only_one(supervisor_lock(settings), "busy"):
        with subprocess.Popen(["sleep", "60"]) as process:
            write(settings, broker(process.pid))
            assert running_broker(settings) == RunningBroker("mqtt://127.0.0.1:2883", process.pid)
            assert find_broker_url(settings) == "mqtt://127.0.0.1:2883"
            process.kill()
        assert running_broker(settings) is None


def test_a_file_left_by_a_crash_names_nobody_though_its_number_lives_again(settings: Settings) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        write(settings, broker(stranger.pid))
        assert running_broker(settings) is None
        with only_one(supervisor_lock(settings), "busy"):
            pass
        assert running_broker(settings) is None
        stranger.kill()


def test_a_broker_that_is_set_is_used_whatever_runs(tmp_path: Path) -> None:
    own = Settings(data_dir=tmp_path, broker_url="mqtts://broker.example")
    assert find_broker_url(own) == "mqtts://broker.example"


HOLD = """
import sys
from pathlib import Path
from web.commands.running import only_one
with only_one(Path(sys.argv[1]), "busy"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_lock_is_held_by_one_process_and_let_go_when_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "run" / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(InstallationError, match="choose another"), only_one(path, "choose another"):
            pass
        holder.kill()
    with only_one(path, "choose another"):
        pass


def test_a_lock_is_let_go_when_its_block_ends(tmp_path: Path) -> None:
    for _ in range(2):
        with only_one(tmp_path / "lock", "busy"), pytest.raises(InstallationError), only_one(tmp_path / "lock", "busy"):
            pass
