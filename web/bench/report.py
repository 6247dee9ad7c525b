"""The report (测速报告): rows, ratios, targets, and all of it as Markdown and JSON."""

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.bench.cases import NO_STORE, Case

# How a ceiling stands to the raw broker where both were first measured: far below it, the ceiling itself is broken.
# `bulk_insert` was measured without parcels' rows, and is compared so.
EXPECTED = {
    ("paho_consumer", NO_STORE): {1: 0.95, 20: 0.93, 100: 0.93},
    ("bulk_insert", "sqlite"): {1: 2.4, 20: 0.19, 100: 0.19},
    ("bulk_insert", "postgresql"): {1: 1.0, 20: 0.08, 100: 0.08},
}
TOLERATED = 0.7


@dataclass(frozen=True, slots=True)
class Row:
    """One case's rounds, in events a second."""

    case: Case
    rates: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rates)


@dataclass(frozen=True, slots=True)
class Target:
    """What we promise ourselves, what was measured, and whether that is enough."""

    name: str
    wanted: str
    measured: float
    met: bool


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds from publish to receipt at a steady rate."""

    case: Case
    rate: float
    p50: float
    p99: float

    @staticmethod
    def of(case: Case, rate: float, delays: Sequence[float]) -> "Delays":
        ordered = sorted(delays)
        return Delays(case, rate, ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)])


Medians = Mapping[tuple[str, str, int], float]


def medians_of(rows: Sequence[Row]) -> Medians:
    """(case, store, events a message) → events a second."""
    return {(row.case.name, row.case.store, row.case.events_per_message): row.median for row in rows}


def ratios_of(rows: Sequence[Row]) -> dict[str, float]:
    """What counts: our rate over each ceiling's and each peer's of the same run, store and size.

    `slowest_ceiling` is the lowest of the ceilings; `commit_per_message_…_1` sets our batches of 20 against the usual
    one scan a message and one commit a message.
    """
    medians = medians_of(rows)
    ratios: dict[str, float] = {}
    for (name, store, size), ours in medians.items():
        if name != "jixin":
            continue
        ceilings = {
            other: rate for other in ("raw_consumer", "paho_consumer") if (rate := medians.get((other, NO_STORE, size)))
        }
        ceilings |= {"bulk_insert": rate} if (rate := medians.get(("bulk_insert", store, size))) else {}
        peers = {
            other: rate for other in ("commit_per_message", "mqttjs") if (rate := medians.get((other, store, size)))
        }
        for other, rate in (ceilings | peers).items():
            ratios[f"jixin_{store}_{size}/{other}_{size}"] = ours / rate
        if ceilings:
            ratios[f"jixin_{store}_{size}/slowest_ceiling_{size}"] = ours / min(ceilings.values())
        if size == 20 and (rate := medians.get(("commit_per_message", store, 1))):
            ratios[f"jixin_{store}_20/commit_per_message_1"] = ours / rate
    return {name: round(value, 3) for name, value in ratios.items()}


def targets_of(rows: Sequence[Row], delays: Sequence[Delays]) -> list[Target]:
    """The targets that this run can judge."""
    ratios, medians = ratios_of(rows), medians_of(rows)
    found = []
    for store in sorted({store for name, store, _ in medians if name == "jixin"}):
        for name, least in (
            (f"jixin_{store}_20/slowest_ceiling_20", 0.6),
            (f"jixin_{store}_20/commit_per_message_1", 40.0),
            (f"jixin_{store}_1/mqttjs_1", 1.0),
            (f"jixin_{store}_20/mqttjs_20", 1.0),
        ):
            if name in ratios:
                found.append(Target(name, f"≥ {least:g}", ratios[name], ratios[name] >= least))
        if (alone := medians.get(("jixin", store, 1))) is not None:
            found.append(Target(f"jixin_{store}_1 events/s", "≥ 5,000", round(alone), alone >= 5_000))
    for each in delays:
        name = f"publish → receipt p99 ms, {each.case.store}, {each.rate:,.0f} events/s"
        found.append(Target(name, "< 50", each.p99, each.p99 < 50))
    return found


def broken_ceilings(rows: Sequence[Row], events_only: Mapping[Case, float]) -> list[str]:
    """Ceilings below 0.7 of what they should be beside the raw broker: nothing measured against them counts.

    `events_only` has the events a second of each `bulk_insert` without parcels' rows.
    """
    medians = dict(medians_of(rows))
    medians |= {(case.name, case.store, case.events_per_message): rate for case, rate in events_only.items()}
    broken = []
    for (name, store), by_size in EXPECTED.items():
        for size, expected in by_size.items():
            raw, rate = medians.get(("raw_consumer", NO_STORE, size)), medians.get((name, store, size))
            if raw and rate and rate / raw < TOLERATED * expected:
                broken.append(f"{name} {store} × {size}: {rate / raw:.2f} of the raw broker, expected {expected:g}")
    return broken


def machine() -> dict[str, Any]:
    """What it ran on; figures of different machines do not compare, ratios do."""
    return {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}


def render_json(rows: Sequence[Row], delays: Sequence[Delays] = ()) -> dict[str, Any]:
    """{"machine", "rows", "ratios", "delays"}."""
    return {
        "machine": machine(),
        "rows": [
            {
                "case": row.case.name,
                "store": row.case.store,
                "events_per_message": row.case.events_per_message,
                "role": row.case.role,
                "events_per_second": {
                    "min": round(min(row.rates), 1),
                    "median": round(row.median, 1),
                    "max": round(max(row.rates), 1),
                },
            }
            for row in rows
        ],
        "ratios": ratios_of(rows),
        "delays": [
            {
                "store": each.case.store,
                "events_per_message": each.case.events_per_message,
                "events_per_second": round(each.rate, 1),
                "p50_ms": each.p50,
                "p99_ms": each.p99,
            }
            for each in delays
        ],
    }


def render_markdown(rows: Sequence[Row], delays: Sequence[Delays] = ()) -> str:
    """The same for people."""
    lines = [
        "| case | role | store | events a message | events/s, median | min – max |",
        "|---|---|---|---:|---:|---:|",
    ]
    for row in rows:
        case = row.case
        spread = f"{min(row.rates):,.0f} – {max(row.rates):,.0f}"
        lines.append(
            f"| {case.name} | {case.role} | {case.store} | {case.events_per_message} | {row.median:,.0f} | {spread} |"
        )
    lines += ["", "| ratio | value |", "|---|---:|"]
    lines += [f"| {name} | {value:.2f} |" for name, value in ratios_of(rows).items()]
    if delays:
        lines += ["", "| publish → receipt | events/s | p50 ms | p99 ms |", "|---|---:|---:|---:|"]
        lines += [f"| {each.case.store} | {each.rate:,.0f} | {each.p50:.1f} | {each.p99:.1f} |" for each in delays]
    if targets := targets_of(rows, delays):
        lines += ["", "| target | wanted | measured | |", "|---|---:|---:|---|"]
        lines += [
            f"| {each.name} | {each.wanted} | {each.measured:,.2f} | {'✓' if each.met else '✗'} |" for each in targets
        ]
    return "\n".join(lines)
