"""The archive command (归档命令): whole months into Parquet, read back and compared; then, where asked, dropped."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from sqlalchemy.engine import Engine

from tracker.archive.checking import CheckedArchive, check_archive
from tracker.archive.comparing import compare_with_store
from tracker.archive.dropping import check_parcels_at_rest, drop_month, first_droppable_day
from tracker.archive.manifest import ArchiveError, digest_of_manifest
from tracker.archive.source import find_months
from tracker.archive.writing import write_archive
from tracker.store.archived import ArchivedMonth, archived_month_of, save_archived
from tracker.store.database import reading, transaction
from tracker.store.key_record import recorded_keys
from tracker.store.migrate import head_revision
from tracker.store.months import Month
from tracker.store.sqlite_copy import sync_file
from tracker.wire.signature import SigningKey
from tracker.wire.tracker_keys import follow_keys
from web.commands.progress import Advance, showing_steps
from web.commands.receipt_keys import read_key_file
from web.commands.running import InstallationError, share_store
from web.commands.services import open_store
from web.settings import Settings

Begin = Callable[[str], Advance]


def run_archive(
    settings: Settings,
    months: Sequence[Month],
    out: Path,
    *,
    before: Month | None = None,
    drop: bool = False,
    console: Console,
    say: Callable[[str], None],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Archive the named months, and all before one, oldest first; with `drop`, drop each once it is archived.

    Raises ArchiveError, InstallationError, OSError at the first month that cannot be; what was done before stays.
    """
    if not settings.receipt_key_file.exists():
        raise InstallationError(
            f"{settings.data_dir} 里没有密钥，请在入库进程所在的机器上运行 · no keys in {settings.data_dir}:"
            " run `jixin archive` where the tracker runs, with its data dir"
        )
    share_store(settings)
    key = read_key_file(settings.receipt_key_file).signing
    engine = open_store(settings)
    try:
        with reading(engine) as session:
            found = [month for month in find_months(session) if before is not None and month < before]
        wanted = sorted({*months, *found})
        if not wanted:
            say(f"– {before} 之前没有记录 no event before {before} is here")
        for month in wanted:
            _check_age(month, settings.archive_after_months, drop=drop, now=now())
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        with showing_steps(console) as begin:
            for month in wanted:
                archiving = _Archiving(
                    engine=engine,
                    month=month,
                    folder=out / str(month),
                    key=key,
                    after_months=settings.archive_after_months,
                    now=now,
                    begin=begin,
                    say=say,
                )
                archiving.run(drop=drop)
    finally:
        engine.dispose()


def _check_age(month: Month, after_months: int, *, drop: bool, now: datetime) -> None:
    if month >= Month.at(now):
        raise ArchiveError(f"{month} has not ended (UTC): archive it from {month.plus(1)}-01 on")
    if drop and now < (ready := first_droppable_day(month, after_months=after_months)):
        raise ArchiveError(
            f"{month} stays in the store until {ready:%Y-%m-%d} (JIXIN_ARCHIVE_AFTER_MONTHS={after_months}: the"
            " E-Commerce Law, Art. 31, wants trade data kept for three years); without --drop it is archived now"
        )


@dataclass(frozen=True, slots=True)
class _Archiving:
    """One month on its way; `key` signs its manifest."""

    engine: Engine
    month: Month
    folder: Path
    key: SigningKey
    after_months: int
    now: Callable[[], datetime]
    begin: Begin
    say: Callable[[str], None]

    def run(self, *, drop: bool) -> None:
        with reading(self.engine) as session:
            known = archived_month_of(session, self.month)
        if known is not None and known.dropped_at is not None:
            self.say(
                f"– {self.month} 已于 {known.dropped_at:%Y-%m-%d} 归档并清除 was archived and dropped then;"
                f" SHA-256 of its manifest.json: {known.manifest_sha256}"
            )
            return
        existed = self.folder.exists()
        if not existed and known is not None and known.closed_at is not None:
            raise ArchiveError(
                f"{self.month} is being dropped: name the folder of its archive (manifest.json with SHA-256"
                f" {known.manifest_sha256})"
            )
        checked = self._check(self.folder) if existed else self._write()
        known = self._keep(checked, known)
        told = "早已归档，核对一致 was archived before and still holds" if existed else "已归档 archived"
        self.say(f"✓ {self.month} {told} · {known.events:,} 条 events · {self.folder}")
        if drop:
            self._drop(checked, known)

    def _write(self) -> CheckedArchive:
        """The archive under its name once it was read back and is what the store has; else nothing."""
        draft = self.folder.with_name(f"{self.folder.name}.partial")
        try:
            draft.mkdir(mode=0o700)
        except FileExistsError:
            raise ArchiveError(
                f"{draft} is there: another run is writing it, or one was cut off; if none runs, remove it"
            ) from None
        try:
            notices = self._notices()
            with reading(self.engine) as session:
                write_archive(
                    session,
                    self.month,
                    draft,
                    revision=head_revision() or "",
                    key=self.key,
                    notices=notices,
                    now=self.now(),
                    progress=self.begin(f"{self.month} 写出 writing"),
                )
            checked = self._check(draft)
            draft.rename(self.folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        sync_file(self.folder.parent)
        return checked

    def _check(self, folder: Path) -> CheckedArchive:
        """Read an archive back as a stranger would, and against the store while nothing of it was dropped."""
        pinned = follow_keys(self._notices(), {self.key.kid: self.key.verifying}, into_past=True)  # it may have changed
        checked = check_archive(folder, pinned, progress=self.begin(f"{self.month} 核验 verifying"))
        manifest = checked.manifest
        if manifest.month != str(self.month):
            raise ArchiveError(f"{folder} holds {manifest.month}")
        with reading(self.engine) as session:
            known = archived_month_of(session, self.month)
            if known is None or known.closed_at is None:
                progress = self.begin(f"{self.month} 比对 comparing")
                compare_with_store(session, folder, manifest, progress=progress)
            elif known.manifest_sha256 != digest_of_manifest(folder):
                raise ArchiveError(f"{folder} is another archive than the one that {self.month} is being dropped for")
        return checked

    def _notices(self) -> list[str]:
        with reading(self.engine) as session:
            return [notice for key in recorded_keys(session) for notice in key.notices]

    def _keep(self, checked: CheckedArchive, known: ArchivedMonth | None) -> ArchivedMonth:
        if known is not None and known.closed_at is not None:
            return known
        archived = ArchivedMonth(
            month=self.month,
            events=checked.manifest.events,
            positions=checked.positions,
            manifest_sha256=digest_of_manifest(self.folder),
            archived_at=checked.manifest.made_at,
        )
        with transaction(self.engine) as session:
            save_archived(session, archived)
        return archived

    def _drop(self, checked: CheckedArchive, archived: ArchivedMonth) -> None:
        if archived.closed_at is None:
            still_young = Month.at(self.now()).plus(-self.after_months)
            with reading(self.engine) as session:
                check_parcels_at_rest(session, self.month, still_young=still_young)
        progress = self.begin(f"{self.month} 清除 dropping")
        drop_month(self.engine, self.folder, checked.manifest, archived, now=self.now(), progress=progress)
        self.say(f"✓ {self.month} 已从库中清除 dropped from the store; keep the archive: nothing else has its events")
