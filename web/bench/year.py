"""A city's year (年度考核规模): what an assessment costs over millions of parcels, beside the bare query it rests on.

PostgreSQL is filled by itself with parcels of twelve invented carriers over the year 2025; each assessment runs in a
process of its own, which tells its time and its memory, after the same aggregate query alone in the same round.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg

from tracker.store.database import build_engine
from tracker.store.migrate import upgrade
from web.bench.postgres import DURABLE, run_postgres

AT_ONCE = 500_000
SETTINGS = {**DURABLE, "shared_buffers": "1GB", "max_parallel_workers_per_gather": "2", "work_mem": "64MB"}
MOST_SECONDS, MOST_MB, MOST_RATIO = 60.0, 500.0, 1.5
CITY = 20_000_000  # parcels a year: the size that MOST_SECONDS is said of
_CHANCE = "(('x' || substr(md5(n::text || '{}'), 1, 7))::bit(28)::int / 268435456.0)"  # 0 to 1, the same each time


def _chance(salt: str) -> str:
    return _CHANCE.format(salt)


FILL = f"""
    INSERT INTO parcel (waybill_no, carrier, state, origin, destination, announced_at, accepted_at, due_at, final_at,
                        identity_checked, inspected, screened, stored_without_consent, damaged, imported, on_the_way,
                        same_city, gaps, scans_late, full_ms, origin_ms, transport_ms, destination_ms, delivery_ms,
                        first_operator, last_operator, last_station, last_position, life)
    SELECT 'YR' || lpad(n::text, 12, '0'), 'C' || lpad((n %% 12)::text, 2, '0'),
           CASE WHEN {_chance("l")} < 0.002 * (1 + n %% 12) THEN 'lost' ELSE 'delivered' END, '330106', '310115',
           at - interval '1 hour', at, at + interval '72 hours', at + hours * interval '1 hour',
           {_chance("i")} > 0.002 * (n %% 12), {_chance("v")} > 0.003, {_chance("s")} > 0.004, {_chance("c")} < 0.05,
           {_chance("d")} < 0.001 * (n %% 12), false, true, n %% 13 = 0, ({_chance("g")} < 0.03)::int, 0,
           (hours * 3600000)::bigint, 28800000, ((hours - 12) * 3600000)::bigint, 7200000, 7200000,
           'c1017', 'c1018', 's12', n, convert_to(repeat('life', 150), 'UTF8')
    FROM (SELECT n, timestamptz '2025-01-01 08:00+08' + n * (interval '364 days' / %(parcels)s) AS at,
                 24 + 70 * {_chance("h")} ^ 3 AS hours
          FROM generate_series(CAST(%(first)s AS bigint), CAST(%(last)s AS bigint)) AS n) AS t
"""


@dataclass(frozen=True, slots=True)
class Year:
    """One round: seconds of the bare query and of the whole assessment, and the most memory the latter took."""

    parcels: int
    bare: float
    whole: float
    mb: float
    carriers: int

    @property
    def ratio(self) -> float:
        return self.whole / self.bare


def run_years(parcels: int, rounds: int, *, say: Callable[[str, int], None]) -> list[Year]:
    """Fill a database and assess it, so many rounds. Raises PostgresMissing, psycopg.Error, CalledProcessError."""
    with run_postgres(SETTINGS) as server:
        url = server.url(server.create_database())
        engine = build_engine(url)
        upgrade(engine)
        engine.dispose()
        _fill(url, parcels, say)
        found = []
        for number in range(rounds):
            say(f"考核 assessing, round {number + 1}", parcels)
            found.append(_round(url, parcels))
        return found


def find_failures(years: Sequence[Year]) -> list[str]:
    """What was asked of a city's year and not kept; a smaller store is held to the ratio and the memory alone."""
    told = []
    for year in years:
        if year.parcels >= CITY and year.whole > MOST_SECONDS:
            told.append(f"{year.whole:.0f} s for {year.parcels:,} parcels, {MOST_SECONDS:.0f} allowed")
        if year.mb > MOST_MB:
            told.append(f"{year.mb:.0f} MB, {MOST_MB:.0f} allowed")
        if year.ratio > MOST_RATIO:
            told.append(f"{year.ratio:.2f} of the bare query, {MOST_RATIO} allowed")
    return told


def render_years(years: Sequence[Year]) -> str:
    """The rounds as Markdown."""
    lines = [
        f"{years[0].parcels:,} parcels of {years[0].carriers} carriers in PostgreSQL, a whole year in one assessment.",
        "",
        "| round | bare query, s | assessment, s | ratio | at most | MB | at most |",
        "|---:|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {number} | {year.bare:.1f} | {year.whole:.1f} | {year.ratio:.2f} | {MOST_RATIO} | {year.mb:.0f} |"
            f" {MOST_MB:.0f} |"
            for number, year in enumerate(years, start=1)
        ),
    ]
    return "\n".join(lines)


def _fill(url: str, parcels: int, say: Callable[[str, int], None]) -> None:
    address = url.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        for first in range(0, parcels, AT_ONCE):
            last = min(first + AT_ONCE, parcels) - 1
            connection.execute(FILL, {"parcels": parcels, "first": first, "last": last})
            say("填充 filling", last + 1)
        connection.execute("VACUUM (ANALYZE) parcel")
        connection.execute("CHECKPOINT")


def _round(url: str, parcels: int) -> Year:
    told = [
        json.loads(
            subprocess.run(
                [sys.executable, "-m", "web.bench.programs.assess_year", what, url],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for what in ("bare", "whole")
    ]
    return Year(parcels, told[0]["seconds"], told[1]["seconds"], told[1]["mb"], told[1]["carriers"])
