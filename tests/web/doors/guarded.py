"""What must not slip out (不可外泄): a person's data and secrets of every kind, and how to find one."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import uvicorn
from sqlalchemy.engine import Engine

from tests.realname.world import NUMBER, Clock, keep_record, make_vault
from tests.walk.processes import wait_until
from tests.web.parcels import DELIVERED
from tests.web.staff import SECRET, ensure_account, seal_for
from tests.web.world import NOW
from tracker.access.accounts import save_password
from tracker.access.roles import Role
from tracker.realname.vault import Vault
from tracker.store.database import transaction
from tracker.store.identity_store import save_vault_word
from tracker.store.quarantine import Kept, save_quarantined
from tracker.wire.identity_record import Subject
from tracker.wire.topics import Post
from web.accounts.passwords import hash_password
from web.commands.receipt_keys import new_key_file
from web.commands.vault_service import build_door
from web.doors.vault_door import socket_of
from web.settings import Settings

NAME, PHONE, ADDRESS = "欧阳锋烈", "13812348000", "重庆市渝北区冉家坝街1号3单元501"
PERSON = (NUMBER, NAME, PHONE, ADDRESS)
PASSWORD = "seven green umbrellas"
LABEL_SECRET = bytes(range(32))


@dataclass(frozen=True, slots=True)
class Guarded:
    """The vault, a record's id, and the needles: what no answer may hold, in any of its spellings."""

    vault: Vault
    record_id: str
    needles: frozenset[bytes]

    def found_in(self, octets: bytes) -> list[bytes]:
        """The needles that an answer holds."""
        return [needle for needle in self.needles if needle in octets]


def spellings(secret: bytes) -> set[bytes]:
    """A secret as it is, in hex, and in base64 of both alphabets."""
    coded = (base64.b64encode(secret), base64.urlsafe_b64encode(secret), base64.b32encode(secret))
    return {secret, secret.hex().encode(), *(each.rstrip(b"=") for each in coded)}


def prepare(engine: Engine, settings: Settings) -> Guarded:
    """Put a person into vault and quarantine, and passwords and second factors into accounts."""
    (settings.data_dir / "keys").mkdir(exist_ok=True)
    settings.label_secret_file.write_bytes(LABEL_SECRET)
    settings.receipt_key_file.write_bytes(new_key_file(now=NOW))
    vault = make_vault(settings.vault_dir, Clock(NOW))
    post = Post("BLUEBIRD", "CQ-01", "PDA-1")
    body = " ".join(PERSON).encode()
    with transaction(engine) as session:
        save_quarantined(session, [Kept(body, "unreadable", "not JSON", post)], seen_at=NOW)
        save_vault_word(session, vault.keys.word(NOW))
    told = {"name": NAME, "phone": PHONE, "address": ADDRESS}
    record_id = keep_record(engine, vault, waybill_no=DELIVERED, **told)
    keep_record(engine, vault, waybill_no=DELIVERED, subject=Subject.SENDER, **told)
    phc = let_everybody_in(engine, settings)
    secrets = {SECRET, LABEL_SECRET, settings.account_key_file.read_bytes(), *(each.encode() for each in PERSON)}
    needles = {spelling for secret in secrets for spelling in spellings(secret)} | {phc.encode(), phc[-40:].encode()}
    return Guarded(vault, str(record_id), frozenset(needles))


def let_everybody_in(engine: Engine, settings: Settings) -> str:
    """An account of each role with the password PASSWORD, its second factor sealed; the password's slow hash."""
    phc = hash_password(PASSWORD)
    for role in Role:
        account = ensure_account(engine, role)
        with transaction(engine) as session:
            save_password(session, account.account_no, phc)
        if account.totp_secret is not None:
            seal_for(settings, engine, account)
    return phc


@contextmanager
def open_door(vault: Vault, engine: Engine, folder: Path) -> Iterator[None]:
    """The vault's process, as a thread: it answers on its socket in the folder until the block ends."""
    config = uvicorn.Config(build_door(vault, engine), uds=str(socket_of(folder)), log_config=None)
    server = uvicorn.Server(config)
    serving = Thread(target=server.run)
    serving.start()
    wait_until(lambda: server.started, "the door is open")
    yield
    server.should_exit = True
    serving.join()
