"""Backup and restore: two artefacts apart, read back; nothing is replaced unasked, and nothing damaged is used."""

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy.engine import Engine

from tests.intake.devices import Device, Intake
from tracker.intake.broker_users import read_users
from tracker.store.database import build_engine, reading
from tracker.store.epochs import begin_epoch
from tracker.store.event_store import log_head
from tracker.store.migrate import upgrade
from tracker.store.registry import device_keys
from tracker.wire.topics import Post
from web.accounts.keys import read_account_keys
from web.commands.artefacts import BackupDamaged
from web.commands.backing_up import Backup, run_backup
from web.commands.installation import (
    enrol_device,
    ensure_gateway,
    ensure_own_users,
    receipt_key,
    revoke_device,
    tracker_client_id,
)
from web.commands.restoring import Restored, next_steps, run_restore
from web.commands.running import InstallationError, only_one, restoring_file, share_store, supervisor_lock
from web.commands.services import open_store
from web.settings import Settings

QUIET = Console(quiet=True)
GUN_2 = Post("BLUEBIRD", "HZ-01", "GUN-2")


def secrets_in(folder: Path) -> dict[str, bytes]:
    found = [*(folder / "keys").iterdir(), folder / "gateway.json"]
    return {path.name: path.read_bytes() for path in [*found, folder / "broker" / "users.json"]}


class Site:
    """An installation with a device that scans."""

    def __init__(self, settings: Settings, engine: Engine, out: Path) -> None:
        self.settings, self.engine, self.out = settings, engine, out
        ensure_own_users(settings)
        ensure_gateway(settings, engine, "mqtt://127.0.0.1:1883")
        read_account_keys(settings.account_key_file)
        tracker_client_id(settings)
        self.intake = Intake(engine)
        self.gun = self.intake.enrol(Device())
        self.record("W1", "W2")

    def record(self, *waybills: str) -> None:
        self.intake.record(self.gun.deliver(*(self.gun.scan(number) for number in waybills)))

    def back_up(self) -> Backup:
        return run_backup(self.settings, self.out, console=QUIET)

    def restore(self, data: Path | None, keys: Path | None, *, overwrite: bool = False) -> Restored:
        self.engine.dispose()
        return run_restore(self.settings, data, keys, overwrite=overwrite, console=QUIET)

    def waybills(self) -> list[str]:
        return [row[0] for row in self.intake.rows("SELECT waybill_no FROM event ORDER BY position")]

    def destroy_store(self) -> None:
        self.engine.dispose()
        for path in self.settings.data_dir.glob("jixin.db*"):
            path.unlink()

    def secrets(self) -> dict[str, bytes]:
        return secrets_in(self.settings.data_dir)


@pytest.fixture
def site(settings: Settings, store: Engine, tmp_path: Path) -> Site:
    return Site(settings, store, tmp_path / "backups")


def files_in(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def test_a_backup_is_two_artefacts_for_their_owner_only(site: Site) -> None:
    made = site.back_up()
    assert sorted(site.out.iterdir()) == [made.data, made.keys]
    data, keys = files_in(made.data), files_in(made.keys)
    assert set(data) == {"manifest.json", "store.sqlite"}
    assert set(keys) == {
        "manifest.json", "registry.json", "gateway.json", "keys/accounts-key", "keys/receipt-key.json",
        "keys/tracker-client-id", "broker/users.json", "broker/users.conf",
    }  # fmt: skip
    assert {stat.S_IMODE(path.stat().st_mode) for path in [*data.values(), *keys.values()]} == {0o600}
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (made.data, made.keys)} == {0o700}
    told = json.loads(data["manifest.json"].read_bytes())
    assert (told["kind"], told["store"]["position"], list(told["files"])) == ("data", 2, ["store.sqlite"])
    for secret in site.secrets().values():
        assert all(secret not in path.read_bytes() for path in data.values())


def test_a_backup_without_keys_is_refused_before_anything_is_written(
    settings: Settings, store: Engine, tmp_path: Path
) -> None:
    with pytest.raises(InstallationError, match="no keys in"):
        run_backup(settings, tmp_path / "backups", console=QUIET)
    assert not (tmp_path / "backups").exists()


def test_a_backup_that_fails_leaves_nothing_half(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM event WHERE position = 1")
    with pytest.raises(RuntimeError, match="head is 2, but 1 events"):
        site.back_up()
    assert list(site.out.iterdir()) == []


def test_data_and_keys_come_back_onto_another_machine(site: Site, tmp_path: Path) -> None:
    made, secrets = site.back_up(), site.secrets()
    other = Settings(data_dir=tmp_path / "other")
    restored = run_restore(other, made.data, made.keys, overwrite=False, console=QUIET)
    assert secrets_in(other.data_dir) == secrets
    engine = open_store(other)
    assert Intake(engine).positions() == [1, 2]
    with reading(engine) as session, reading(site.engine) as before:
        assert device_keys(session) == device_keys(before)
        assert log_head(session) == replace(log_head(before), epoch=restored.head.epoch)
    engine.dispose()
    assert restored.head.epoch > 1
    assert restored.has_keys


def test_only_the_data_come_back_and_the_lost_keys_are_said(site: Site, tmp_path: Path) -> None:
    made = site.back_up()
    other = Settings(data_dir=tmp_path / "other")
    restored = run_restore(other, made.data, None, overwrite=False, console=QUIET)
    assert not restored.has_keys
    assert "enrolled anew" in "\n".join(next_steps(restored))
    assert receipt_key(other).kid != receipt_key(site.settings).kid


def test_only_the_keys_come_back_and_the_devices_are_known_to_a_new_store(site: Site, tmp_path: Path) -> None:
    made = site.back_up()
    other = Settings(data_dir=tmp_path / "other")
    restored = run_restore(other, None, made.keys, overwrite=False, console=QUIET)
    assert (restored.head.position, restored.head.epoch, restored.data) == (0, 1, False)
    assert receipt_key(other).kid == receipt_key(site.settings).kid
    engine = open_store(other)
    with reading(engine) as session:
        assert site.gun.key.kid in device_keys(session)
    engine.dispose()
    assert "epoch" not in "\n".join(next_steps(restored))


def test_keys_first_and_data_later_lose_no_device_and_open_none(site: Site, tmp_path: Path) -> None:
    """A device was enrolled and another revoked after the data were backed up."""
    data = site.back_up().data
    late = enrol_device(site.settings, site.engine, GUN_2)
    revoke_device(site.settings, site.engine, Post("BLUEBIRD", "HZ-01", "GUN-1"))
    keys = run_backup(site.settings, tmp_path / "later", console=QUIET).keys
    for order in ([(data, keys)], [(None, keys), (data, None)], [(data, None), (None, keys)]):
        other = Settings(data_dir=tmp_path / f"other-{len(list(tmp_path.iterdir()))}")
        for some_data, some_keys in order:
            run_restore(other, some_data, some_keys, overwrite=False, console=QUIET)
        engine = open_store(other)
        with reading(engine) as session:
            known = device_keys(session)
        engine.dispose()
        assert not known[late.kid].revoked
        assert known[site.gun.key.kid].revoked
        assert GUN_2.username in read_users(other.broker_folder)


def test_a_store_that_is_not_empty_is_replaced_only_when_asked(site: Site) -> None:
    made = site.back_up()
    site.record("W3")
    with pytest.raises(InstallationError, match=r"holds 3 events; --overwrite"):
        site.restore(made.data, None)
    assert site.waybills() == ["W1", "W2", "W3"]
    late = enrol_device(site.settings, site.engine, GUN_2)
    site.restore(made.data, None, overwrite=True)
    assert site.waybills() == ["W1", "W2"]
    with reading(site.engine) as session:
        assert late.kid in device_keys(session), "a device of the same store, enrolled since"


def test_devices_of_another_store_do_not_stay(site: Site, tmp_path: Path) -> None:
    made = site.back_up()
    other = Settings(data_dir=tmp_path / "other")
    other.data_dir.mkdir()
    engine = build_engine(other.store_url)
    upgrade(engine)
    intake = Intake(engine)
    stranger = intake.enrol(Device(Post("STRANGER", "S", "D")))
    intake.record(stranger.deliver(stranger.scan("S1")))
    engine.dispose()
    run_restore(other, made.data, None, overwrite=True, console=QUIET)
    with reading(engine) as session:
        assert stranger.key.kid not in device_keys(session)
    engine.dispose()


def test_other_keys_are_replaced_only_when_asked(site: Site) -> None:
    made, kid = site.back_up(), receipt_key(site.settings).kid
    site.restore(None, made.keys)
    site.settings.receipt_key_file.unlink()
    assert receipt_key(site.settings).kid != kid
    with pytest.raises(InstallationError, match="--overwrite replaces the keys"):
        site.restore(None, made.keys)
    site.restore(None, made.keys, overwrite=True)
    assert receipt_key(site.settings).kid == kid


def test_a_store_that_cannot_be_read_is_replaced_when_asked(site: Site) -> None:
    made = site.back_up()
    site.destroy_store()
    (site.settings.data_dir / "jixin.db").write_bytes(b"this is no database at all" * 500)
    with pytest.raises(InstallationError, match="cannot be read; --overwrite"):
        site.restore(made.data, None)
    site.restore(made.data, None, overwrite=True)
    assert site.waybills() == ["W1", "W2"]


def test_what_the_old_store_had_in_its_own_log_does_not_reach_the_new_one(site: Site) -> None:
    """SQLite would apply a -wal that lies beside the file, whoever's it is."""
    made = site.back_up()
    database = site.settings.data_dir / "jixin.db"
    with site.engine.connect():
        site.record("W3")
        wal = database.with_name("jixin.db-wal").read_bytes()
    site.engine.dispose()
    assert wal
    database.with_name("jixin.db-wal").write_bytes(wal)
    site.restore(made.data, None, overwrite=True)
    assert site.waybills() == ["W1", "W2"]


def test_a_restore_keeps_out_of_what_runs_and_what_starts_keeps_out_of_a_restore(site: Site) -> None:
    made = site.back_up()
    with only_one(supervisor_lock(site.settings), "busy"), pytest.raises(InstallationError, match="stop it before"):
        site.restore(made.data, None, overwrite=True)
    assert site.waybills() == ["W1", "W2"]
    share_store(site.settings)  # as tracker, web and scheduler do; several of them at once
    share_store(site.settings)
    with pytest.raises(InstallationError, match="stop it before"):
        site.restore(made.data, None, overwrite=True)


def cut_off(site: Site, monkeypatch: pytest.MonkeyPatch, made: Backup, at: str) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(f"web.commands.restoring.{at}", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            site.restore(made.data, None, overwrite=True)


def test_nothing_starts_on_a_store_that_is_half_restored(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made = site.back_up()
    cut_off(site, monkeypatch, made, "begin_epoch")
    with pytest.raises(InstallationError, match="run `jixin restore` again"):
        open_store(site.settings)
    with pytest.raises(InstallationError, match="name the data"):  # keys alone would leave it in the old epoch
        site.restore(None, made.keys)
    site.restore(made.data, None)
    open_store(site.settings).dispose()
    assert not restoring_file(site.settings).exists()


@pytest.mark.parametrize("at", ["restore_store", "upgrade", "begin_epoch"])
def test_devices_enrolled_since_the_backup_outlive_a_restore_that_was_cut_off(
    site: Site, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    made = site.back_up()
    late = enrol_device(site.settings, site.engine, GUN_2)
    for _ in range(2):
        cut_off(site, monkeypatch, made, at)
    site.restore(made.data, None)
    with reading(site.engine) as session:
        assert not device_keys(session)[late.kid].revoked
    assert site.waybills() == ["W1", "W2"]


def test_a_mark_of_a_restore_that_cannot_be_read_says_what_it_holds(site: Site) -> None:
    made = site.back_up()
    restoring_file(site.settings).parent.mkdir(exist_ok=True)
    restoring_file(site.settings).write_bytes(b"{")
    with pytest.raises(InstallationError, match="remove it to go on without them"):
        site.restore(made.data, None)


def corrupt(path: Path) -> None:
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 1
    path.write_bytes(octets)


@pytest.mark.parametrize("harm", [corrupt, Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-2])])
def test_damaged_artefacts_are_refused_and_nothing_is_changed(site: Site, harm: Callable[[Path], None]) -> None:
    made = site.back_up()
    site.record("W3")
    secrets = site.secrets()
    good = {path: path.read_bytes() for path in [*files_in(made.data).values(), *files_in(made.keys).values()]}
    for path, content in good.items():
        harm(path)
        with pytest.raises(InstallationError) as refused:
            site.restore(made.data, made.keys, overwrite=True)
        assert isinstance(refused.value, BackupDamaged) or "is no backup" in str(refused.value), path
        assert path.name in str(refused.value) or str(path.parent) in str(refused.value)
        path.write_bytes(content)
    assert site.waybills() == ["W1", "W2", "W3"]
    assert site.secrets() == secrets
    site.restore(made.data, made.keys, overwrite=True)


def test_a_whole_file_that_is_not_the_store_it_says_is_refused(site: Site) -> None:
    """The digest is made to fit: then the copy itself is read."""
    made = site.back_up()
    manifest = made.data / "manifest.json"
    told = json.loads(manifest.read_bytes())
    manifest.write_text(json.dumps(told | {"store": told["store"] | {"position": 3}}))
    with pytest.raises(BackupDamaged, match="another store than the copy"):
        site.restore(made.data, None, overwrite=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "keys"}, "give it as --keys"),
        ({"store": None}, "names no store"),
        ({"files": {"../../etc/passwd": {"size": 1, "sha256": "0"}}}, "missing"),
        ({"v": 2}, "damaged"),
        ({"store": {"engine": "postgresql"}}, "of postgresql, the store here is sqlite"),
        ({"store": {"revision": "9999"}}, "update jixin first"),
    ],
)
def test_a_manifest_of_something_else_is_refused(site: Site, change: dict[str, object], said: str) -> None:
    made = site.back_up()
    manifest = made.data / "manifest.json"
    told = json.loads(manifest.read_bytes())
    if isinstance(change.get("store"), dict):
        change = {"store": told["store"] | change["store"]}  # type: ignore[operator] # it is a dict
    manifest.write_text(json.dumps(told | change))
    with pytest.raises(InstallationError, match=said):
        site.restore(made.data, None, overwrite=True)


@pytest.mark.parametrize("strange", ["keys/extra.pem", "broker/link", "broker/folder-link"])
def test_what_the_backup_did_not_write_is_never_restored(site: Site, strange: str) -> None:
    keys = site.back_up().keys
    if "link" in strange:
        (keys / strange).symlink_to(site.settings.data_dir / "keys" if "folder" in strange else __file__)
    else:
        (keys / strange).write_text("a key of somebody else")
    with pytest.raises(BackupDamaged, match=strange):
        site.restore(None, keys, overwrite=True)
    assert not (site.settings.data_dir / strange).exists()


def test_a_file_that_is_a_link_to_the_same_bytes_is_none(site: Site, tmp_path: Path) -> None:
    keys = site.back_up().keys
    (keys / "gateway.json").rename(tmp_path / "elsewhere")
    (keys / "gateway.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BackupDamaged, match=r"gateway\.json"):
        site.restore(None, keys, overwrite=True)


def test_a_manifest_that_names_nothing_is_refused(site: Site) -> None:
    keys = site.back_up().keys
    manifest = json.loads((keys / "manifest.json").read_text())
    for file in manifest["files"]:
        (keys / file).unlink()
    (keys / "manifest.json").write_text(json.dumps(manifest | {"files": {}}))
    with pytest.raises(BackupDamaged, match="names no file"):
        site.restore(None, keys, overwrite=True)


def test_a_folder_that_is_no_backup_says_what_to_name(site: Site, tmp_path: Path) -> None:
    with pytest.raises(InstallationError, match="name a folder data-"):
        site.restore(tmp_path, None)


def test_one_backup_restored_twice_begins_two_epochs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made = site.back_up()
    moments = iter(datetime(2027, 1, 1, 0, 0, second, tzinfo=UTC) for second in range(2))
    monkeypatch.setattr(
        "web.commands.restoring.begin_epoch", lambda session, now: begin_epoch(session, now=next(moments))
    )
    epochs = [site.restore(made.data, None, overwrite=True).head.epoch for _ in range(2)]
    assert len({1, *epochs}) == 3
