"""The broker's own word about itself: told to whoever may read its folder, and to nobody else."""

import urllib.error
import urllib.request
from pathlib import Path

import msgspec
import pytest

from tracker.intake.broker import EmbeddedBroker, choose_port
from tracker.intake.broker_health import Ports, ask_health, ports_file
from tracker.intake.broker_users import TRACKER, changing_users, new_password, tracker_user


def test_health_is_asked_below_a_secret_path(tmp_path: Path) -> None:
    """Connections are listed there with their client ids, of which the tracker's is a secret."""
    with changing_users(tmp_path) as users:
        users[TRACKER] = tracker_user(new_password())
    broker = EmbeddedBroker(tmp_path, "127.0.0.1", choose_port("127.0.0.1", 0, exactly=True))
    broker.start()
    try:
        assert broker.process is not None
        pid = broker.process.pid
        assert '"ok"' in ask_health(tmp_path, pid)
        (address,) = msgspec.json.decode(ports_file(tmp_path, pid).read_bytes(), type=Ports).monitoring
        for path in ("/connz", "/healthz", "/varz"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"{address}{path}", timeout=5)
    finally:
        broker.stop()
    for name in ("nats.conf", "health-path"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
