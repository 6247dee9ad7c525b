"""The reports on growth and load (增长与负载报告), as Markdown."""

from collections.abc import Sequence

from web.bench.backlog import Backlog
from web.bench.growth import Mark
from web.bench.stations import Crowd

MOST_MB = 300
DEARER = 1.3  # at most, at the largest size beside the smallest
SCANS_PER_PARCEL = 6  # for the forecast: a parcel's scans from order to sign-off


def render_growth(marks: Sequence[Mark], backlogs: Sequence[Backlog]) -> str:
    """The costs at each size, how much dearer the largest is, what a million parcels take on disk, and the tracker's
    memory by backlog."""
    first, last = marks[0], marks[-1]
    lines = [
        "| events in the store | new parcel, µs/event | known parcel, µs/event | pages of 8 KiB asked for | trace, µs "
        "| bytes/event on disk |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for mark in marks:
        recorded = f"{mark.new_us:,.0f} | {mark.known_us:,.0f} | {mark.known_pages:.1f}"
        costs = f"{recorded} | {mark.trace_us:,.0f} | {mark.bytes_per_event:,.0f}"
        lines.append(f"| {mark.events:,} | {costs} |")
    lines += ["", f"| {last.events:,} beside {first.events:,} | times | at most {DEARER} |", "|---|---:|---|"]
    for name, before, after in (
        ("new parcel", first.new_us, last.new_us),
        ("known parcel", first.known_us, last.known_us),
        ("trace", first.trace_us, last.trace_us),
    ):
        lines.append(f"| {name} | {after / before:.2f} | {'✓' if after / before <= DEARER else '✗'} |")
    gigabytes = last.bytes_per_event * SCANS_PER_PARCEL * 1_000_000 / 1e9
    lines += [
        "",
        "Measured with the store's files in the page cache: each page that is not there costs one read of the disk.",
    ]
    lines += ["", f"A million parcels of {SCANS_PER_PARCEL} scans take about {gigabytes:.1f} GB, indexes included."]
    lines += ["", f"| events that waited | recorded in, s | tracker, MB (at most {MOST_MB}) |", "|---:|---:|---:|"]
    lines += [f"| {each.events:,} | {each.seconds:,.0f} | {each.tracker_mb:,.0f} |" for each in backlogs]
    return "\n".join(lines)


def render_crowds(crowds: Sequence[Crowd]) -> str:
    """What each rate gave."""
    lines = [
        "| store | stations | asked, events/s | held, events/s | published | lost | p50 ms | p99 ms | most ms "
        "| tracker, MB | broker, MB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for crowd in crowds:
        asked = f"{crowd.rate:,.0f}" if crowd.rate else "as many as go"
        lines.append(
            f"| {crowd.store} | {crowd.stations:,} | {asked} | {crowd.receipted / crowd.seconds:,.0f} "
            f"| {crowd.published:,} | {crowd.lost} | {crowd.p50_ms:,.0f} | {crowd.p99_ms:,.0f} | {crowd.most_ms:,.0f} "
            f"| {crowd.tracker_mb:,.0f} | {crowd.broker_mb:,.0f} |"
        )
    return "\n".join(lines)
