"""What a rights request opens and erases: its own parcels, while it is open; a child's for a guardian only."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.engine import Engine

from tests.realname.world import COOKIE, NOW, NUMBER, Clock, keep_record, log_in, notice_of
from tracker.realname.corrections import CORRECTION, build_correction
from tracker.realname.erasures import ERASURES
from tracker.realname.retention import DEFAULT_TERMS
from tracker.realname.rights_requests import (
    Channel,
    RefusalReason,
    Requester,
    RequestKind,
    RightsRequest,
    refuse,
    write_request_no,
)
from tracker.realname.vault import Erased, ErasureAsked, OpeningAsked, OpeningRefused, Vault
from tracker.store.database import reading, transaction
from tracker.store.identity_store import append_records, records_of
from tracker.store.rights_store import append_request, find_closed_requests, open_request_on, request_of, save_request
from tracker.wire.identity_record import Subject
from tracker.wire.sealing import PersonalContent
from tracker.wire.vault_keys import NoSealingKey
from web.commands.vault_service import erase_what_ended

CHILD = "110105201606010016"


def ask_for(
    engine: Engine, kind: RequestKind, *parcels: str, requester: Requester = Requester.SELF, no: int = 1
) -> RightsRequest:
    request = RightsRequest(write_request_no(bytes([no] * 10)), kind, requester, Channel.WRITING, parcels, NOW, 15)
    with transaction(engine) as session:
        append_request(session, request)
    return request


def open_(vault: Vault, engine: Engine, record_id: UUID, case_no: str) -> PersonalContent:
    with reading(engine) as session:
        return vault.open_for(session, OpeningAsked(COOKIE, record_id, "rights_request", case_no))


def erase(vault: Vault, engine: Engine, request: RightsRequest, *records: UUID) -> Erased:
    with transaction(engine) as session:
        return vault.erase_for(session, ErasureAsked(COOKIE, request.request_no, records))


def code_of(caught: "pytest.ExceptionInfo[OpeningRefused]") -> str:
    return caught.value.code


def test_a_request_is_kept_as_it_was_made_and_saved_once(engine: Engine) -> None:
    request = ask_for(engine, RequestKind.ACCESS, "W1", "W2")
    done = refuse(request, RefusalReason.FOUND_RIGHT, at=NOW + timedelta(days=1))
    with transaction(engine) as session:
        assert request_of(session, request.request_no) == request
        assert open_request_on(session, "W1", RequestKind.ACCESS) is None  # it came in writing
        assert save_request(session, done, before=request)
        assert not save_request(session, done, before=request)  # somebody was there before
        assert find_closed_requests(session, 9) == [done]


def test_the_purpose_opens_only_what_an_open_request_names(vault: Vault, engine: Engine) -> None:
    record_id = keep_record(engine, vault)
    log_in(engine)
    other, mine = ask_for(engine, RequestKind.ACCESS, "W9"), ask_for(engine, RequestKind.ACCESS, "W1", no=2)
    for number in ("R-2026-1", other.request_no, write_request_no(b"0" * 10)):
        with pytest.raises(OpeningRefused) as caught:
            open_(vault, engine, record_id, number)
        assert code_of(caught) == "request_unknown"
    assert open_(vault, engine, record_id, mine.request_no.lower()).document_number == NUMBER
    with transaction(engine) as session:
        save_request(session, refuse(mine, RefusalReason.NOTHING_HELD, at=NOW), before=mine)
    with pytest.raises(OpeningRefused):
        open_(vault, engine, record_id, mine.request_no)


def test_a_childs_data_opens_and_goes_for_a_guardian_only(vault: Vault, engine: Engine) -> None:
    register = keep_record(engine, vault, document_number=CHILD)
    sender = keep_record(engine, vault, subject=Subject.SENDER, document_number=None)
    recipient = keep_record(engine, vault, subject=Subject.RECIPIENT, document_number=None)
    log_in(engine)
    mine = ask_for(engine, RequestKind.DELETION, "W1")
    theirs = ask_for(engine, RequestKind.DELETION, "W1", requester=Requester.GUARDIAN, no=2)
    for record_id in (register, sender):
        with pytest.raises(OpeningRefused) as caught:
            open_(vault, engine, record_id, mine.request_no)
        assert code_of(caught) == "guardian_needed"
        with pytest.raises(OpeningRefused) as caught:
            erase(vault, engine, mine, record_id)
        assert code_of(caught) == "guardian_needed"
    assert open_(vault, engine, recipient, mine.request_no).name == "张三丰"
    assert open_(vault, engine, sender, theirs.request_no).name == "张三丰"
    assert erase(vault, engine, theirs, register, sender).records == 2


def test_a_deletion_erases_what_was_chosen_with_a_certificate_and_again_nothing(vault: Vault, engine: Engine) -> None:
    chosen, kept = keep_record(engine, vault), keep_record(engine, vault, subject=Subject.RECIPIENT)
    log_in(engine)
    request = ask_for(engine, RequestKind.DELETION, "W1")
    erased = erase(vault, engine, request, chosen)
    assert (erased.records, erased.line) == (1, vault.erasures.count)
    *_, (entry, _) = ERASURES.read(vault.erasures.path, vault.keys.signing.verifying)
    assert (entry.record_ids, entry.case_no) == ((chosen,), request.request_no)
    with reading(engine) as session:
        assert [line.record_id for line in records_of(session, "W1")] == [kept]
    assert erase(vault, engine, request, chosen) == Erased(0, None)


def test_nobody_erases_by_a_request_that_is_none_or_of_another_kind(vault: Vault, engine: Engine, clock: Clock) -> None:
    record_id = keep_record(engine, vault)
    deletion = ask_for(engine, RequestKind.DELETION, "W1")
    with pytest.raises(OpeningRefused) as caught:
        erase(vault, engine, deletion, record_id)
    assert code_of(caught) == "not_logged_in"
    log_in(engine)
    for request in (
        ask_for(engine, RequestKind.ACCESS, "W1", no=2),
        ask_for(engine, RequestKind.DELETION, "W9", no=3),
    ):
        with pytest.raises(OpeningRefused) as caught:
            erase(vault, engine, request, record_id)
        assert code_of(caught) == "request_unknown"
    clock.now = NOW + timedelta(minutes=11)
    with pytest.raises(OpeningRefused) as caught:
        erase(vault, engine, deletion, record_id)
    assert code_of(caught) == "second_factor_old"
    with reading(engine) as session:
        assert len(records_of(session, "W1")) == 1


def test_a_correction_is_sealed_beside_what_was_collected_and_goes_with_its_term(
    vault: Vault, engine: Engine, clock: Clock
) -> None:
    first = keep_record(engine, vault, subject=Subject.SENDER)
    right = {"name": "欧阳锋", "phone": "13800138000", "address": "白驼山庄"}
    record_id = UUID("019a0000-0000-7000-8000-000000000001")
    made = build_correction(
        right, notice=notice_of(vault), waybill_no="W1", record_id=record_id, salt=bytes(range(32)), now=NOW
    )
    assert not any(text.encode() in made.masked + made.box for text in right.values())
    with transaction(engine) as session:
        append_records(session, [made])
    log_in(engine)
    request = ask_for(engine, RequestKind.CORRECTION, "W1")
    assert open_(vault, engine, record_id, request.request_no).phone == "13800138000"
    assert open_(vault, engine, first, request.request_no).name == "张三丰"
    with reading(engine) as session:
        assert {line.subject for line in records_of(session, "W1")} == {"sender", CORRECTION}
    clock.now = NOW + timedelta(days=DEFAULT_TERMS.trade + 1)
    assert erase_what_ended(vault, engine, DEFAULT_TERMS) == 2


def test_without_a_vaults_key_nothing_is_kept_open() -> None:
    with pytest.raises(NoSealingKey):
        build_correction({"name": "x"}, notice=None, waybill_no="W1", record_id=UUID(int=1), salt=bytes(32), now=NOW)
