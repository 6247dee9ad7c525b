"""Backup of the vault: opens for its passphrase or key alone, and brings back nothing that was destroyed since."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from tests.realname.world import COOKIE, NOW, NUMBER, Clock, keep_record, log_in, make_vault
from tracker.realname import sealed_backup
from tracker.realname.erasures import FILE, ErasuresMissing
from tracker.realname.key_folder import KeyFolder, NotAVault
from tracker.realname.retention import DEFAULT_TERMS
from tracker.realname.sealed_backup import (
    BackupShut,
    WeakPassphrase,
    is_for_passphrase,
    open_backup,
    parse_public,
    seal_for_key,
    seal_for_passphrase,
    write_public,
)
from tracker.realname.signed_lines import LinesBroken
from tracker.realname.vault import OpeningAsked, OpeningRefused, Vault
from tracker.realname.vault_copy import read_vault, restore_vault
from tracker.store.database import build_engine, reading, transaction
from tracker.store.identity_store import erasures_applied, save_vault_word
from tracker.store.migrate import upgrade
from web.cli.program import app
from web.commands.vault_service import erase_what_ended

WORDS = "seven green umbrellas in the rain"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_backup, "COST", 2**15)


def opened(vault: Vault, engine: Engine, record_id: object) -> str | None:
    with reading(engine) as session:
        return vault.open_for(session, OpeningAsked(COOKIE, record_id, "court_order", "1")).document_number  # type: ignore[arg-type] # a UUID of the world's


def rows(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.text("SELECT * FROM identity_record")).mappings()]


def put_back(engine: Engine, kept: list[dict[str, object]]) -> None:
    """As a database from a backup that nobody told of the list would be."""
    names = ", ".join(kept[0])
    values = ", ".join(f":{name}" for name in kept[0])
    with engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO identity_record ({names}) VALUES ({values})"), kept)


def test_a_copy_opens_what_the_vault_opened(vault: Vault, engine: Engine, tmp_path: Path) -> None:
    record_id = keep_record(engine, vault)
    log_in(engine)
    copy = read_vault(vault.keys.folder, now=NOW)
    restored = restore_vault(copy, tmp_path / "new", newer={}, applied=0)
    assert (restored.destroyed, restored.lines) == (0, 1)
    again = make_vault(tmp_path / "new", Clock())
    assert again.keys.signing.verifying == vault.keys.signing.verifying
    assert again.blind_index("A", "1") == vault.blind_index("A", "1")
    assert opened(again, engine, record_id) == NUMBER
    assert not (tmp_path / "new" / ".restoring").exists()
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "new").rglob("*") if path.is_file()} == {0}


def test_after_an_erasure_nobody_opens_a_restored_vault_and_database_included(
    vault: Vault, engine: Engine, clock: Clock, tmp_path: Path
) -> None:
    record_id = keep_record(engine, vault)
    log_in(engine)
    copy, database = read_vault(vault.keys.folder, now=NOW), rows(engine)
    clock.now = NOW + timedelta(days=DEFAULT_TERMS.register + 40)
    erase_what_ended(vault, engine, DEFAULT_TERMS)
    put_back(engine, database)
    with reading(engine) as session:
        applied = erasures_applied(session)
    assert applied == vault.erasures.count > 2  # the destroyed keys' lines are known to the store, too

    with pytest.raises(ErasuresMissing, match="would come back"):
        restore_vault(copy, tmp_path / "old", newer={}, applied=applied)
    assert not (tmp_path / "old" / "vault-key.json").exists()

    newest = vault.keys.folder / FILE
    restored = restore_vault(copy, tmp_path / "new", newer={FILE: newest}, applied=applied)
    assert restored.destroyed >= 1
    again = make_vault(tmp_path / "new", Clock())
    assert {key.kid for key in again.keys.sealing_keys()} & {
        key.kid for key in KeyFolder(vault.keys.folder).sealing_keys()
    }
    with pytest.raises(OpeningRefused) as caught:
        opened(again, engine, record_id)
    assert caught.value.code == "box_broken"


def test_a_list_that_was_shortened_changed_or_forked_brings_nothing_back(
    vault: Vault, engine: Engine, clock: Clock, tmp_path: Path
) -> None:
    keep_record(engine, vault)
    early = (vault.keys.folder / FILE).read_bytes()
    clock.now = NOW + timedelta(days=DEFAULT_TERMS.register + 40)
    erase_what_ended(vault, engine, DEFAULT_TERMS)
    copy, whole = read_vault(vault.keys.folder, now=NOW), (vault.keys.folder / FILE).read_bytes()
    lines = whole.splitlines(keepends=True)
    for content, error in (
        (early, ErasuresMissing),
        (b"".join([lines[0], *lines[2:]]), LinesBroken),
        (whole.replace(b"e", b"f", 1), LinesBroken),
    ):
        (tmp_path / "list").write_bytes(content)
        with pytest.raises(error):
            restore_vault(copy, tmp_path / "new", newer={FILE: tmp_path / "list"}, applied=0)
        assert list((tmp_path / "new").rglob("*.json")) == []


def test_a_torn_last_line_is_no_part_of_a_copy_and_keeps_nobody_out(
    vault: Vault, engine: Engine, tmp_path: Path
) -> None:
    keep_record(engine, vault)
    whole = (vault.keys.folder / FILE).read_bytes()
    with (vault.keys.folder / FILE).open("ab") as file:
        file.write(b"eyJhbGc")
    copy = read_vault(vault.keys.folder, now=NOW)
    (tmp_path / "list").write_bytes(whole + b"eyJ0")
    restored = restore_vault(copy, tmp_path / "new", newer={FILE: tmp_path / "list"}, applied=0)
    assert restored.lines == len(whole.splitlines())
    make_vault(tmp_path / "new", Clock())
    assert (tmp_path / "new" / FILE).read_bytes() == whole


def test_a_vault_that_is_there_is_not_written_over(vault: Vault, tmp_path: Path) -> None:
    copy = read_vault(vault.keys.folder, now=NOW)
    with pytest.raises(NotAVault, match="move it away"):
        restore_vault(copy, vault.keys.folder, newer={}, applied=0)
    with pytest.raises(NotAVault, match="no copy"):
        restore_vault(b"{}", tmp_path / "new", newer={}, applied=0)
    with pytest.raises(NotAVault):
        read_vault(tmp_path / "nothing", now=NOW)


@pytest.mark.parametrize("passphrase", ["", "short", "a" * 40, "ababababababababab"])
def test_a_weak_passphrase_seals_nothing(passphrase: str) -> None:
    with pytest.raises(WeakPassphrase):
        seal_for_passphrase(b"x", passphrase)


def test_a_backup_opens_for_its_own_passphrase_or_key_and_unchanged_only() -> None:
    private, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    by_word, by_key = seal_for_passphrase(b"keys", WORDS), seal_for_key(b"keys", private.public_key())
    assert (is_for_passphrase(by_word), is_for_passphrase(by_key)) == (True, False)
    assert open_backup(by_word, passphrase=WORDS) == open_backup(by_key, private=private) == b"keys"
    assert b"keys" not in by_word + by_key
    assert seal_for_passphrase(b"keys", WORDS) != by_word
    for sealed, told in (
        (by_word, {"passphrase": WORDS + "."}),
        (by_key, {"private": other}),
        (by_key, {}),
        (by_word[:-1], {"passphrase": WORDS}),
        (by_key[:-1] + bytes([by_key[-1] ^ 1]), {"private": private}),
        (by_word.replace(b'"v":1', b'"v": 1'), {"passphrase": WORDS}),  # the line is bound, too
        (by_word.replace(b"32768", b"65536"), {"passphrase": WORDS}),
        (b"", {}),
        (b"keys\n", {"passphrase": WORDS}),
    ):
        with pytest.raises(BackupShut):
            open_backup(sealed, **told)  # type: ignore[arg-type] # one of the two


def test_a_private_half_is_no_public_one() -> None:
    private = X25519PrivateKey.generate()
    assert parse_public(write_public(private.public_key()) + "\n").public_bytes_raw()
    for text in ("", private.private_bytes_raw().hex(), write_public(private.public_key())[:-4], "jixin-recovery-!"):
        with pytest.raises(ValueError, match=r"recovery|base64|padding|character"):
            parse_public(text)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with a vault."""
    monkeypatch.setenv("JIXIN_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("TERM", "dumb")
    (tmp_path / "var").mkdir(mode=0o700)
    engine = build_engine(f"sqlite:///{tmp_path / 'var' / 'jixin.db'}")
    upgrade(engine)
    vault = make_vault(tmp_path / "var" / "vault")
    with transaction(engine) as session:
        save_vault_word(session, vault.keys.word(NOW))
    engine.dispose()
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["vault", *map(str, words)])


def test_the_commands_back_up_and_bring_back_with_a_recovery_key(house: Path) -> None:
    made = run("recovery-key", "--out", house / "recovery.key")
    public = made.output.strip()
    assert (house / "recovery.key").stat().st_mode & 0o777 == 0o600
    assert run("recovery-key", "--out", house / "recovery.key").exit_code == 1
    assert run("backup", "--out", house / "copy", "--to", public).exit_code == 0
    assert run("backup", "--out", house / "copy", "--to", public).exit_code == 1  # nothing is written over
    assert run("backup", "--out", house / "var" / "vault" / "x", "--to", public).exit_code == 1
    assert run("restore", house / "copy", "--key", house / "recovery.key").exit_code == 1  # there is a vault
    before = {path.name for path in (house / "var" / "vault").rglob("*.json*")}
    shutil.rmtree(house / "var" / "vault")
    assert "recovery key" in run("restore", house / "copy").output
    done = run("restore", house / "copy", "--key", house / "recovery.key")
    assert done.exit_code == 0, done.output
    assert {path.name for path in (house / "var" / "vault").rglob("*.json*")} == before


def test_a_passphrase_comes_from_a_file_of_its_owner_or_is_asked_for_and_stands_in_no_argument(house: Path) -> None:
    (house / "words").write_text(WORDS + "\n", encoding="utf-8")
    os.chmod(house / "words", 0o644)
    refused = run("backup", "--out", house / "copy", "--passphrase-file", house / "words")
    assert "chmod go=" in refused.output
    os.chmod(house / "words", 0o600)
    assert run("backup", "--out", house / "copy", "--passphrase-file", house / "words").exit_code == 0
    typed = CliRunner().invoke(app, ["vault", "backup", "--out", str(house / "weak")], input="weak\nweak\n")
    assert (typed.exit_code, (house / "weak").exists()) == (1, False)
    shutil.rmtree(house / "var" / "vault")
    wrong = CliRunner().invoke(app, ["vault", "restore", str(house / "copy")], input="another\n")
    assert (wrong.exit_code, "does not open" in wrong.output) == (1, True)
    right = CliRunner().invoke(app, ["vault", "restore", str(house / "copy")], input=WORDS + "\n")
    assert right.exit_code == 0, right.output
    both = run("backup", "--out", house / "z", "--to", "x", "--passphrase-file", house / "words")
    assert both.exit_code == 2
