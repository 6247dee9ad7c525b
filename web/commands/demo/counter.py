"""The demo's counter (演示柜台): one station of an invented carrier, with a card reader that is simulated."""

import secrets

from scanners.simulator.fleet import build_fleet
from tracker.intake.broker import choose_port
from tracker.wire.enrolment import write_enrolment
from tracker.wire.topics import Post
from web.commands.counter_operators import save_operator
from web.commands.installation import enrol_device
from web.commands.running import Misused
from web.commands.services import open_store
from web.commands.supervisor import Supervisor
from web.settings import Settings

HOST, PORT = "127.0.0.1", 8787
OPERATOR = "DEMO"


def open_demo_counter(settings: Settings, supervisor: Supervisor, *, seed: int) -> str:
    """Start it; where it is and how to sign in. The PIN is a new one each time, and said nowhere else."""
    file = settings.data_dir / "demo-counter.json"
    if not file.exists():
        station = build_fleet(seed).stations[0]
        engine = open_store(settings)
        post = Post(station.carrier, station.code, "COUNTER-1")
        write_enrolment(enrol_device(settings, engine, post, division=station.division), file)
        engine.dispose()
    pin, port = _make_pin(settings), choose_port(HOST, PORT, exactly=False)
    words = ("station", "--enrolment", str(file), "--counter", "--port", str(port), "--card-reader", "simulated")
    address = settings.public_url or supervisor.web_url
    supervisor.run_child(*words, quiet=True, JIXIN_PUBLIC_URL=address, JIXIN_BROKER_URL=supervisor.broker_url)
    return f"http://{HOST}:{port}  工号 code {OPERATOR} · PIN {pin}"


def _make_pin(settings: Settings) -> str:
    while True:
        pin = f"{secrets.randbelow(10**6):06}"
        try:
            save_operator(settings, OPERATOR, pin=pin)
        except Misused:  # one that anybody guesses
            continue
        return pin
