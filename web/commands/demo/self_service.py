"""The demo's self-service (演示自助交寄): a machine at the counter's station, and one sender checked beforehand."""

from datetime import UTC, datetime

from scanners.counter.card_reader import SimulatedReader
from scanners.identity.presented import Sender, Shown
from scanners.self_service_file import FILE_NAME
from scanners.simulator.fleet import build_fleet
from tracker.wire.details import LOCAL
from tracker.wire.enrolment import write_enrolment
from tracker.wire.topics import Post
from web.commands.asking_sender import Told
from web.commands.installation import enrol_device
from web.commands.remote_checking import run_remote_check
from web.commands.scanning import NotAStation
from web.commands.self_service import run_export
from web.commands.services import open_store
from web.settings import Settings

WAIT = 3.0  # seconds for the receipt of its record; without one it goes with the next start


def check_demo_sender(settings: Settings, *, seed: int) -> str | None:
    """Check somebody who does not exist: the parcel's number and where the voucher lies; None where nothing is sealed.

    The demo's counter holds the list of its carrier's machines from then on.
    """
    station, now = build_fleet(seed).stations[0], datetime.now(UTC)
    file, out = settings.data_dir / "demo-kiosk.json", settings.data_dir / "demo-voucher.png"
    if not file.exists():
        engine = open_store(settings)
        post = Post(station.carrier, station.code, "KIOSK-1")
        write_enrolment(enrol_device(settings, engine, post, self_service=True), file)
        engine.dispose()
    run_export(settings, station.carrier, settings.data_dir / FILE_NAME, now=now)
    waybill_no = f"KIOSK{now.astimezone(LOCAL):%y%m%d%H%M%S}"
    try:
        issued = run_remote_check(
            settings, file, waybill_no, out, outbox_file=None, told=_invent, wait=WAIT, say=_unheard, warn=_unheard
        )
    except NotAStation:  # no key of the vault for this month
        return None
    text = out.with_suffix(".txt")
    text.write_text(f"{issued.voucher}\n", encoding="ascii")
    return f"{waybill_no}  凭证 voucher {out} · {text.name}"


def _invent() -> Told:
    card = SimulatedReader().read(datetime.now(LOCAL).date())
    return Told(Sender(card.name, "13800138000", ""), Shown(card))


def _unheard(_text: str) -> None:
    """Nobody stands at the demo's machine."""
