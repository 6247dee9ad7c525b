"""What is quarantined is sealed too: it may name anybody, and nobody asked for it."""

import base64
import json
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console
from sqlalchemy.engine import Engine

from tests.intake.devices import GUN
from tests.realname.world import NOW, make_vault
from tracker.store.database import reading, transaction
from tracker.store.identity_store import save_vault_word
from tracker.store.quarantine import Kept, save_quarantined
from web.commands.quarantining import run_export
from web.settings import Settings

BODY = "寄件人 张三丰 11010519491231002X".encode()


def keep(engine: Engine, *bodies: bytes) -> None:
    with transaction(engine) as session:
        save_quarantined(session, [Kept(body, "unreadable", "not JSON", GUN) for body in bodies], seen_at=NOW)


def kept(engine: Engine) -> list[bytes]:
    with reading(engine) as session:
        return [bytes(body) for body in session.execute(sa.text("SELECT body FROM quarantine ORDER BY id")).scalars()]


def exported(settings: Settings, path: Path) -> list[dict[str, object]]:
    run_export(settings, path, before=None, code=None, console=Console(quiet=True))
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_body_lies_sealed_and_leaves_open_for_the_vaults_owner_alone(sqlite_engine: Engine, tmp_path: Path) -> None:
    keep(sqlite_engine, b"before there was a vault")
    vault = make_vault(tmp_path / "var" / "vault")
    with transaction(sqlite_engine) as session:
        save_vault_word(session, vault.keys.word(NOW))
    keep(sqlite_engine, BODY)
    plain, sealed = kept(sqlite_engine)
    assert plain == b"before there was a vault"
    assert BODY not in sealed
    assert NUMBER_PART not in sealed
    settings = Settings(data_dir=tmp_path / "var", database_url=str(sqlite_engine.url))
    rows = exported(settings, tmp_path / "owner.jsonl")
    assert [base64.b64decode(str(row["body"])) for row in rows] == [b"before there was a vault", BODY]
    elsewhere = Settings(data_dir=tmp_path / "elsewhere", database_url=str(sqlite_engine.url))
    rows = exported(elsewhere, tmp_path / "operator.jsonl")
    assert (rows[1]["body"], base64.b64decode(str(rows[1]["sealed"])), "kid" in rows[1]) == (None, sealed, True)


def test_the_same_body_again_is_counted_though_no_two_boxes_are_alike(engine: Engine, tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "vault")
    with transaction(engine) as session:
        save_vault_word(session, vault.keys.word(NOW))
    keep(engine, BODY)
    keep(engine, BODY)
    with reading(engine) as session:
        assert session.execute(sa.text("SELECT times_seen FROM quarantine")).scalars().all() == [2]


NUMBER_PART = b"1949123100"
