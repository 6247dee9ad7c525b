"""The report command (信用报告命令): a carrier's report of one saved run, written to a file."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from credit_scoring.evidence.window import Window
from credit_scoring.scoring.score_store import latest_run, run_of
from tracker.store.database import reading
from tracker.store.registry import carrier_of
from tracker.wire.divisions import division_of
from tracker.working_days import local_day_of
from web.commands.running import InstallationError, Misused
from web.commands.services import open_store
from web.report.facts import Audience, read_facts
from web.report.making import lay_out, make_pdf, sign_facts
from web.settings import Settings
from web.words import load_words

ENDINGS = (".pdf", ".json")


def run_report(
    settings: Settings,
    carrier: str,
    *,
    out: Path,
    run_id: UUID | None,
    from_: str | None,
    to: str | None,
    division: str | None,
    own: bool,
) -> Iterator[str]:
    """Write the report; what to say. Raises Misused, InstallationError, ReportKeysMissing, OSError."""
    if out.suffix.lower() not in ENDINGS:
        raise Misused(f"{out}: 文件名以 .pdf 或 .json 结尾 name a file that ends in .pdf or .json")
    if division is not None and division_of(division) is None:
        raise Misused(f"{division} 不是行政区划代码 is no division code of GB/T 2260")
    now = datetime.now(UTC)
    window = Window.parse(from_, to, today=local_day_of(now))
    engine = open_store(settings)
    try:
        with reading(engine) as session:
            known = carrier_of(session, carrier)
            if known is None:
                raise InstallationError(f"{carrier}: 没有这家企业 no carrier has this code or USCC")
            run = run_of(session, run_id) if run_id else latest_run(session, window, division)
            if run is None:
                asked = f"{run_id or window} {division or ''}"
                raise InstallationError(f"{asked}: 没有存档的考核 no run is saved: `jixin assess` saves one")
            facts = read_facts(session, known, run, Audience.ENTERPRISE if own else Audience.PUBLIC)
    finally:
        engine.dispose()
    made = sign_facts(settings, facts, now=now)
    if out.suffix.lower() == ".json":
        content = made.signed
    else:
        content = make_pdf(made, lay_out(made, load_words(), base=_base(settings)), settings)
    out.write_bytes(content)
    yield f"✓ {out} · {known.name_zh or known.code} · run {run.run_id}"
    yield f"  内容 content sha256 {made.sealing.content}"
    yield f"  核验 verify: jixin keys > keys.json && jixin verify {out} --keys keys.json"


def _base(settings: Settings) -> str | None:
    """Where the report can be looked up: what is set, or this very machine's website."""
    return settings.public_url.rstrip("/") if settings.public_url else f"http://127.0.0.1:{settings.web_port}"
