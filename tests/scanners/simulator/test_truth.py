"""The truth: what physically happened, kept where nobody who scores can read it."""

import json
from datetime import datetime

import pytest

from scanners.simulator.truth import ParcelTruth, TruthInsideDataDir, truth, write_truth
from tests.scanners.simulator.conftest import NOW, PARCELS, SEED
from tracker.wire.steps import Step


@pytest.fixture(scope="module")
def truths(fleet) -> list[ParcelTruth]:
    return list(truth(fleet, seed=SEED, parcels=PARCELS, now=NOW))


def test_every_parcel_that_was_scanned_has_its_truth(truths, by_waybill):
    assert by_waybill.keys() <= {one.waybill_no for one in truths}
    assert len({one.waybill_no for one in truths}) == len(truths)


def test_a_delivery_that_was_scanned_truly_happened(truths, by_waybill):
    delivered = {one.waybill_no for one in truths if one.delivered_at is not None}
    corrected = {u.scan.corrects.event_id for own in by_waybill.values() for u in own if u.scan.corrects}
    for waybill_no, own in by_waybill.items():
        scans = [upload.scan for upload in own if upload.scan.step is Step.DELIVERED]
        if any(scan.event_id not in corrected and scan.corrects is None for scan in scans):
            assert waybill_no in delivered


def test_a_lost_parcel_is_never_scanned_again_but_as_lost(truths, by_waybill):
    lost = [one for one in truths if one.lost_at is not None]
    assert lost
    for one in lost:
        assert (one.delivered_at, one.returned_at) == (None, None)
        for upload in by_waybill[one.waybill_no]:
            runs_ahead = upload.scan.event_time > upload.upload_time
            assert upload.scan.step is Step.LOST or runs_ahead or upload.scan.event_time < one.lost_at


def test_nothing_in_the_truth_lies_after_now(truths):
    for one in truths:
        times = [getattr(one, name) for name in one.__dataclass_fields__ if name.endswith("_at")]
        assert all(moment is None or moment <= NOW for moment in times)


def test_the_truth_knows_losses_that_no_carrier_admits(truths, by_waybill):
    lost = {one.waybill_no for one in truths if one.lost_at is not None}
    admitted = {waybill for waybill, own in by_waybill.items() if any(u.scan.step is Step.LOST for u in own)}
    assert lost - admitted


def test_the_truth_is_written_as_json_lines_with_the_quality(fleet, tmp_path):
    path = tmp_path / "truth.jsonl"
    data_dir = tmp_path / "var"
    rows = truth(fleet, seed=SEED, parcels=60, now=NOW)
    written = write_truth(path, rows, data_dir=data_dir)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == written > 40
    assert all(line["quality"]["pace"] > 0 for line in lines)
    assert all(datetime.fromisoformat(line["ordered_at"]).tzinfo is not None for line in lines)


@pytest.mark.parametrize("place", ["var/truth.jsonl", "var/deep/../truth.jsonl", "elsewhere/../var/t", "link/truth"])
def test_the_truth_is_refused_inside_the_data_dir(fleet, tmp_path, place):
    data_dir = tmp_path / "var"
    for folder in ("var/deep", "elsewhere"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "link").symlink_to(data_dir)
    with pytest.raises(TruthInsideDataDir):
        write_truth(tmp_path / place, truth(fleet, seed=SEED, parcels=5, now=NOW), data_dir=data_dir)
    assert list(data_dir.glob("t*")) == []


def test_the_same_seed_writes_the_same_truth(fleet, tmp_path):
    for name in ("a", "b"):
        rows = truth(fleet, seed=SEED, parcels=60, now=NOW)
        write_truth(tmp_path / name, rows, data_dir=tmp_path / "var")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
