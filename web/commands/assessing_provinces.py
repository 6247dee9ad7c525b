"""The assess command for every province (分省考核命令): one saved run each, said one a line."""

from datetime import UTC, datetime

from rich.console import Console

from credit_scoring.evidence.window import Window
from credit_scoring.scoring.division_runs import DivisionRun, save_province_runs
from tracker.wire.divisions import division_of
from tracker.working_days import local_day_of
from web.commands.services import open_store
from web.settings import Settings


def run_assess_provinces(settings: Settings, *, from_: str | None, to: str | None, console: Console) -> None:
    """Assess a window in each province from which enough parcels were sent, under the scheme that holds there.

    Each run is kept before the next is begun: broken off, those before stay. Raises WindowInvalid, OSError.
    """
    engine = open_store(settings)
    try:
        now = datetime.now(UTC)
        window = Window.parse(from_, to, today=local_day_of(now))
        saved = 0
        for run in save_province_runs(engine, window, now=now):
            console.print(_line(run), markup=False)
            saved += 1
    finally:
        engine.dispose()
    console.print(f"✓ {window.from_date} – {window.to_date} · 分省考核 runs of provinces: {saved}", markup=False)
    if not saved:
        console.print(
            "没有一个省的件数够一次考核 no province has as many parcels as its scheme asks for; look at another period",
            markup=False,
        )


def _line(run: DivisionRun) -> str:
    assessment = run.assessment
    code = assessment.division or ""
    province = division_of(code)
    parcels = sum(each.parcels for each in assessment.evidence)
    ranked = f"排名 ranked {len(assessment.rows)} · 未排名 unranked {len(assessment.unranked)}"
    return f"✓ {code} {province.name if province else ''} · {parcels:,} 件 parcels · {ranked} · run {run.run_id}"
