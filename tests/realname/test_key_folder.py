"""The vault's keys: made once, a month ahead, gone for good when destroyed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tests.realname.world import NOW, Clock, keep_record, make_vault, notice_of
from tracker.realname.key_folder import KeyFolder, NotAVault
from tracker.realname.vault import Vault
from tracker.store.box_counts import count_boxes
from tracker.store.database import reading
from tracker.store.identity_store import BoxState
from tracker.wire.vault_keys import Purpose
from web.commands.vault_service import look_at_new

MONTHS = ["2026-11", "2026-12", *(f"2027-{month:02}" for month in range(1, 13))]


def test_keys_are_made_once_for_this_month_and_five_more(tmp_path: Path) -> None:
    keys = KeyFolder.make(tmp_path)
    made = keys.ensure_month_keys(NOW)
    assert [(key.month, key.purpose) for key in made] == [
        (month, purpose)
        for month in ("2026-11", "2026-12", "2027-01", "2027-02", "2027-03", "2027-04")
        for purpose in Purpose
    ]
    assert keys.ensure_month_keys(NOW) == []
    again = KeyFolder.make(tmp_path)
    assert sorted(again.sealing_keys(), key=str) == sorted(made, key=str)
    assert again.signing.kid == keys.signing.kid
    assert again.index_key == keys.index_key


def test_every_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    KeyFolder.make(tmp_path / "vault").ensure_month_keys(NOW)
    files = [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]
    assert len(files) == 2 + 6 * len(Purpose)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert (tmp_path / "vault").stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize(
    ("moment", "months"),
    [
        (
            datetime(2026, 11, 30, 15, 59, tzinfo=UTC),
            ["2026-11", "2026-12", "2027-01", "2027-02", "2027-03", "2027-04"],
        ),
        (
            datetime(2026, 11, 30, 16, 0, tzinfo=UTC),
            ["2026-11", "2026-12", "2027-01", "2027-02", "2027-03", "2027-04", "2027-05"],
        ),
        (
            datetime(2027, 1, 31, 20, 0, tzinfo=UTC),
            ["2027-01", "2027-02", "2027-03", "2027-04", "2027-05", "2027-06", "2027-07"],
        ),
    ],
)
def test_counters_are_told_last_months_keys_this_months_and_the_next(
    tmp_path: Path, moment: datetime, months: list[str]
) -> None:
    clock = Clock()
    vault = make_vault(tmp_path, clock)
    vault.keys.ensure_month_keys(datetime(2027, 1, 5, tzinfo=UTC))
    vault.keys.ensure_month_keys(moment)
    clock.now = moment
    assert sorted({key.month for key in notice_of(vault).keys}) == months


def test_a_destroyed_key_opens_nothing_and_leaves_no_file(tmp_path: Path, engine: Engine) -> None:
    vault = make_vault(tmp_path)
    keep_record(engine, vault)
    register = next(
        key for key in vault.keys.sealing_keys() if (key.month, key.purpose) == ("2026-11", Purpose.REGISTER)
    )
    path = tmp_path / "months" / "2026-11-register.json"
    secret = path.read_bytes()
    assert vault.keys.destroy(register.kid)
    assert not path.exists()
    assert not vault.keys.destroy(register.kid)
    assert vault.keys.private_of(register.kid) is None
    assert _look(vault, engine) == {BoxState.BROKEN: 1}
    assert secret not in b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())


def _look(vault: Vault, engine: Engine) -> dict[str, int]:
    look_at_new(vault, engine)
    with reading(engine) as session:
        return count_boxes(session)


def test_a_folder_without_its_key_is_no_vault(tmp_path: Path) -> None:
    with pytest.raises(NotAVault, match="jixin vault"):
        KeyFolder(tmp_path)
    KeyFolder.make(tmp_path)
    (tmp_path / "vault-key.json").write_text("{}")
    with pytest.raises(NotAVault):
        KeyFolder.make(tmp_path)
