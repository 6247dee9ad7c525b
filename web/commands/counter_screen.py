"""The counter command (柜台页面命令): the station's outbox and publisher, and the page that the clerk works with."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from scanners.agreement_file import FILE_NAME as AGREEMENTS
from scanners.counter.app import Counter, build_app
from scanners.counter.card_reader import SimulatedReader
from scanners.counter.certificate import ensure_certificate
from scanners.counter.desk import Desk
from scanners.counter.labels import Labels
from scanners.counter.operators import FILE_NAME as OPERATORS
from scanners.counter.own_page import OwnPage
from scanners.counter.shelf import Shelf
from scanners.counter.shifts import Shifts
from scanners.counter.sign_off import Codes
from scanners.label.printer import ZPL_PORT, Printer
from scanners.label.typeface import Typeface
from scanners.refusal_register import RefusalRegister
from scanners.self_service_file import FILE_NAME as SELF_SERVICE
from tracker.wire.enrolment import Enrolment
from tracker.wire.signature import decode_base64url
from web.assets import FOLDER
from web.commands.counter_operators import find_operators
from web.commands.running import InstallationError, Misused, stop_on_signals
from web.commands.scanning import reporting, scanner_quirks
from web.settings import Settings

FINISHING = 2  # seconds that requests under way may take at the end


@dataclass(frozen=True, slots=True)
class Screen:
    """How the page is served; `printer` is HOST[:PORT]."""

    host: str
    port: int
    tls: bool
    printer: str | None
    simulated_reader: bool


def run_counter(
    settings: Settings,
    enrolment_file: Path,
    screen: Screen,
    *,
    outbox_file: Path | None,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> None:
    """Serve the page until told to stop. What has no receipt by then stays in the outbox.

    Raises Misused, InstallationError, and what `reporting` raises.
    """
    if not (screen.tls or _is_own(screen.host)):
        raise Misused("手机经网络打开页面须加 --tls · a page for other machines asks for --tls: it shows documents")
    printer = None if screen.printer is None else _parse_printer(screen.printer)
    stop_on_signals()  # uvicorn raises the signal again once it has stopped: here it ends nothing any more
    hosts = _names_of(screen.host)
    with reporting(settings, enrolment_file, outbox_file, say=say, warn=warn) as place:
        refusals = RefusalRegister(place.path.with_name(f"{place.path.stem}-refusals.db"))
        shelf = Shelf(place.path.with_name(f"{place.path.stem}-shelf.db"))
        desk = Desk(
            post=place.enrolment.post,
            outbox=place.outbox,
            reporting=place.publisher,
            refusals=refusals,
            agreements_file=settings.data_dir / AGREEMENTS,
            self_service_file=settings.data_dir / SELF_SERVICE,
            labels=_labels(settings, place.enrolment, printer),
            codes=Codes(shelf, _label_key(place.enrolment)),
            now=lambda: datetime.now(UTC),
            quirks=scanner_quirks(settings),
            division=place.enrolment.division,
        )
        counter = Counter(
            desk=desk,
            outbox=place.outbox,
            shifts=Shifts(time.monotonic, idle=settings.counter_idle_minutes * 60.0),
            operators_file=settings.data_dir / OPERATORS,
            is_online=place.publisher.connected.is_set,
            tokens=FOLDER / "tokens.css",
            secure=screen.tls,
            card_reader=SimulatedReader() if screen.simulated_reader else None,
        )
        scheme = "https" if screen.tls else "http"
        app = OwnPage(build_app(counter), hosts=[f"{host}:{screen.port}" for host in hosts], scheme=scheme)
        pem = None
        if screen.tls:
            pem = settings.data_dir / "counter" / "certificate.pem"
            say(f"  证书指纹 SHA-256 {ensure_certificate(pem, hosts=hosts, now=datetime.now(UTC))}")
        if not find_operators(settings):
            say("! 还没有当班人员 nobody may sign in yet: jixin operators add CODE")
        say(f"  柜台 counter    {scheme}://{hosts[0]}:{screen.port}")
        try:
            _serve(app, screen, pem)
        finally:
            refusals.close()
            shelf.close()


def _serve(app: OwnPage, screen: Screen, pem: Path | None) -> None:
    config = uvicorn.Config(
        app,
        host=screen.host,
        port=screen.port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=FINISHING,
        ssl_certfile=pem,
        ssl_keyfile=pem,
    )
    server = uvicorn.Server(config)
    try:
        server.run()
    except SystemExit as error:  # its way to say that the port is taken
        raise InstallationError(
            f"柜台端口 {screen.port} 已被占用：停掉占用它的程序，或用 --port 另选一个"
            f" · counter port {screen.port} is taken: stop what uses it, or choose another with --port"
        ) from error


def _labels(settings: Settings, enrolment: Enrolment, printer: Printer | None) -> Labels:
    return Labels(enrolment.carrier, settings.public_url, _label_key(enrolment), Typeface(settings.label_font), printer)


def _label_key(enrolment: Enrolment) -> bytes | None:
    return None if enrolment.label_key is None else decode_base64url(enrolment.label_key)


def _is_own(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _names_of(host: str) -> list[str]:
    """How browsers may call this server: by its address, and on this machine by the usual names."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 told apart, not listened on
        raise Misused("请给出网点的具体地址 · --host names the one address that phones open, such as 192.168.1.5")
    named = f"[{host}]" if ":" in host else host
    return [named, *(other for other in ("127.0.0.1", "localhost") if _is_own(host) and other != host)]


def _parse_printer(text: str) -> Printer:
    host, _, port = text.partition(":")
    if not host or (port and not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536)):
        raise Misused("打印机写作 HOST[:PORT] · a printer is written HOST[:PORT]")
    return Printer(host, int(port or ZPL_PORT))
