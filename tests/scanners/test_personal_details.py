"""Personal numbers in details: what a clerk may type where a code belongs is refused before it is signed."""

import msgspec
import pytest

from scanners.counter.handling import Personal, read_handling
from scanners.personal_numbers import is_mobile_number
from tracker.wire.steps import Step

RESIDENT, MOBILE = "11010519491231002X", "13800138000"


def stored(ref: str) -> bytes:
    return msgspec.json.encode({"place_kind": "locker", "consent": {"kind": "call", "ref": ref}})


@pytest.mark.parametrize("ref", [MOBILE, "86" + MOBILE, "0086" + MOBILE, RESIDENT, RESIDENT.lower()])
def test_a_consent_names_no_telephone_and_no_document(ref: str) -> None:
    with pytest.raises(Personal):
        read_handling(Step.STORED, stored(ref))


@pytest.mark.parametrize("ref", ["C-20261122-17", "1380013800", "12800138000", "138001380001"])
def test_a_consents_own_number_is_taken(ref: str) -> None:
    assert read_handling(Step.STORED, stored(ref)).step is Step.STORED
    assert not is_mobile_number(ref)


@pytest.mark.parametrize(("step", "field"), [(Step.BAGGED, "bag_no"), (Step.DEPARTED, "vehicle")])
def test_no_step_takes_a_resident_number(step: Step, field: str) -> None:
    with pytest.raises(Personal):
        read_handling(step, msgspec.json.encode({field: RESIDENT}))
    assert read_handling(step, msgspec.json.encode({field: MOBILE})), "eleven digits may be a bag's"
