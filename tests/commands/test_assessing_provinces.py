"""`assess --every-province`: a run of each province with parcels enough, and of no other."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console
from sqlalchemy.engine import Engine
from sqlmodel import select

from credit_scoring.errors import WindowInvalid
from credit_scoring.scoring.score_store import ScoreRunRow
from tests.credit_scoring.rows import many
from tests.credit_scoring.rows import store as fill
from tracker.store.database import reading
from web.commands.assessing_provinces import run_assess_provinces
from web.settings import Settings

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def said(settings: Settings, from_: str | None = None) -> str:
    text = StringIO()
    run_assess_provinces(settings, from_=from_, to=None, console=Console(file=text, width=200))
    return text.getvalue()


def test_every_province_with_parcels_enough_has_a_run_afterwards(settings: Settings, store: Engine) -> None:
    fill(store, many(40, "BLUEBIRD", accepted_at=YESTERDAY, origin="330106"))
    fill(store, many(31, "POSTROAD", accepted_at=YESTERDAY, origin="500112"))
    fill(store, many(29, "EVENWAY", accepted_at=YESTERDAY, origin="440106"))
    told = said(settings)
    assert "330000 浙江省 · 40 件" in told
    assert "分省考核 runs of provinces: 2" in told
    with reading(store) as session:
        runs = session.exec(select(ScoreRunRow)).all()
    assert sorted(run.division or "" for run in runs) == ["330000", "500000"]


def test_where_no_province_has_enough_it_says_so(settings: Settings, store: Engine) -> None:
    assert "没有一个省的件数够一次考核" in said(settings)
    with pytest.raises(WindowInvalid):
        said(settings, from_="2026-13-01")
