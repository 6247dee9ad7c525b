"""The vault's process (保险库进程): keys of the month, new boxes looked at, and the one door through which they open.

The door is a Unix socket beside the keys: who may open it is settled by the folder's rights, by the session whose token
the web hands on, and by the ledger.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool

from tracker.realname.access_ledger import LEDGER, LEDGER_FILE
from tracker.realname.erasures import apply_erasures, begin_erasures
from tracker.realname.key_folder import KeyFolder, NotAVault
from tracker.realname.ledger_reading import LedgerAsked, LedgerPage, read_ledger
from tracker.realname.retention import Terms, destroy_key, erase_ended, find_ended_keys
from tracker.realname.signed_lines import LinesBroken, SignedLines
from tracker.realname.vault import Erased, ErasureAsked, OpeningAsked, OpeningRefused, Vault, remember_openings
from tracker.realname.vault_metrics import VaultMetrics
from tracker.store.box_counts import count_boxes
from tracker.store.database import is_passing, reading, transaction
from tracker.store.identity_store import find_new_records, save_looked, save_vault_word, vault_word
from tracker.wire.sealing import PersonalContent
from tracker.wire.vault_keys import Purpose
from web.commands.metrics_server import serving_metrics
from web.commands.running import InstallationError, only_one, share_store, stop_on_signals
from web.commands.services import open_store
from web.doors.vault_door import DOOR, ERASE, LEDGER_DOOR, Erasing, LedgerQuestion, Opening, socket_of
from web.settings import Settings

log = structlog.get_logger()
Q = TypeVar("Q")

AT_ONCE = 100  # boxes looked at in one transaction
IDLE = 1.0  # seconds between two looks where nothing is new
COUNT_EVERY = 30.0  # seconds between two counts of all boxes
ERASE_EVERY = 3600.0  # seconds between two looks for terms that ended
RETRY = 5.0  # seconds while the database is away


def open_vault(folder: Path) -> Vault:
    """The vault in a folder, made if there is none. Raises InstallationError."""
    try:
        keys = KeyFolder.make(folder)
        ledger = folder / LEDGER_FILE
        erasures = begin_erasures(folder, keys.signing, now=datetime.now(UTC))
        vault = Vault(keys, SignedLines(ledger, keys.signing, LEDGER), erasures, now=lambda: datetime.now(UTC))
        remember_openings(vault, (entry for entry, _ in LEDGER.read(ledger, keys.signing.verifying)))
    except (NotAVault, OSError) as error:
        raise InstallationError(str(error)) from error
    except LinesBroken as error:
        raise InstallationError(
            f"保险库的台账或清单被改动，不开 · the vault's ledger or list was changed ({error}): it stays shut; "
            "keep the file, find out who did it, and put back the copy that you keep"
        ) from error
    return vault


def prepare_vault(settings: Settings, engine: Engine, *, now: datetime) -> None:
    """Make a vault and tell the store its word, where it never heard of one. Raises InstallationError."""
    with reading(engine) as session:
        is_known = vault_word(session) is not None
    if not is_known:
        _tell(open_vault(settings.vault_dir), engine, now=now)


def _tell(vault: Vault, engine: Engine, *, now: datetime) -> None:
    """Make the keys that are missing, and tell the store where it does not know them; a look only, as a rule."""
    made = vault.keys.ensure_month_keys(now)
    with reading(engine) as session:
        said = vault_word(session)
    if said is None or made or said.key != vault.keys.signing.verifying.to_jwk():
        with transaction(engine) as session:
            save_vault_word(session, vault.keys.word(now))
        log.info("vault_keys_told", made=len(made))


def run_vault(settings: Settings) -> None:
    """Keep the vault until told to stop. Raises InstallationError."""
    import uvicorn

    share_store(settings)
    stop = stop_on_signals()
    busy = f"another vault has {settings.vault_dir}"
    settings.vault_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
    with only_one(settings.vault_dir / "vault.lock", busy):
        engine = open_store(settings, name="vault")
        vault = open_vault(settings.vault_dir)
        registry = CollectorRegistry()
        metrics = VaultMetrics(vault, registry)
        with transaction(engine) as session:  # a database that came back from a backup is told first
            apply_erasures(session, vault.erasures.path, vault.keys.signing.verifying)
        terms = Terms(settings.register_days, settings.trade_days, settings.image_days)
        keeper = Thread(target=_keep, args=[vault, engine, metrics, terms, stop], name="keeper", daemon=True)
        door = socket_of(settings.vault_dir)
        door.unlink(missing_ok=True)
        os.umask(0o077)
        config = uvicorn.Config(build_door(vault, engine), uds=str(door), log_config=None, access_log=False)
        server = uvicorn.Server(config)
        serving = Thread(target=server.run, name="door", daemon=True)
        with serving_metrics(settings, "vault", registry):
            keeper.start()
            serving.start()
            log.info("vault_started", keys=len(vault.keys.sealing_keys()))
            stop.wait()
            server.should_exit = True
            keeper.join(IDLE * 2)
            serving.join(IDLE * 5)
        door.unlink(missing_ok=True)
        engine.dispose()
    log.info("vault_stopped")


def _keep(vault: Vault, engine: Engine, metrics: VaultMetrics, terms: Terms, stop: Event) -> None:
    """Keys, boxes and terms, again and again."""
    counted = erased = float("-inf")
    while not stop.is_set():
        try:
            _tell(vault, engine, now=datetime.now(UTC))
            while not stop.is_set() and look_at_new(vault, engine):
                pass
            if time.monotonic() - erased > ERASE_EVERY:
                erased = time.monotonic()
                erase_what_ended(vault, engine, terms, stop=stop)
            if time.monotonic() - counted > COUNT_EVERY:
                counted = time.monotonic()
                with reading(engine) as session:
                    metrics.show_boxes(count_boxes(session))
        except Exception as error:  # it would end this thread, and the vault would fall silent
            if not (isinstance(error, DBAPIError) and is_passing(error)):
                log.error("vault_failed", kind=type(error).__name__)
            stop.wait(RETRY)
        stop.wait(IDLE)


def erase_what_ended(vault: Vault, engine: Engine, terms: Terms, *, stop: Event | None = None) -> int:
    """Erase every record whose term has ended, then destroy the keys that have none left; how many records."""
    now, total = vault.now(), 0
    for purpose in Purpose:
        while stop is None or not stop.is_set():
            with transaction(engine) as session:
                erased = erase_ended(session, purpose, list_=vault.erasures, terms=terms, now=now)
            if not erased:
                break
            total += erased
    with reading(engine) as session:
        ended = find_ended_keys(session, vault.keys, terms=terms, now=now)
    for key in ended:
        destroy_key(vault.keys, key, list_=vault.erasures, terms=terms, now=now)
    if ended:
        with transaction(engine) as session:  # so that a vault from an older copy is known to lack these lines
            apply_erasures(session, vault.erasures.path, vault.keys.signing.verifying)
    if total or ended:
        log.info("identities_erased", records=total, keys=len(ended))
    return total


def look_at_new(vault: Vault, engine: Engine) -> int:
    """Look at up to AT_ONCE boxes that are new, and write what was found; how many. Nothing is opened while the store
    is locked."""
    with reading(engine) as session:
        records = find_new_records(session, AT_ONCE)
    if records:
        looked = [vault.look_at(record) for record in records]
        with transaction(engine) as session:
            save_looked(session, looked)
        log.info("boxes_looked_at", boxes=len(looked))
    return len(records)


def build_door(vault: Vault, engine: Engine) -> FastAPI:
    """What answers on the socket: to open a record, to erase what a deletion request names, to show the ledger."""
    app = FastAPI(openapi_url=None)

    @app.post(DOOR)
    async def open_identity(request: Request) -> Response:
        return await _answer(request, Opening, lambda asked: _open(vault, engine, asked))

    @app.post(ERASE)
    async def erase_identities(request: Request) -> Response:
        return await _answer(request, Erasing, lambda asked: _erase(vault, engine, asked))

    @app.post(LEDGER_DOOR)
    async def show_ledger(request: Request) -> Response:
        return await _answer(request, LedgerQuestion, lambda asked: _show_ledger(vault, engine, asked))

    return app


def _open(vault: Vault, engine: Engine, asked: Opening) -> PersonalContent:
    with reading(engine) as session:
        return vault.open_for(session, OpeningAsked(asked.cookie, asked.record_id, asked.purpose, asked.case_no))


def _erase(vault: Vault, engine: Engine, asked: Erasing) -> Erased:
    with transaction(engine) as session:
        return vault.erase_for(session, ErasureAsked(asked.cookie, asked.request_no, tuple(asked.record_ids)))


def _show_ledger(vault: Vault, engine: Engine, asked: LedgerQuestion) -> LedgerPage:
    with reading(engine) as session:
        return read_ledger(vault, session, LedgerAsked(asked.cookie, asked.before, asked.limit))


async def _answer(request: Request, question: type[Q], answer: Callable[[Q], Any]) -> Response:
    try:
        asked = msgspec.json.decode(await request.body(), type=question)
        return _say(200, await run_in_threadpool(answer, asked))
    except msgspec.MsgspecError:
        return _say(400, {"code": "not_understood"})
    except OpeningRefused as refusal:
        return _say(403, {"code": refusal.code})
    except (OSError, DBAPIError, LinesBroken) as error:
        log.error("opening_failed", kind=type(error).__name__)
        return _say(503, {"code": "vault_away"})


def _say(status: int, content: Any) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
