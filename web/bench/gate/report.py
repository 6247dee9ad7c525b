"""The gate's report (闸口报告): what passed, what did not, and how long it took, as Markdown."""

from collections.abc import Sequence

from web.bench.gate.run import Verdicts

MOST_MS = 200.0  # p95, for the clerk and the queue before them


def render_gate(found: Verdicts, *, seed: int) -> str:
    """The counts, the times, and the reasons that the bad ones were told."""
    lines = [
        f"{found.good + found.bad:,} acceptances of invented senders (seed {seed}), {found.bad:,} of them bad in "
        f"{len(found.ways)} ways, at a counter without network: each decided, sealed for the vault and kept in the "
        "outbox on disk (`synchronous=FULL`), or refused and registered. The generator shares no code with the gate.",
        "",
        "| | count | at most |",
        "|---|---:|---:|",
        f"| bad accepted | {len(found.bad_accepted)} | 0 |",
        f"| good refused | {len(found.good_refused)} | 0 |",
        f"| bad refused for another reason | {len(found.other_reason)} | 0 |",
        f"| events in the outbox, beside {found.good:,} good | {found.kept:,} | {found.good:,} |",
        "",
        "| ms | p50 | p95 | longest | p95 at most |",
        "|---|---:|---:|---:|---:|",
        _times("the gate's decision", found.decided),
        _times("the whole acceptance, on disk", found.whole),
        "",
        "| refused because | times |",
        "|---|---:|",
        *(f"| `{reason}` | {times} |" for reason, times in sorted(found.refused.items())),
    ]
    return "\n".join(lines)


def find_failures(found: Verdicts) -> list[str]:
    """What was promised and not kept; nothing where all was."""
    told = (
        (found.bad_accepted, "bad accepted: " + ", ".join(found.bad_accepted[:5])),
        (found.good_refused, "good refused: " + ", ".join(found.good_refused[:5])),
        (found.other_reason, "another reason: " + ", ".join(found.other_reason[:5])),
        (found.kept != found.good, f"{found.kept} events were kept of {found.good} good"),
        (p95(found.decided) >= MOST_MS, f"the decision's p95 is {p95(found.decided):.0f} ms"),
        (p95(found.whole) >= MOST_MS, f"the whole acceptance's p95 is {p95(found.whole):.0f} ms"),
    )
    return [words for failed, words in told if failed]


def p95(seconds: Sequence[float]) -> float:
    """In milliseconds."""
    return sorted(seconds)[len(seconds) * 95 // 100] * 1000


def _times(name: str, seconds: Sequence[float]) -> str:
    p50 = sorted(seconds)[len(seconds) // 2] * 1000
    return f"| {name} | {p50:.2f} | {p95(seconds):.2f} | {max(seconds) * 1000:.1f} | {MOST_MS:.0f} |"
