"""Rotating the receipt key: two steps, each whole or not at all; the past key's private half is gone."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy.engine import Engine

from tests.intake.fakes import FakeClock
from tracker.store.database import reading
from tracker.store.key_record import Standing, recorded_keys
from tracker.wire.key_set import read_trusted_keys
from tracker.wire.signature import SigningKey
from tracker.wire.tracker_keys import follow_keys
from web.commands.backing_up import run_backup
from web.commands.installation import pinned_keys, receipt_key, record_present_keys
from web.commands.receipt_keys import ANNOUNCED_FOR, KeyWatch, announce_next, read_key_file, switch_to_next
from web.commands.restoring import next_steps, run_restore
from web.commands.rotating import export_keys, run_rotate_keys
from web.commands.running import InstallationError
from web.settings import Settings

NOW = datetime(2026, 7, 1, tzinfo=UTC)
QUIET = Console(quiet=True)


def rotate(settings: Settings) -> SigningKey:
    """A whole change of keys at once; the key that signs now."""
    run_rotate_keys(settings, switch=False, at_once=False)
    run_rotate_keys(settings, switch=True, at_once=True)
    return receipt_key(settings)


def standing(engine: Engine) -> dict[str, Standing]:
    with reading(engine) as session:
        return {key.kid: key.standing for key in recorded_keys(session)}


def test_the_next_key_is_announced_and_signs_nothing(settings: Settings, store: Engine) -> None:
    first = record_present_keys(settings, store).signing
    said = "\n".join(run_rotate_keys(settings, switch=False, at_once=False))
    file = read_key_file(settings.receipt_key_file)
    assert file.signing.kid == receipt_key(settings).kid == first.kid
    assert file.upcoming is not None
    assert file.upcoming.kid in said
    assert [jwk.kid for jwk in pinned_keys(settings)] == [first.kid, file.upcoming.kid]
    assert standing(store) == {first.kid: Standing.PRESENT, file.upcoming.kid: Standing.NEXT}
    believed = follow_keys(file.receipt_keys.notices, {first.kid: first.verifying})
    assert believed.keys() == {first.kid, file.upcoming.kid}


def test_the_announced_key_signs_after_a_day_and_the_old_private_half_is_gone(settings: Settings) -> None:
    first, path = receipt_key(settings), settings.receipt_key_file
    upcoming = announce_next(path, now=NOW).upcoming
    assert upcoming is not None
    with pytest.raises(InstallationError, match=r"until 2026-07-02 00:00 UTC"):
        switch_to_next(path, now=NOW + ANNOUNCED_FOR - timedelta(seconds=1), at_once=False)
    assert receipt_key(settings).kid == first.kid
    switched = switch_to_next(path, now=NOW + ANNOUNCED_FOR, at_once=False)
    assert switched.signing.kid == receipt_key(settings).kid == upcoming.kid
    assert first.to_jwk().d not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [jwk.kid for jwk in pinned_keys(settings)] == [upcoming.kid]


def test_steps_out_of_order_say_what_to_do(settings: Settings, store: Engine) -> None:
    with pytest.raises(InstallationError, match="no keys in"):
        run_rotate_keys(settings, switch=False, at_once=False)
    record_present_keys(settings, store)
    with pytest.raises(InstallationError, match="run `jixin rotate-keys` first"):
        run_rotate_keys(settings, switch=True, at_once=True)
    run_rotate_keys(settings, switch=False, at_once=False)
    with pytest.raises(InstallationError, match="rotate-keys --switch"):
        run_rotate_keys(settings, switch=False, at_once=False)


def test_many_changes_are_followed_both_ways(settings: Settings, store: Engine) -> None:
    keys = [record_present_keys(settings, store).signing, *(rotate(settings) for _ in range(3))]
    with reading(store) as session:
        recorded = recorded_keys(session)
    notices = [notice for key in recorded for notice in key.notices]
    for key in keys:
        assert follow_keys(notices, {key.kid: key.verifying}, into_past=True).keys() == {key.kid for key in keys}
    oldest = {keys[0].kid: keys[0].verifying}
    file = read_key_file(settings.receipt_key_file)
    assert keys[3].kid in follow_keys(file.receipt_keys.notices, oldest)
    assert file.kids == {key.kid for key in keys}
    assert sorted(standing(store).values()) == [Standing.PAST] * 3 + [Standing.PRESENT]


def test_the_public_keys_of_every_receipt_are_exported(settings: Settings, store: Engine, tmp_path: Path) -> None:
    with pytest.raises(InstallationError, match="no keys in"):
        export_keys(settings)
    kids = [record_present_keys(settings, store).signing.kid, *(rotate(settings).kid for _ in range(2))]
    run_rotate_keys(settings, switch=False, at_once=False)
    upcoming = read_key_file(settings.receipt_key_file).upcoming
    assert upcoming is not None
    exported = tmp_path / "keys.json"
    exported.write_bytes(export_keys(settings))
    assert read_trusted_keys(exported).keys() == {*kids, upcoming.kid}
    told = json.loads(exported.read_bytes())["keys"]
    assert [set(key) for key in told] == [{"kty", "crv", "x", "kid"}] * 4, "nothing private"


def test_a_key_file_from_before_keys_could_change_is_read(settings: Settings, store: Engine) -> None:
    key = SigningKey.generate()
    settings.receipt_key_file.parent.mkdir()
    jwk = key.to_jwk()
    settings.receipt_key_file.write_text(json.dumps({"x": jwk.x, "d": jwk.d, "kty": "OKP", "crv": "Ed25519"}))
    assert record_present_keys(settings, store).signing.kid == key.kid
    rotate(settings)
    assert standing(store)[key.kid] is Standing.PAST


def test_a_damaged_key_file_is_said(settings: Settings) -> None:
    settings.receipt_key_file.parent.mkdir(parents=True)
    settings.receipt_key_file.write_text("{")
    with pytest.raises(InstallationError, match="restore --keys"):
        receipt_key(settings)


def test_a_running_tracker_sees_each_step_within_a_second(settings: Settings) -> None:
    receipt_key(settings)
    clock, path = FakeClock(), settings.receipt_key_file
    watch = KeyWatch(path, clock)
    first = watch.find_changed()
    assert first is not None
    clock.seconds += 1
    assert watch.find_changed() is None
    announce_next(path, now=NOW)
    assert watch.find_changed() is None, "looked a moment ago"
    clock.seconds += 1
    announced = watch.find_changed()
    assert announced is not None
    assert (announced.signing.kid, len(announced.notices)) == (first.signing.kid, 1)
    path.rename(path.with_suffix(".away"))
    clock.seconds += 1
    assert watch.find_changed() is None
    path.with_suffix(".away").rename(path)
    switch_to_next(path, now=NOW, at_once=True)
    clock.seconds += 1
    switched = watch.find_changed()
    assert switched is not None
    assert (switched.signing.kid != first.signing.kid, switched.notices) == (True, announced.notices)


def test_keys_that_are_older_than_the_store_are_said(settings: Settings, store: Engine, tmp_path: Path) -> None:
    record_present_keys(settings, store)
    older = run_backup(settings, tmp_path / "older", console=QUIET)
    newest = rotate(settings)
    newer = run_backup(settings, tmp_path / "newer", console=QUIET)
    store.dispose()
    other = Settings(data_dir=tmp_path / "other")
    mismatched = run_restore(other, newer.data, older.keys, overwrite=False, console=QUIET)
    assert mismatched.newer_key == newest.kid
    assert "these keys are older" in "\n".join(next_steps(mismatched))
    for data in (older.data, newer.data):
        fits = run_restore(other, data, newer.keys, overwrite=True, console=QUIET)
        assert fits.newer_key is None
        assert "no new enrolment" in "\n".join(next_steps(fits))
