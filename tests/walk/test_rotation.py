"""The rotation drill (轮换演练): the receipt key changes while scans flow; nothing lost, nobody enrolled again."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.walk.handheld import open_jws, thumbprint, unb64
from tests.walk.installation import Installation
from tests.walk.processes import wait_until
from tests.walk.till import Till, open_till
from tests.walk.witness import assert_gapless, rows


def kid_of_receipts(store: Path) -> list[str]:
    """Which keys signed the receipts that the store keeps, in order and once each."""
    found = rows(store, "SELECT jws FROM receipt ORDER BY receipt_no")
    kids = [json.loads(unb64(jws.partition(".")[0]))["kid"] for (jws,) in found]
    return list(dict.fromkeys(kids))


def numbers(prefix: str, first: int, last: int) -> list[str]:
    return [f"{prefix}{number:06}" for number in range(first, last)]


def test_the_receipt_key_changes_while_scans_flow(place: Installation, tmp_path: Path) -> None:
    store = place.data_dir / "jixin.db"
    with place.up(), ExitStack() as tills:
        first, away = place.enrol("EVENWAY", "JL-1"), place.enrol("EVENWAY", "JL-2")
        till = tills.enter_context(open_till(tmp_path / "till", first))
        till.scan(*numbers("A", 0, 50))
        till.wait_for_receipts()
        place.must("rotate-keys")
        till.scan(*numbers("A", 50, 100))
        till.wait_for_receipts()
        assert len(kid_of_receipts(store)) == 1, "announced is not switched"
        refused = place.run("rotate-keys", "--switch")
        assert (refused.returncode, "have until" in refused.stderr) == (1, True)
        till.scan(*numbers("A", 100, 150))  # under way while the key changes
        place.must("rotate-keys", "--switch", "--now")
        till.scan(*numbers("A", 150, 300))
        till.wait_for_receipts()
        wait_until(lambda: more(till) and len(kid_of_receipts(store)) == 2, "receipts are signed by the next key")
        late = tills.enter_context(open_till(tmp_path / "away", away))  # knew the first key only, and saw no change
        late.scan(*numbers("B", 0, 50))
        late.wait_for_receipts()
        assert "待传 0" in till.close()
        assert "待传 0" in late.close()
        again = tills.enter_context(open_till(tmp_path / "till", first))  # a new shift, the same enrolment
        again.scan(*numbers("C", 0, 20))
        again.wait_for_receipts()
        assert "待传 0" in again.close()
        newcomer = place.enrol("EVENWAY", "JL-3")
        proofs = {number: place.get(f"/api/v1/parcels/{number}/proof").json for number in ("A000000", "B000000")}
    listed = sorted([*again.listed, *late.listed])
    assert [number for (number,) in rows(store, "SELECT waybill_no FROM event ORDER BY 1")] == listed
    assert_gapless(store)
    old, new = kid_of_receipts(store)
    assert (tracker_kids(first), tracker_kids(newcomer)) == ([old], [new])
    assert [signer_of(proof) for proof in proofs.values()] == [old, new]
    for number, proof in proofs.items():
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(proof))
        keys = newcomer if signer_of(proof) == old else first
        place.must("verify", str(file), "--keys", str(keys))  # who knows one of the keys believes receipts of the other
    assert open_jws(proofs["A000000"]["batches"][0]["receipt"], read(first)["tracker_keys"], "jixin-receipt+jws")


def more(till: Till) -> bool:
    """One scan more, receipted."""
    till.scan(f"A{len(till.listed):06}")
    till.wait_for_receipts()
    return True


def read(enrolment: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(enrolment.read_bytes())
    return found


def tracker_kids(enrolment: Path) -> list[str]:
    return [thumbprint(jwk["x"]) for jwk in read(enrolment)["tracker_keys"]]


def signer_of(proof: dict[str, Any]) -> str:
    kid: str = json.loads(unb64(proof["batches"][0]["receipt"].partition(".")[0]))["kid"]
    return kid
