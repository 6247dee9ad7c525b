"""A vault to test with (测试保险库): keys in a folder, sealed records in a store, an officer who is logged in."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Engine

from tests.access.world import make_account
from tests.intake.devices import fresh_id
from tracker.access.accounts import save_totp
from tracker.access.roles import EVERYTHING, Role, Scope
from tracker.access.sessions import open_session
from tracker.access.tokens import hash_token
from tracker.realname.access_ledger import LEDGER, LEDGER_FILE, Access
from tracker.realname.erasures import begin_erasures
from tracker.realname.key_folder import KeyFolder
from tracker.realname.signed_lines import SignedLines
from tracker.realname.vault import Vault
from tracker.store.database import transaction
from tracker.store.identity_store import NewRecord, append_records
from tracker.wire.identity_record import PURPOSES, Subject
from tracker.wire.sealing import PersonalContent, box_of, seal
from tracker.wire.vault_keys import VaultNotice, find_sealing_key, read_vault_word

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NUMBER = "11010519491231002X"
COOKIE = "the-officers-session-token"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def make_vault(folder: Path, clock: Clock | None = None) -> Vault:
    """A vault whose keys of the month are made."""
    keys = KeyFolder.make(folder)
    vault = Vault(
        keys,
        SignedLines(folder / LEDGER_FILE, keys.signing, LEDGER),
        begin_erasures(folder, keys.signing, now=NOW),
        now=clock or Clock(),
    )
    keys.ensure_month_keys(vault.now())
    return vault


def notice_of(vault: Vault) -> VaultNotice:
    """What counters are told."""
    return read_vault_word(vault.keys.word(vault.now()))


def keep_record(
    engine: Engine, vault: Vault, *, subject: Subject = Subject.REGISTER, waybill_no: str = "W1", **told: Any
) -> UUID:
    """Seal as a counter does, keep as the tracker does; the record's id."""
    now = vault.now()
    key = find_sealing_key(notice_of(vault), moment=now, purpose=PURPOSES[subject])
    record_id, event_id = fresh_id(now), fresh_id(now)
    values = {"document_kind": "RESIDENT_ID", "document_number": NUMBER, "name": "张三丰"} | told
    box = seal(PersonalContent(salt=os.urandom(32), **values), key=key, record_id=record_id, event_id=event_id)
    record = NewRecord(
        record_id=record_id, waybill_no=waybill_no, event_id=event_id, subject=subject.value, device_no=1, seq=1,
        kid=key.kid, commitment=box.commitment, masked=b'{"name":"\xe5\xbc\xa0**"}', box=box_of(box.sealed),
        record_time=now,
    )  # fmt: skip
    with transaction(engine) as session:
        append_records(session, [record])
    return record_id


def note_opening(vault: Vault, opener: str, *, waybill_no: str = "W1") -> None:
    """A line of the ledger."""
    vault.ledger.append(
        Access(
            at=NOW,
            opener=opener,
            role="vault_officer",
            record_id="r",
            waybill_no=waybill_no,
            subject="register",
            purpose="court_order",
            case_no="1",
            outcome="opened",
        )
    )


def log_in(
    engine: Engine,
    *,
    cookie: str = COOKIE,
    login: str = "officer",
    role: Role = Role.VAULT_OFFICER,
    second_factor: datetime | None = NOW,
    at: datetime = NOW,
) -> None:
    """Somebody with this cookie."""
    scope = EVERYTHING if role in (Role.VAULT_OFFICER, Role.ADMINISTRATOR) else Scope(carrier="BLUEBIRD")
    with transaction(engine) as session:
        account = make_account(session, login, role, scope)
        if second_factor is not None:
            save_totp(session, account.account_no, b"sealed", step=1)
        open_session(
            session, token_hash=hash_token(cookie), account_no=account.account_no, csrf="c", now=at,
            second_factor_at=second_factor, expires_at=at + timedelta(hours=12),
        )  # fmt: skip
