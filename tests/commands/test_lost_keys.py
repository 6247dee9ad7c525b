"""A data dir whose keys do not sign for the store: it makes none of its own, and says what to do."""

import shutil
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy.engine import Engine

from tests.commands.test_rotating import rotate, standing
from tracker.store.key_record import Standing
from tracker.wire.topics import Post
from web.commands.backing_up import run_backup
from web.commands.installation import (
    check_keys,
    enrol_device,
    enrol_gateway,
    ensure_gateway,
    receipt_key,
    record_present_keys,
)
from web.commands.restoring import run_restore
from web.commands.rotating import run_replace_lost_key, run_rotate_keys
from web.commands.running import InstallationError
from web.commands.services import run_tracker
from web.settings import Settings

QUIET = Console(quiet=True)
POST = Post("BLUEBIRD", "HZ-01", "GUN-1")


@pytest.fixture
def other(settings: Settings, store: Engine, tmp_path: Path) -> Settings:
    """Another data dir on the store of `settings`, which has its keys."""
    record_present_keys(settings, store)
    return Settings(data_dir=tmp_path / "other", database_url=settings.store_url, broker_url="mqtt://127.0.0.1:1")


def test_another_data_dir_makes_no_key_and_the_record_stays(settings: Settings, store: Engine, other: Settings) -> None:
    before = standing(store)
    for use in (
        lambda: record_present_keys(other, store),
        lambda: enrol_device(other, store, POST),
        lambda: enrol_gateway(other, store),
        lambda: ensure_gateway(other, store, "mqtt://127.0.0.1:1"),
        lambda: run_tracker(other),
    ):
        with pytest.raises(InstallationError, match=r"copy the folder keys/"):
            use()
    assert not other.receipt_key_file.exists()
    receipt_key(other)  # one that was made before this was looked at
    with pytest.raises(InstallationError, match=r"copy the folder keys/"):
        run_rotate_keys(other, switch=False, at_once=False)
    assert standing(store) == before == {receipt_key(settings).kid: Standing.PRESENT}


def test_copied_keys_are_taken_until_they_are_outdated(settings: Settings, store: Engine, other: Settings) -> None:
    shutil.copytree(settings.data_dir / "keys", other.data_dir / "keys")
    check_keys(other, store)
    rotate(settings)
    with pytest.raises(InstallationError, match=receipt_key(settings).kid):
        check_keys(other, store)


def test_a_key_that_is_lost_for_good_is_replaced_when_asked(settings: Settings, store: Engine) -> None:
    with_key = record_present_keys(settings, store).signing
    with pytest.raises(InstallationError, match="the key is here"):
        run_replace_lost_key(settings)
    settings.receipt_key_file.unlink()
    assert "enrol every device anew" in "\n".join(run_replace_lost_key(settings))
    made = record_present_keys(settings, store).signing
    assert standing(store) == {with_key.kid: Standing.PAST, made.kid: Standing.PRESENT}


def test_who_restores_older_keys_has_decided_which_key_signs(settings: Settings, store: Engine, tmp_path: Path) -> None:
    first = record_present_keys(settings, store).signing
    older = run_backup(settings, tmp_path / "backups", console=QUIET)
    rotate(settings)
    store.dispose()
    run_restore(settings, None, older.keys, overwrite=True, console=QUIET)
    assert record_present_keys(settings, store).signing.kid == first.kid
