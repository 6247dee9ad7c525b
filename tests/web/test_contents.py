"""What is inside (内件): a finding that tells it is for who has the label, never for a stranger."""

import pytest

from tests.chain.builders import START, scan
from tracker.chain.findings import OF_CONTENTS, Finding
from tracker.chain.trace import Trace, build_trace
from tracker.wire.details import AcceptedDetails, Identity, Inspection, StoredDetails
from web.api.trace_json import build_trace_out, open_trace_out
from web.views.names import Directory
from web.views.timeline import Entry, build_line
from web.words import load_words

PROHIBITED = AcceptedDetails(
    identity=Identity(kind="RESIDENT_ID", checked=True), inspection=Inspection(result="DECLINED", category="FIREARMS")
)


@pytest.fixture
def trace() -> Trace:
    built = build_trace([scan("accepted", details=PROHIBITED)])
    assert built is not None
    return built


def test_the_open_json_tells_the_fault_and_not_the_contents(trace: Trace) -> None:
    assert {Finding.GOODS_PROHIBITED} == OF_CONTENTS < set(trace.parcel.findings)
    out = build_trace_out(trace, Directory({}, {}), as_of=START)
    assert [anomaly.code for anomaly in out.anomalies] == ["inspection_failed"]
    opened = open_trace_out(out, trace, {})
    assert [anomaly.code for anomaly in opened.anomalies] == ["inspection_failed", "goods_prohibited"]


@pytest.mark.parametrize("is_open", [False, True])
def test_the_page_does_the_same(trace: Trace, is_open: bool) -> None:
    for words in load_words().values():
        line = build_line(words, trace, now=START, place=lambda _carrier, _station: (), is_open=is_open)
        [entry] = [each for each in line if isinstance(each, Entry)]
        assert words("finding.inspection_failed") in entry.notes
        assert (words("finding.goods_prohibited") in entry.notes) is is_open


@pytest.mark.parametrize(("kind", "said"), [("locker", "入柜"), ("pickup_station", "入站"), ("porch", "入柜入站")])
def test_where_a_parcel_was_stored_is_said_by_its_kind_to_who_may_know(kind: str, said: str) -> None:
    built = build_trace([scan("stored", details=StoredDetails(place_kind=kind))])
    assert built is not None
    for is_open, title in ((True, said), (False, "入柜入站")):
        words = load_words()["zh-CN"]
        line = build_line(words, built, now=START, place=lambda _carrier, _station: (), is_open=is_open)
        assert [each.step for each in line if isinstance(each, Entry)] == [title]
