"""The reports on growth and load: what is dearer, what is lost, what a million parcels take."""

from web.bench.backlog import Backlog
from web.bench.growth import Mark
from web.bench.report_growth import render_crowds, render_growth
from web.bench.stations import Crowd

SMALL = Mark(events=1_000_000, new_us=100.0, known_us=100.0, trace_us=1_000.0, known_pages=9.0, bytes_per_event=800.0)
LARGE = Mark(events=20_000_000, new_us=130.0, known_us=131.0, trace_us=900.0, known_pages=11.5, bytes_per_event=900.0)


def crowd(**told: float) -> Crowd:
    values = {"published": 100, "receipted": 100, "recorded": 100} | told
    return Crowd(
        store="sqlite", stations=9, rate=320.0, seconds=10.0, p50_ms=1.0, p99_ms=2.0, most_ms=3.0,
        tracker_mb=99.0, broker_mb=50.0, **values,
    )  # fmt: skip


def test_thirty_percent_dearer_is_the_most() -> None:
    text = render_growth([SMALL, LARGE], [Backlog(500_000, 40.0, 123.4)])
    assert "| new parcel | 1.30 | ✓ |" in text
    assert "| known parcel | 1.31 | ✗ |" in text
    assert "| trace | 0.90 | ✓ |" in text
    assert "| 131 | 11.5 | 900 |" in text
    assert "about 5.4 GB" in text
    assert "| 500,000 | 40 | 123 |" in text


def test_what_has_no_receipt_or_no_record_is_lost() -> None:
    assert crowd().lost == 0
    assert crowd(receipted=99).lost == 1
    assert crowd(recorded=97).lost == 3
    assert "| 3 |" in render_crowds([crowd(recorded=97)])
