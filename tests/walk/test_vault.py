"""A sealed identity's whole way: outbox, broker, store, the vault's look, and an officer's opening on record."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from scanners.outbox import Outbox
from scanners.publisher import Publisher
from tests.access.world import make_account
from tests.walk.installation import Installation
from tests.walk.processes import wait_until
from tracker.access.accounts import save_totp
from tracker.access.roles import EVERYTHING, Role
from tracker.access.sessions import open_session
from tracker.access.tokens import hash_token
from tracker.realname.access_ledger import LEDGER
from tracker.realname.key_folder import KeyFolder
from tracker.store.box_counts import count_boxes
from tracker.store.database import build_engine, reading, transaction
from tracker.store.identity_store import BoxState
from tracker.wire.details import AcceptedDetails, Identity
from tracker.wire.enrolment import Enrolment, read_enrolment
from tracker.wire.event import ScanEvent, encode_details
from tracker.wire.event_ids import build_event_id
from tracker.wire.identity_record import IdentityRecord, Masked, Subject
from tracker.wire.sealing import PersonalContent, seal
from tracker.wire.steps import Step
from tracker.wire.vault_keys import Purpose, find_sealing_key, read_vault_word
from web.doors.vault_door import Opening, VaultShut, ask_vault

NUMBER, NAME, COOKIE = "11010519491231002X", "欧阳锦绣", "an-officers-token"


def accept(outbox: Outbox, enrolment: Enrolment) -> UUID:
    """An acceptance as a counter makes it; its record's id."""
    now = datetime.now(UTC)
    event_id, record_id = build_event_id(now, os.urandom(10)), build_event_id(now, os.urandom(10))
    assert enrolment.vault is not None
    key = find_sealing_key(read_vault_word(enrolment.vault), moment=now, purpose=Purpose.REGISTER)
    content = PersonalContent(salt=os.urandom(32), document_kind="RESIDENT_ID", document_number=NUMBER, name=NAME)
    box = seal(content, key=key, record_id=record_id, event_id=event_id)
    identity = Identity(kind="RESIDENT_ID", checked=True, commitment=box.commitment)
    scan = ScanEvent(
        event_id=event_id, seq=0, step=Step.ACCEPTED, event_time=now, waybill_no="QN1408223190755",
        details=encode_details(AcceptedDetails(identity=identity)),
    )  # fmt: skip
    record = IdentityRecord(
        record_id=record_id, seq=0, event_id=event_id, waybill_no="QN1408223190755", subject=Subject.REGISTER,
        kid=key.kid, commitment=box.commitment, sealed=box.sealed,
        masked=Masked(name="欧阳**", document_number="**************002X"),
    )  # fmt: skip
    outbox.put(enrolment.post, scan, [record])
    return record_id


def log_in(engine: sa.Engine) -> None:
    now = datetime.now(UTC)
    with transaction(engine) as session:
        account = make_account(session, "officer", Role.VAULT_OFFICER, EVERYTHING)
        save_totp(session, account.account_no, b"sealed", step=1)
        open_session(
            session, token_hash=hash_token(COOKIE), account_no=account.account_no, csrf="c", now=now,
            second_factor_at=now, expires_at=now + timedelta(hours=1),
        )  # fmt: skip


def test_an_identity_is_sealed_at_the_counter_and_opened_for_an_officer_alone(tmp_path: Path) -> None:
    here = Installation(tmp_path / "var")
    here.data_dir.mkdir()
    with here.up():
        enrolment = read_enrolment(here.enrol("QUAIL", "CQ-01"))
        outbox = Outbox(tmp_path / "outbox.db")
        record_id = accept(outbox, enrolment)
        publisher = Publisher(enrolment, outbox)
        publisher.start()
        wait_until(lambda: outbox.waiting() == 0, "event and record have their receipts")
        publisher.stop()
        assert outbox.find_refused() == []
        outbox.close()
        engine = build_engine(f"sqlite:///{here.data_dir / 'jixin.db'}")

        def looked() -> bool:
            with reading(engine) as session:
                return count_boxes(session) == {BoxState.FITS: 1}

        wait_until(looked, "the vault has looked at the record")
        vault = here.data_dir / "vault"
        opening = Opening(COOKIE, record_id, "court_order", "(2026)沪0101刑初12号")
        with pytest.raises(VaultShut, match="not_logged_in"):
            ask_vault(vault, opening)
        log_in(engine)
        here.the("vault").kill()  # the supervisor starts it again
        content = wait_until(lambda: _opened(vault, opening), "the vault is back")
        assert (content.name, content.document_number) == (NAME, NUMBER)
        with pytest.raises(VaultShut, match="case_missing"):
            ask_vault(vault, Opening(COOKIE, record_id, "court_order", ""))
        engine.dispose()
    entries = [entry for entry, _ in LEDGER.read(vault / "ledger.jsonl", KeyFolder(vault).signing.verifying)]
    assert [entry.outcome for entry in entries] == ["opened", "case_missing"]
    _assert_nowhere(tmp_path, [NUMBER, NAME])


def test_what_was_erased_stays_erased_after_a_restore_and_its_event_stays_provable(tmp_path: Path) -> None:
    here = Installation(tmp_path / "var")
    here.data_dir.mkdir()
    engine = build_engine(f"sqlite:///{here.data_dir / 'jixin.db'}")
    erasures = here.data_dir / "vault" / "erasures.jsonl"
    outbox = Outbox(tmp_path / "outbox.db")

    def states() -> dict[str, int]:
        with reading(engine) as session:
            return count_boxes(session)

    with here.up():
        enrolment_file = here.enrol("QUAIL", "CQ-01")
        enrolment = read_enrolment(enrolment_file)
        record_id = accept(outbox, enrolment)
        publisher = Publisher(enrolment, outbox)
        publisher.start()
        wait_until(lambda: outbox.waiting() == 0, "event and record have their receipts")
        publisher.stop()
        here.must("backup", "--out", str(tmp_path / "backups"))
        assert "1" in here.must("vault", "erase", "--waybill", "QN1408223190755", "--case", "R-2026-7")
        assert here.run("vault", "erase", "--record", str(record_id), "--case", "R-2026-8").returncode == 1
    assert states() == {}
    engine.dispose()
    data, _ = sorted((tmp_path / "backups").iterdir())
    kept = erasures.rename(tmp_path / "kept.jsonl")
    refused = here.run("restore", "--data", str(data), "--overwrite")
    assert (refused.returncode, "--erasures" in refused.stderr) == (1, True), refused.stderr
    assert here.run("tracker").returncode == 1, "nothing starts on a store that does not know what was erased"
    here.must("restore", "--data", str(data), "--overwrite", "--erasures", str(kept))
    assert states() == {}
    engine.dispose()
    kept.rename(erasures)
    with here.up():
        publisher = Publisher(enrolment, outbox)
        publisher.start()  # the new epoch asks for the last 7 days, the erased record too
        wait_until(lambda: outbox.waiting() > 0, "the station hears of the new epoch")
        wait_until(lambda: outbox.waiting() == 0, "it is answered")
        publisher.stop()
        assert states() == {}
        assert outbox.find_refused() == []
        (tmp_path / "proof.json").write_bytes(here.get("/api/v1/parcels/QN1408223190755/proof").body)
    here.must("verify", str(tmp_path / "proof.json"), "--keys", str(enrolment_file))
    assert "R-2026-7" in here.must("vault", "erasures")
    outbox.close()
    engine.dispose()


def _opened(vault: Path, opening: Opening) -> PersonalContent | None:
    try:
        return ask_vault(vault, opening)
    except VaultShut:
        return None


def _assert_nowhere(folder: Path, needles: list[str]) -> None:
    """Neither the station's disk, nor the store, its log, the broker's, nor any log line holds them; a needle does."""
    (folder / "needle").write_text(NAME, encoding="utf-8")
    holders = {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and any(needle.encode() in path.read_bytes() for needle in needles)
    }
    assert holders == {Path("needle")}
