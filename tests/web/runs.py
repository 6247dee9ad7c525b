"""A year of saved runs (测试存档考核): a run a month with one left out, a year's closing run, and runs of provinces.

The carriers keep their quality and fall off by month, so that there is something to see; the scheme of 2025 gives way
to that of 2026 with January. April was never judged.
"""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.engine import Engine

from credit_scoring.evidence.evidence import CarrierEvidence
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window, close_of
from credit_scoring.governance.objections.objection import Point, PointKind
from credit_scoring.governance.objections.objection_store import add_objection
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring.assess import build_assessment
from credit_scoring.scoring.rhythm import past_months, year_of
from credit_scoring.scoring.score_store import save_run
from tests.credit_scoring.counts import evidence
from tests.web.world import NOW
from tracker.store.database import transaction
from tracker.working_days import local_day_of

MONTHS = past_months(local_day_of(NOW), 12)  # October 2025 to September 2026
LEFT_OUT = Window(date(2026, 4, 1), date(2026, 5, 1))
LAST = MONTHS[-1]
PARCELS = {"BLUEBIRD": 6000, "POSTROAD": 4000, "EVENWAY": 3000, "FARREACH": 2000, "FLYGRAIN": 900, "SMALLTOWN": 12}
LATE = {"BLUEBIRD": 4, "POSTROAD": 4, "EVENWAY": 11, "FARREACH": 16, "FLYGRAIN": 30, "SMALLTOWN": 5}  # in a hundred
PROVINCES = {"500000": 1, "330000": 2, "440000": 4, "220000": 60}  # the nation's parcels divided by


def judged(code: str, parcels: int, *, month: int = 0) -> CarrierEvidence:
    """A carrier that is late with so many in a hundred, a little more each month."""
    late = parcels * (LATE[code] + month // 3) // 100
    return evidence(
        code,
        parcels=parcels,
        delivered_in_time=(parcels - late, parcels),
        trace_complete=(parcels - late // 2, parcels),
        loss=(late // 20, parcels),
        damage=(late // 12, parcels),
    )


def save(engine: Engine, window: Window, division: str | None = None, *, month: int = 0, divided: int = 1) -> UUID:
    """A run of a window under the scheme of its time, made the day after it, or after the close of its year."""
    after = close_of(window.from_date.year) if window == year_of(window.from_date.year) else window.end
    drawn = [judged(code, parcels // divided, month=month) for code, parcels in PARCELS.items()]
    if division == "220000":
        drawn = [each for each in drawn if each.carrier != "SMALLTOWN"]
    scope = Scope(window, division, after + timedelta(days=1))
    scheme = shipped_schemes().on(window.last_day)
    with transaction(engine) as session:
        assessment = build_assessment(drawn, scope=scope, log=LogPoint(5, "ab" * 32), scheme=scheme)
        return save_run(session, assessment, created_at=scope.as_of)


def save_year(engine: Engine) -> dict[Window, UUID]:
    """The nationwide runs of the year, by window."""
    runs = {window: save(engine, window, month=number) for number, window in enumerate(MONTHS) if window != LEFT_OUT}
    return runs | {year_of(2025): save(engine, year_of(2025))}


def save_provinces(engine: Engine) -> dict[str, UUID]:
    """The runs of the provinces for the last month; the smallest has parcels enough for nobody but the largest."""
    return {code: save(engine, LAST, code, divided=divided) for code, divided in PROVINCES.items()}


def object_to(engine: Engine, run: UUID | str, indicator: str, *, carrier: str) -> None:
    """An open objection of a carrier to an indicator of a run."""
    with transaction(engine) as session:
        add_objection(
            session,
            carrier=carrier,
            point=Point(PointKind.INDICATOR, f"{run}/{indicator}", 2026, None),
            ground="data_wrong",
            parcels=(),
            evidence_sha256="0" * 64,
            evidence_type="application/pdf",
            by="carrier.example",
            now=NOW,
        )
