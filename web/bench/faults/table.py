"""The reliability table (可靠性表): faults × rounds × events × lost × doubled, from the rounds alone."""

from collections.abc import Mapping, Sequence

from web.bench.faults.fault import BOUNDS, MIB, Fault, Round
from web.bench.report import machine


def render_report(rounds: Sequence[Round], faults: Mapping[str, Fault], *, command: str) -> str:
    """docs/reliability.md, whole."""
    seeds = sorted({each.seed for each in rounds})
    told = machine()
    events, lost, doubled = (sum(getattr(each, name) for each in rounds) for name in ("events", "lost", "doubled"))
    bounds = ", ".join(f"{name} {bound // MIB} MiB" for name, bound in BOUNDS.items())
    failed = [each for each in rounds if each.problem]
    lines = [
        "# Reliability 可靠性",
        "",
        "Written by a run, never by hand:",
        "",
        "```sh",
        command,
        "```",
        "",
        f"{len(rounds)} rounds on {told['cpus']} processors, {told['system']}, Python {told['python']}; seeds"
        f" {seeds[0]} to {seeds[-1]}.",
        f"**{events:,} events, {lost} lost, {doubled} doubled, {len(failed)} rounds failed.**",
        "",
        "Each round runs real processes at load and breaks one thing at a moment left to chance. A station writes each",
        "number down and syncs the list before it scans, and again before it beeps; afterwards every outbox is empty,",
        "and the lists are compared with a plain `SELECT`. Lost: it beeped and is not stored. Doubled: stored more",
        "than once. A round also fails where nothing was in flight when the blow fell, where a recorded event has no",
        "receipt of a pinned key that names its batch, where a service ended that should not, and where one took more",
        f"memory than it may ({bounds}).",
        "",
        "| fault | 故障 | what | rounds | in flight | events | lost | doubled | failed |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, fault in faults.items():
        mine = [each for each in rounds if each.fault == name]
        if mine:
            lines.append(_row(fault, mine))
    peaks = {name: max(each.memory.get(name, 0) for each in rounds) for name in ("tracker", "broker", "station")}
    taken = ", ".join(f"{name} {peak // MIB} MiB" for name, peak in peaks.items())
    lines += ["", f"Most memory resident at any time: {taken}.", ""]
    return "\n".join(lines)


def _row(fault: Fault, rounds: Sequence[Round]) -> str:
    flying = [each.in_flight for each in rounds]
    cells = [
        f"`{fault.name}`",
        fault.title_zh,
        fault.title_en,
        str(len(rounds)),
        f"{min(flying):,} – {max(flying):,}",
        f"{sum(each.events for each in rounds):,}",
        str(sum(each.lost for each in rounds)),
        str(sum(each.doubled for each in rounds)),
        str(sum(1 for each in rounds if each.problem)),
    ]
    return f"| {' | '.join(cells)} |"


def tell(each: Round) -> str:
    """One line about one round, as it ends."""
    fate = f"✗ {each.problem}" if each.problem else f"✓ {each.lost} lost, {each.doubled} doubled"
    return (
        f"{each.fault} (seed {each.seed}): {each.struck or 'nothing'} struck with {each.in_flight} in flight,"
        f" {each.events} events, {each.seconds:.0f} s · {fate}"
    )
