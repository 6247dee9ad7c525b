"""The backup command (备份命令): data and keys as two artefacts, each read back, while everything runs."""

import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from sqlalchemy.engine import Engine

from tracker.store.database import reading
from tracker.store.registry_copy import collect_registry
from tracker.store.store_copy import check_copy, copy_store
from tracker.wire.private_file import write_private
from web.commands.artefacts import Store, finish_artefact, writing_artefact
from web.commands.key_files import REGISTRY, copy_key_files
from web.commands.progress import Advance, showing_steps
from web.commands.running import InstallationError
from web.commands.services import open_store
from web.settings import Settings


@dataclass(frozen=True, slots=True)
class Backup:
    """The two artefacts, and which store the data are of."""

    data: Path
    keys: Path
    store: Store


def run_backup(settings: Settings, out: Path, *, console: Console) -> Backup:
    """Write both artefacts into a folder. Raises InstallationError, CopyError, OSError; then nothing half is left."""
    if not settings.receipt_key_file.exists():
        raise InstallationError(
            "这里没有密钥 · "
            f"no keys in {settings.data_dir}: run `jixin backup` where the tracker runs, with its data dir"
        )
    engine = open_store(settings)
    made_at = datetime.now(UTC).replace(microsecond=0)
    with showing_steps(console) as begin:
        keys = _back_up_keys(settings, engine, out, made_at, begin("密钥 keys"))
        try:
            with writing_artefact(out, "data", made_at) as draft:
                copy = copy_store(engine, draft, progress=begin("复制 copying the store"))
                begin("通读 reading the copy to its end")
                store = Store(**asdict(check_copy(copy)), engine="sqlite" if copy.suffix == ".sqlite" else "postgresql")
                data = finish_artefact(draft, "data", made_at, store=store, progress=begin("摘要 digest"))
        except BaseException:
            shutil.rmtree(keys)  # keys without their data are only one more copy of the keys
            raise
    return Backup(data, keys, store)


def _back_up_keys(settings: Settings, engine: Engine, out: Path, made_at: datetime, advance: Advance) -> Path:
    with writing_artefact(out, "keys", made_at) as draft:
        copy_key_files(settings.data_dir, draft)
        with reading(engine) as session:
            registry = collect_registry(session)
        write_private(draft / REGISTRY, msgspec.json.encode(registry))
        return finish_artefact(draft, "keys", made_at, progress=advance)
