"""A sign-off by pickup code at intake: what this device could not have made is recorded, and stands with a finding."""

import msgspec
from msgspec.structs import replace

from tests.intake.devices import Device, Intake, gateway
from tracker.chain.findings import Finding
from tracker.wire.details import DeliveredDetails, Proof
from tracker.wire.event import ScanEvent, encode_details
from tracker.wire.label_token import derive_label_key
from tracker.wire.pickup_code import commit_to_pickup_code
from tracker.wire.topics import Post

SECRET = bytes(range(32))
CODE = "pickup_code"


def signed(device: Device, commitment: str | None, *, kind: str = CODE, waybill_no: str = "W1") -> ScanEvent:
    details = DeliveredDetails(signer="self", proof=Proof(kind=kind, commitment=commitment))
    return device.scan(waybill_no, "delivered", details=details)


def proved(device: Device, *, waybill_no: str = "W1", of: str = "W1", post: Post | None = None) -> ScanEvent:
    """A sign-off with the commitment that this post's key makes, for the parcel `of`."""
    stored = device.scan(waybill_no, "stored").event_id
    bare = signed(device, None, waybill_no=waybill_no)
    key = derive_label_key(SECRET, post or device.post)
    commitment = commit_to_pickup_code(key, of, stored=stored, delivered=bare.event_id)
    details = DeliveredDetails(signer="self", proof=Proof(kind=CODE, commitment=commitment))
    return replace(bare, details=encode_details(details))


def commitment_in(event: ScanEvent) -> str | None:
    proof = msgspec.json.decode(bytes(event.details), type=DeliveredDetails).proof
    return proof.commitment if proof else None


def doubted(intake: Intake, waybill_no: str = "W1") -> int:
    return intake.parcel(waybill_no).findings.get(Finding.PICKUP_CODE_UNPROVED, 0)


def test_a_commitment_of_this_device_for_this_event_holds_before_its_storing_is_known(
    intake: Intake, device: Device
) -> None:
    result = intake.record(device.deliver(proved(device)), label_secret=SECRET)
    assert (result.recorded, doubted(intake)) == (1, 0)


def test_a_wrong_commitment_is_recorded_as_evidence_with_a_finding(intake: Intake, device: Device) -> None:
    made_for_another = proved(device, of="W2")
    of_another_device = proved(device, waybill_no="W3", of="W3", post=Post("BLUEBIRD", device.post.station, "GUN-99"))
    replayed = signed(device, commitment_in(proved(device, waybill_no="W4", of="W4")), waybill_no="W4")
    events = [made_for_another, of_another_device, replayed, signed(device, None, waybill_no="W5"),
              signed(device, "A" * 64, waybill_no="W6")]  # fmt: skip
    result = intake.record(device.deliver(*events), label_secret=SECRET)
    assert (result.recorded, result.rejected) == (5, 0)
    assert [doubted(intake, f"W{number}") for number in (1, 3, 4, 5, 6)] == [1] * 5
    assert intake.parcel("W1").state == "delivered"


def test_a_device_elsewhere_and_other_proofs_claim_nothing_of_ours(intake: Intake, device: Device) -> None:
    intake.record(
        device.deliver(signed(device, None, kind="code"), signed(device, "A" * 43, kind="signature", waybill_no="W2")),
        label_secret=SECRET,
    )
    assert (doubted(intake, "W1"), doubted(intake, "W2")) == (0, 0)


def test_without_the_secret_nothing_is_judged(intake: Intake, device: Device) -> None:
    intake.record(device.deliver(signed(device, "A" * 64)))
    assert doubted(intake) == 0


def test_imported_history_is_not_judged(intake: Intake) -> None:
    history = intake.enrol(gateway())
    post = Post("BLUEBIRD", "HZ-12", "replay")
    intake.record(history.deliver(signed(history, "A" * 64), post=post), label_secret=SECRET)
    assert doubted(intake) == 0
