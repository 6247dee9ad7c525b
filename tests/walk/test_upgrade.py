"""An upgrade while a station is away (离线升级): what an earlier version signed and left on disk is recorded, once."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from tests.walk.installation import Installation
from tests.walk.witness import assert_gapless, recorded_in, rows
from tests.wire.example import DEVICE_KEY, POST
from tests.wire.test_frozen import V1
from tracker.store.database import build_engine, transaction
from tracker.store.registry import save_device_key
from tracker.wire.signature import digest_of


def test_an_outbox_that_an_earlier_version_left_is_delivered_as_it_was_signed(house: Installation) -> None:
    store = house.data_dir / "jixin.db"
    enrolment = house.enrol(POST.carrier, POST.station, POST.device)
    know_the_key_of_then(store)
    enrolment.write_text(json.dumps(json.loads(enrolment.read_text()) | keys_of_then()))
    outbox = house.data_dir / "outbox" / f"{enrolment.stem}.db"
    outbox.parent.mkdir(exist_ok=True)
    shutil.copy(V1 / "outbox.db", outbox)
    with closing(sqlite3.connect(outbox)) as database:
        signed = [digest_of(row[0]) for row in database.execute("SELECT payload FROM open_batch")]
    assert len(signed) == 2

    said = house.must("station", "--enrolment", str(enrolment))

    assert "入库 recorded 9 · 已有 known 0 · 被拒 refused 0 · 待传 0" in said
    recorded = [each.body["waybill_no"] for each in recorded_in(store, POST.carrier) if each.station == POST.station]
    assert recorded == [f"BB20260701001{number:02}" for number in range(9)]
    assert_gapless(store)
    kept = {row[0] for row in rows(store, "SELECT payload_sha256 FROM batch")}
    assert set(signed) <= kept


def know_the_key_of_then(store: object) -> None:
    """The registry has the key that the device had before the upgrade."""
    engine = build_engine(f"sqlite:///{store}")
    with transaction(engine) as session:
        save_device_key(
            session, carrier=POST.carrier, station=POST.station, device=POST.device, kid=DEVICE_KEY.kid,
            public_key=DEVICE_KEY.verifying.public_bytes, enrolled_at=datetime(2026, 7, 1, tzinfo=UTC),
        )  # fmt: skip
    engine.dispose()


def keys_of_then() -> dict[str, object]:
    """What the device's file said of its key."""
    before = json.loads((V1 / "enrolment.json").read_text())
    return {name: before[name] for name in ("kid", "private_key")}
