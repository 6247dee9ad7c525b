"""The report (测速报告): rows, ratios, and both as Markdown and JSON."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from web.bench.rounds import Case


@dataclass(frozen=True, slots=True)
class Row:
    """One case's rounds, in events a second."""

    case: Case
    rates: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rates)


def ratios_of(rows: Sequence[Row]) -> dict[str, float]:
    """What counts: our rate over the ceiling's and over the peer's, of the same run.

    `jixin_20/commit_per_message_1` sets batches against the usual one scan a message, one commit a message.
    """
    medians = {(row.case.name, row.case.events_per_message): row.median for row in rows}
    ratios = {}
    for size in sorted({row.case.events_per_message for row in rows}):
        for other in ("paho_consumer", "commit_per_message"):
            ratios[f"jixin_{size}/{other}_{size}"] = medians["jixin", size] / medians[other, size]
    if ("commit_per_message", 1) in medians and ("jixin", 20) in medians:
        ratios["jixin_20/commit_per_message_1"] = medians["jixin", 20] / medians["commit_per_message", 1]
    return {name: round(value, 3) for name, value in ratios.items()}


def machine() -> dict[str, Any]:
    """What it ran on; figures of different machines do not compare, ratios do."""
    return {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}


def render_json(rows: Sequence[Row]) -> dict[str, Any]:
    """{"machine", "rows", "ratios"}."""
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
    }


def render_markdown(rows: Sequence[Row]) -> str:
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
    return "\n".join(lines)
