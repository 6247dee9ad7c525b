"""The assess command (考核命令): a saved run, and its file."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.window import Window
from credit_scoring.scheme.rules import Scheme
from credit_scoring.scheme.scheme_store import schemes_of
from credit_scoring.scoring.assess import Assessment, CountedIn, assess
from credit_scoring.scoring.parcel_files import asking_files, write_from_archive, write_from_store
from credit_scoring.scoring.ranking import Unranked
from credit_scoring.scoring.score_store import SavedRun, run_of, save_run
from tracker.archive.checking import check_archive
from tracker.archive.log_hash import roll_archive
from tracker.store.database import reading, transaction
from tracker.store.registry import carriers
from tracker.working_days import local_day_of
from web.commands.progress import Advance
from web.commands.running import Misused
from web.commands.services import open_store
from web.commands.verifying import pinned_keys
from web.settings import Settings
from web.views.ranking_view import unranked_reason
from web.words import load_words

Begin = Callable[[str], Advance]


def _unseen(_title: str) -> Advance:
    return lambda _done, _total: None


def run_assess(
    settings: Settings,
    *,
    from_: str | None,
    to: str | None,
    division: str | None,
    scheme: str | None,
    export: Path | None,
    parcels: Path | None = None,
    archive: Path | None = None,
    keys: Path | None = None,
    console: Console,
    begin: Begin = _unseen,
) -> None:
    """Assess a window, save the run, print the ranking, write the files; from the archive's events where one is named.

    Raises Misused, NotVerifiable, ArchiveError, OSError.
    """
    if parcels is not None and parcels.exists():
        raise Misused(f"{parcels} 已存在 is there already: name a new folder for the parcels")
    if export is not None:
        export.open("a").close()  # a run is saved for ever: first see that its file can be written
    engine = open_store(settings)
    try:
        now = datetime.now(UTC)
        window = Window.parse(from_, to, today=local_day_of(now))
        with reading(engine) as session, _counted_in(archive, keys, begin) as counted_in:
            schemes = schemes_of(session)
            rules = schemes.of(scheme) if scheme else schemes.on(window.last_day, division)
            assessment = assess(
                session, scheme=rules, window=window, division=division, as_of=now, counted_in=counted_in
            )
            names = {code: carrier.name_zh or code for code, carrier in carriers(session).items()}
        with transaction(engine) as session:
            run = run_of(session, save_run(session, assessment, created_at=now))
        assert run is not None
        console.print(_table(assessment, names))
        console.print(f"✓ run {run.run_id} · scheme {run.scheme} · position {assessment.position:,}", markup=False)
        if export is not None:
            export.write_text(render_run(run, rules.file), encoding="utf-8")
            console.print(f"✓ {export} · 核验 verify: jixin verify {export}", markup=False)
        if parcels is not None:
            with reading(engine) as session:
                written = write_from_store(
                    session, assessment.scope, parcels, progress=begin("导出明细 writing parcels")
                )
            console.print(f"✓ {parcels} · {written:,} 件 parcels", markup=False)
    finally:
        engine.dispose()


@contextmanager
def _counted_in(archive: Path | None, keys: Path | None, begin: Begin) -> Iterator[CountedIn | None]:
    """The archive's months as where parcels are counted: checked first, folded into files that are gone afterwards."""
    if archive is None:
        yield None
        return
    months = sorted(folder for folder in archive.iterdir() if (folder / "manifest.json").is_file())
    if not months:
        raise Misused(f"{archive} 没有归档月份 holds no archived month: name the folder given to `jixin archive --out`")
    pinned = pinned_keys(keys, "an archive")
    manifests = [check_archive(each, pinned, progress=begin(f"{each.name} 核验 verifying")).manifest for each in months]
    with TemporaryDirectory(prefix="jixin-parcels-") as folder:
        parcels = Path(folder) / "parcels"
        write_from_archive(months, parcels, progress=begin("重建邮件 folding parcels"))
        with asking_files(parcels) as ask:
            rolling = roll_archive(months, Path(folder))
            last = max(manifest.last_position for manifest in manifests)
            yield CountedIn(ask, LogPoint(last, rolling.hex() if rolling is not None else None))


def render_run(run: SavedRun, scheme: bytes) -> str:
    """A run as one JSON object: `evidence` (base64) is the sealed input, `scheme_file` the rules as they were written,
    `result` what follows from both.
    """
    return json.dumps(
        {
            "kind": "run",
            "run_id": str(run.run_id),
            "scheme": run.scheme,
            "scheme_file": scheme.decode(),
            "created_at": run.created_at.isoformat(),
            "evidence": base64.b64encode(run.evidence).decode(),
            "evidence_sha256": run.evidence_sha256,
            "result": json.loads(run.result),
        },
        ensure_ascii=False,
        indent=1,
    )


def _table(assessment: Assessment, names: dict[str, str]) -> Table:
    window = assessment.window
    table = Table(title=f"{window.from_date} – {window.to_date}", title_justify="left")
    for heading in ("名次", "企业", "等级", "得分", "95% 区间", "件量", "说明"):
        table.add_column(heading, justify="left" if heading in ("企业", "等级", "说明") else "right")
    for row in assessment.rows:
        score = row.score
        interval = f"{score.interval.low:.1f}–{score.interval.high:.1f}" if score.interval else "–"
        table.add_row(
            str(row.rank),
            names.get(score.carrier, score.carrier),
            score.grade or "–",
            str(score.score),
            interval,
            f"{score.parcels:,}",
        )
    why = {left.reason: _why(left, assessment.scheme) for left in assessment.unranked}
    for left in assessment.unranked:
        name = names.get(left.score.carrier, left.score.carrier)
        table.add_row("–", name, "–", "–", "–", f"{left.score.parcels:,}", why[left.reason])
    return table


def _why(left: Unranked, scheme: Scheme) -> str:
    """Why a company has no place, in the pages' words, Chinese first."""
    return "\n".join(unranked_reason(words, left, scheme) for words in load_words().values())
