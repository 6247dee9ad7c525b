"""The simulation: repeatable to the byte, plausible to the chain, honest about quality."""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from scanners.simulator.fleet import DEVICE
from scanners.simulator.numbering import DAYS, World
from scanners.simulator.scanning import SimScan
from scanners.simulator.simulate import journeys, simulate
from tests.scanners.simulator.conftest import NOW, PARCELS, SEED
from tracker.chain.findings import Finding
from tracker.chain.parcel import Parcel
from tracker.chain.scan import Scan
from tracker.chain.state import State
from tracker.chain.trace import build_trace
from tracker.wire.details import AcceptedDetails, StoredDetails, parse_promise
from tracker.wire.event import decode_event, encode_event
from tracker.wire.event_ids import milliseconds_of, time_of
from tracker.wire.sealing import commitment_of
from tracker.wire.steps import Step

FEW = 200  # parcels, where a month is simulated again and again
_PROGRAM = """
import hashlib
from datetime import datetime, UTC
from scanners.simulator.fleet import build_fleet
from scanners.simulator.simulate import simulate
from tracker.wire.event import encode_event
digest = hashlib.sha256()
for upload in simulate(build_fleet(5), seed=5, parcels=60, now=datetime(2026, 11, 22, tzinfo=UTC)):
    digest.update(f"{upload.post.username} {upload.upload_time.isoformat()}".encode() + encode_event(upload.scan))
print(digest.hexdigest())
"""


def _as_bytes(uploads: list[SimScan]) -> list[tuple[str, datetime, bytes]]:
    return [(upload.post.username, upload.upload_time, encode_event(upload.scan)) for upload in uploads]


def _scan(upload: SimScan) -> Scan:
    read = decode_event(encode_event(upload.scan))
    return Scan(
        event_id=read.scan.event_id,
        waybill_no=read.scan.waybill_no or "",
        step=read.scan.step,
        event_time=read.scan.event_time,
        record_time=upload.upload_time,
        carrier=upload.post.carrier,
        station=upload.post.station,
        device=upload.post.device,
        seq=0,
        details=read.details,
        operator=read.scan.operator,
        corrects=read.scan.corrects,
    )


@pytest.fixture(scope="session")
def folded(by_waybill) -> dict[str, Parcel]:
    traces = {waybill_no: build_trace(map(_scan, uploads)) for waybill_no, uploads in by_waybill.items()}
    return {waybill_no: trace.parcel for waybill_no, trace in traces.items() if trace is not None}


def _share(folded: dict[str, Parcel], carrier: str, counts) -> float:
    """The share of a carrier's accepted parcels of which `counts` is true."""
    own = [parcel for parcel in folded.values() if parcel.carrier == carrier and parcel.accepted_at is not None]
    return sum(bool(counts(parcel)) for parcel in own) / len(own)


# --- repeatable -----------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes(fleet):
    first, second = (_as_bytes(list(simulate(fleet, seed=SEED, parcels=FEW, now=NOW))) for _ in range(2))
    assert len(first) > FEW
    assert first == second


def test_the_bytes_do_not_depend_on_the_process():
    digests = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(digests) == 1


def test_another_seed_and_another_size_give_other_parcels(fleet):
    worlds = [(SEED, FEW), (SEED + 1, FEW), (SEED, FEW + 1)]
    waybills = [
        {upload.scan.waybill_no for upload in simulate(fleet, seed=seed, parcels=parcels, now=NOW)}
        for seed, parcels in worlds
    ]
    assert len(set.union(*waybills)) == sum(map(len, waybills))


def test_a_later_now_goes_on_where_the_earlier_one_ended(fleet):
    later = NOW + timedelta(hours=5)
    before = _as_bytes(list(simulate(fleet, seed=SEED, parcels=FEW, now=NOW)))
    more = _as_bytes(list(simulate(fleet, seed=SEED, parcels=FEW, now=later)))
    assert more[: len(before)] == before
    assert len(more) > len(before)
    assert _as_bytes(list(simulate(fleet, seed=SEED, parcels=FEW, now=later, since=NOW))) == more[len(before) :]


def test_the_next_day_repeats_what_was_sent_except_of_parcels_that_grew_too_old(fleet):
    before = set(_as_bytes(list(simulate(fleet, seed=SEED, parcels=FEW, now=NOW))))
    after = set(_as_bytes(list(simulate(fleet, seed=SEED, parcels=FEW, now=NOW + timedelta(days=1)))))
    assert len(before & after) > 0.95 * len(before)


# --- times ----------------------------------------------------------------------------------------------------------


def test_uploads_come_in_order_and_none_after_now(uploads):
    times = [upload.upload_time for upload in uploads]
    assert times == sorted(times)
    assert times[-1] <= NOW


def test_event_times_lie_in_the_30_days_before_now_except_on_clocks_that_run_ahead(uploads):
    for upload in uploads:
        assert NOW - timedelta(days=DAYS) <= upload.scan.event_time <= NOW + timedelta(minutes=41)
        assert upload.scan.event_time - upload.upload_time < timedelta(minutes=41)


def test_event_times_are_spread_over_the_whole_month(uploads):
    days = Counter(upload.scan.event_time.date() for upload in uploads)
    assert len(days) >= DAYS
    assert max(days.values()) < 3 * len(uploads) / DAYS


def test_an_event_id_is_a_uuid_v7_of_the_event_time(uploads):
    for upload in uploads:
        assert upload.scan.event_id.version == 7
        assert milliseconds_of(time_of(upload.scan.event_id)) == milliseconds_of(upload.scan.event_time)


def test_stations_without_network_upload_late(uploads):
    late = [upload for upload in uploads if upload.upload_time - upload.scan.event_time > timedelta(minutes=30)]
    assert 0.002 < len(late) / len(uploads) < 0.1


def test_some_clocks_run_ahead_by_minutes(uploads):
    ahead = [upload for upload in uploads if upload.scan.event_time > upload.upload_time]
    assert 0.005 < len(ahead) / len(uploads) < 0.1


def test_true_happenings_come_in_order(fleet):
    for journey in journeys(fleet, seed=SEED, parcels=600, now=NOW):
        moments = [happening.time for happening in journey.happenings]
        assert moments == sorted(moments), journey


# --- parcels --------------------------------------------------------------------------------------------------------


def test_every_event_is_one_that_the_wire_reads(uploads):
    for upload in uploads:
        assert decode_event(encode_event(upload.scan)).scan == upload.scan
        assert upload.scan.seq == 0
        assert upload.post.device == DEVICE


def test_parcels_are_about_as_many_as_asked_for(fleet, by_waybill):
    assert 0.95 * PARCELS < len(by_waybill) <= PARCELS
    assert list(simulate(fleet, seed=SEED, parcels=0, now=NOW)) == []
    few = {upload.scan.waybill_no for upload in simulate(fleet, seed=SEED, parcels=1, now=NOW)}
    assert len(few) <= 1


def test_waybills_have_the_invented_prefix_of_their_carrier_and_12_digits(fleet, uploads):
    prefixes = {carrier.code: carrier.prefix for carrier in fleet.carriers}
    assert set(prefixes.values()) == {"BB", "PR", "EW", "FR", "FG", "ST"}
    for upload in uploads:
        assert re.fullmatch(rf"{prefixes[upload.post.carrier]}\d{{12}}", upload.scan.waybill_no or "")


def test_no_two_parcels_share_a_waybill(fleet):
    waybills = [journey.parcel.waybill_no for journey in journeys(fleet, seed=SEED, parcels=PARCELS, now=NOW)]
    assert len(set(waybills)) == len(waybills)


@pytest.mark.parametrize("parcels", [100, 3000, 100_000])
def test_the_small_carrier_has_too_few_parcels_for_a_rank(fleet, parcels):
    world = World(fleet, SEED, parcels)
    numbers = range(NOW.toordinal() * parcels // DAYS, NOW.toordinal() * parcels // DAYS + parcels)
    spaced = [number for number in numbers if number % max(50, parcels // 20) == 0]
    assert 0 < len(spaced) < 30
    assert all(world.carrier_of(number).code == "SMALLTOWN" for number in spaced)
    assert all(world.carrier_of(number + 1).code != "SMALLTOWN" for number in spaced)


def test_an_accepted_parcel_says_what_the_law_and_the_register_ask_for(uploads):
    accepted = [
        details
        for upload in uploads
        if isinstance(details := decode_event(encode_event(upload.scan)).details, AcceptedDetails)
    ]
    assert all(details.origin and details.destination and details.weight_g for details in accepted)
    identified = [details.identity for details in accepted if details.identity is not None]
    assert all(mark.checked is True or mark.exemption == "AGREEMENT_CUSTOMER" for mark in identified)
    assert 0.9 < len(identified) / len(accepted) < 1
    assert 0.1 < sum(details.goods is not None for details in accepted) / len(accepted) < 0.3
    assert {details.promised_at is None for details in accepted} == {True, False}


def test_every_check_that_is_claimed_has_a_document_to_seal_and_no_other_scan_has(uploads):
    claimed = 0
    for upload in uploads:
        details = decode_event(encode_event(upload.scan)).details
        identity = details.identity if isinstance(details, AcceptedDetails) else None
        commitment = identity.commitment if identity is not None else None
        assert commitment == (None if upload.shown is None else commitment_of(upload.shown))
        claimed += commitment is not None
    assert claimed > 100


def test_a_promise_of_delivery_is_72_hours_or_that_day_or_nothing(folded):
    for parcel in folded.values():
        if parcel.accepted_at is not None and parcel.due_at is not None:
            assert timedelta(hours=71) <= parcel.due_at - parcel.accepted_at <= timedelta(hours=97)


def test_an_announced_parcel_has_a_window_to_be_picked_up_in(uploads):
    announced = [upload.scan for upload in uploads if upload.scan.step is Step.ANNOUNCED]
    assert announced
    for scan in announced:
        promise = decode_event(encode_event(scan)).details.promised_at
        assert promise is not None
        assert timedelta() < parse_promise(promise) - scan.event_time < timedelta(hours=18)


def test_every_step_of_the_trade_happens_to_somebody(fleet):
    rough = replace(
        fleet,
        carriers=tuple(
            replace(carrier, quality=replace(carrier.quality, damaged=0.3, lost=0.2)) for carrier in fleet.carriers
        ),
    )
    seen = {
        happening.step
        for journey in journeys(rough, seed=SEED, parcels=600, now=NOW)
        for happening in journey.happenings
    }
    assert set(Step) - seen == {Step.HANDED_OVER}


def test_most_parcels_are_delivered_and_some_are_still_on_the_way(folded):
    states = Counter(parcel.state for parcel in folded.values())
    assert states[State.DELIVERED] > 0.85 * len(folded)
    assert states[State.IN_TRANSIT] > 10
    assert states[State.RETURNED] > 0


def test_delivery_hours_of_the_whole_trade_are_near_the_national_ones(folded):
    hours = [
        (parcel.delivered_at - parcel.accepted_at) / timedelta(hours=1)
        for parcel in folded.values()
        if parcel.delivered_at is not None and parcel.accepted_at is not None
    ]
    assert 45 < sum(hours) / len(hours) < 62
    assert 0.78 < sum(hour <= 72 for hour in hours) / len(hours) < 0.9


# --- faults ---------------------------------------------------------------------------------------------------------


def test_some_uploads_are_repeated_byte_for_byte(uploads):
    copies = Counter(encode_event(upload.scan) for upload in uploads)
    repeated = [body for body, times in copies.items() if times > 1]
    assert 0.001 < len(repeated) / len(copies) < 0.01
    assert len({upload.scan.event_id for upload in uploads}) == len(copies)


def test_some_scans_are_read_twice_seconds_apart(by_waybill):
    twice = 0
    for own in by_waybill.values():
        scans = sorted({upload.scan.event_id: upload.scan for upload in own}.values(), key=lambda scan: scan.event_time)
        for scan, following in pairwise(scans):
            close = following.event_time - scan.event_time < timedelta(seconds=9)
            twice += close and following.step is scan.step and following.event_id != scan.event_id
    assert twice > 20


def test_a_correction_is_one_that_the_chain_allows(folded, uploads):
    corrections = [upload.scan for upload in uploads if upload.scan.corrects is not None]
    assert {scan.corrects.reason for scan in corrections if scan.corrects} == {"did_not_occur", "incorrect_data"}
    found: Counter[Finding] = Counter()
    for parcel in folded.values():
        found.update(parcel.findings)
    assert found[Finding.CORRECTION_NOT_ALLOWED] == 0
    assert found[Finding.CORRECTION_WITHOUT_TARGET] == 0


def test_a_wrong_sign_off_that_was_corrected_delivers_nothing(by_waybill):
    slips = 0
    for own in by_waybill.values():
        wrong = {u.scan.corrects.event_id for u in own if u.scan.corrects and u.scan.corrects.reason == "did_not_occur"}
        if wrong:
            trace = build_trace(map(_scan, own))
            assert trace is not None
            assert wrong <= {scan.event_id for scan in trace.corrected}
            slips += 1
    assert slips > 0


# --- quality --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param(lambda parcel: parcel.gaps > 0, id="gaps"),
        pytest.param(lambda parcel: not parcel.identity_checked, id="identity"),
        pytest.param(lambda parcel: not parcel.inspected, id="inspection"),
        pytest.param(lambda parcel: parcel.delivered_at is None or parcel.delivered_at > parcel.due_at, id="late"),
        pytest.param(lambda parcel: parcel.stored_without_consent, id="consent"),
    ],
)
def test_a_worse_carrier_does_worse(folded, counts):
    assert _share(folded, "BLUEBIRD", counts) < _share(folded, "FLYGRAIN", counts)


def test_a_stored_parcel_shows_consent_unless_nobody_asked(uploads):
    stored = [
        details
        for upload in uploads
        if isinstance(details := decode_event(encode_event(upload.scan)).details, StoredDetails)
    ]
    assert {details.place_kind for details in stored} == {"locker", "pickup_station"}
    assert 0.8 < sum(details.consent is not None for details in stored) / len(stored) < 1


def test_no_event_names_the_quality_of_its_carrier(uploads):
    assert not any(b"quality" in encode_event(upload.scan) for upload in uploads)


# --- speed ----------------------------------------------------------------------------------------------------------


def test_a_month_of_3000_parcels_takes_seconds(fleet):
    start = time.perf_counter()
    scans = sum(1 for _ in simulate(fleet, seed=SEED, parcels=3000, now=NOW))
    assert scans > 27_000
    assert time.perf_counter() - start < 20  # 2 s on an idle machine
