"""The archive store: appended and never changed, told twice taken once, checked against what is known."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from credit_scoring.archive.archive import build_archive, filing_of, find_updates
from credit_scoring.archive.archive_store import archive_of, entries_of, entries_with_proof, entry_of, practitioner_of
from credit_scoring.archive.holder import Holder, HolderKind, enterprise
from credit_scoring.archive.holder_store import find_holders, find_practitioners, names_of, place_of
from credit_scoring.archive.kinds import RecordKind
from credit_scoring.archive.record import Source, build_revocation
from credit_scoring.errors import ArchiveRefused
from tests.credit_scoring.archive.told import (
    BIRD,
    DAY,
    HEAD,
    NOW,
    PROOF,
    ROAD,
    SHOP,
    about,
    licence,
    outlet,
    penalty,
    tell,
)
from tracker.store.database import reading, transaction


def fault(engine: Engine, told: dict[str, Any]) -> str:
    with pytest.raises(ArchiveRefused) as refused:
        tell(engine, told)
    return str(refused.value.fault)


def numbers(engine: Engine, *kinds: RecordKind, holder: str = BIRD) -> list[str | None]:
    with reading(engine) as session:
        return sorted(str(each.told.key) for each in archive_of(session, enterprise(holder)).of_kind(*kinds))


def revocation(of: UUID, kind: str = "penalty", **fields: Any) -> dict[str, Any]:
    told = {"replaces": str(of), "revokes": True, "valid_from": "2026-08-20", "document_date": "2026-08-20", **PROOF}
    return about(kind=kind, **told | fields)


def test_what_is_told_comes_back_as_it_was(engine: Engine) -> None:
    _, told = tell(engine, about(), penalty(division="500112", source="shared", department="court"))
    with reading(engine) as session:
        assert entry_of(session, told.entry.record_id) == told.entry
        assert entries_of(session, [enterprise(BIRD)])[1] == told.entry
        assert entries_with_proof(session, "ab" * 32) == [told.entry]
    assert told.entry.recorded_at == NOW
    assert told.entry.told.source is Source.SHARED


def test_told_twice_it_is_taken_once(engine: Engine) -> None:
    first = tell(engine, about(), penalty())
    again = tell(engine, about(), penalty(), at=NOW + DAY, by="other")
    assert [each.is_new for each in (*first, *again)] == [True, True, False, False]
    assert [each.entry for each in first] == [each.entry for each in again]


@pytest.mark.parametrize("table", ["archive_record", "declared_volume"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET entered_by = 'x'", "DELETE FROM {}"])
def test_the_database_lets_nobody_change_or_delete(engine: Engine, table: str, statement: str) -> None:
    from credit_scoring.archive.volume_store import append_volume, parse_volume
    from tracker.store.registry import Carrier, save_carrier

    tell(engine, about())
    with transaction(engine) as session:
        save_carrier(session, Carrier("BLUEBIRD"))
        told = parse_volume("BLUEBIRD", "2026-07", "", 5)
        append_volume(session, told, source=Source.DECLARED, entered_by="bird", recorded_at=NOW)
    with pytest.raises(DBAPIError), transaction(engine) as session:
        session.connection().exec_driver_sql(statement.format(table))


@pytest.mark.parametrize("table", ["archive_record", "declared_volume"])
def test_postgresql_lets_nobody_empty_an_archive(postgres_engine: Engine, table: str) -> None:
    with pytest.raises(DBAPIError), transaction(postgres_engine) as session:
        session.connection().exec_driver_sql(f"TRUNCATE {table}")


def test_sqlite_lets_nobody_replace_a_record(sqlite_engine: Engine) -> None:
    tell(sqlite_engine, about())
    with pytest.raises(DBAPIError), transaction(sqlite_engine) as session:
        session.connection().exec_driver_sql("REPLACE INTO archive_record SELECT * FROM archive_record")


def test_an_archive_is_opened_by_an_identity_once(engine: Engine) -> None:
    assert fault(engine, penalty()) == "holder_unknown"
    (identity,) = tell(engine, about())
    assert fault(engine, about(name_zh="青鸟速运股份有限公司")) == "identity_known"
    tell(engine, about(name_zh="青鸟速运股份有限公司", replaces=str(identity.entry.record_id)))
    assert numbers(engine, RecordKind.IDENTITY) == ["青鸟速运股份有限公司"]


def test_a_change_is_a_new_record_that_names_the_one_it_replaces(engine: Engine) -> None:
    _, first = tell(engine, about(), penalty())
    changed = penalty(measures=["warning"], replaces=str(first.entry.record_id))
    (second,) = tell(engine, changed, at=NOW + DAY)
    with reading(engine) as session:
        archive = archive_of(session, enterprise(BIRD))
        before = archive_of(session, enterprise(BIRD), as_of=NOW + DAY / 2)
    assert [each.told.code for each in archive.of_kind(RecordKind.PENALTY)] == ["minor"]
    assert archive.history_of(second.entry) == [first.entry]
    assert archive.last_of(first.entry.record_id) == second.entry
    assert [each.told.code for each in before.of_kind(RecordKind.PENALTY)] == ["general"]
    assert (
        fault(engine, penalty(measures=["fine", "warning"], replaces=str(first.entry.record_id))) == "record_replaced"
    )


def test_a_record_that_is_revoked_holds_no_more_and_stays_to_be_seen(engine: Engine) -> None:
    _, told = tell(engine, about(), penalty())
    (revoked,) = tell(engine, revocation(told.entry.record_id), at=NOW + DAY)
    with reading(engine) as session:
        archive = archive_of(session, enterprise(BIRD))
    assert archive.of_kind(RecordKind.PENALTY) == []
    assert archive.revoked == [revoked.entry]
    assert archive.history_of(revoked.entry) == [told.entry]
    again = revocation(revoked.entry.record_id)
    assert fault(engine, again) == "record_replaced"
    tell(engine, penalty(replaces=str(revoked.entry.record_id)), at=NOW + 2 * DAY)
    assert numbers(engine, RecordKind.PENALTY) == ["渝邮罚〔2026〕1号"]


def test_what_replaces_must_fit_what_it_replaces(engine: Engine) -> None:
    identity, told, _ = tell(engine, about(), penalty(), about(ROAD))
    of = told.entry.record_id
    assert fault(engine, revocation(uuid4())) == "record_unknown"
    assert fault(engine, revocation(of, holder=ROAD)) == "record_other"
    assert fault(engine, revocation(of, kind="misconduct")) == "record_other"
    declared = about(name_zh="青鸟", source="declared", replaces=str(identity.entry.record_id))
    assert fault(engine, declared) == "not_yours"


def test_licences_do_not_overlap_in_time_and_place(engine: Engine) -> None:
    tell(engine, about(), licence(areas=["500000"]))
    assert fault(engine, licence("2", areas=["500112"], valid_from="2026-06-01", valid_until="2030-01-01")) == (
        "licence_overlaps"
    )
    assert fault(engine, licence("2", areas=["*"])) == "licence_overlaps"
    tell(engine, licence("2", areas=["330000"]))
    tell(engine, licence("3", areas=["500000"], valid_from="2027-01-01", valid_until="2031-12-31"))
    assert numbers(engine, RecordKind.LICENCE) == ["2", "3", "国邮20200001A"]


def test_a_halt_names_a_licence_that_is_known(engine: Engine) -> None:
    halt = about(kind="licence_halt", number="国邮20200001A", halt="revoked", valid_from="2026-06-01", **PROOF)
    tell(engine, about())
    assert fault(engine, halt) == "licence_unknown"
    tell(engine, licence(), halt)
    with reading(engine) as session:
        archive = archive_of(session, enterprise(BIRD))
    assert [archive.is_licensed(date(2026, 5, day)) for day in (31,)] == [True]
    assert not archive.is_licensed(date(2026, 6, 1))
    assert not archive.is_licensed(date(2021, 12, 31))


def test_a_decision_and_an_outlet_stand_once(engine: Engine) -> None:
    tell(engine, about(), penalty(), outlet("CQ-7", opened="2026-03-01"))
    assert fault(engine, penalty(measures=["warning"])) == "penalty_known"
    assert fault(engine, outlet("CQ-7", opened="2026-04-01")) == "outlet_known"


def test_no_enterprise_is_its_own_headquarters_or_successor(engine: Engine) -> None:
    tell(engine, *(about(each) for each in (BIRD, ROAD, HEAD)))
    for below, above in ((BIRD, ROAD), (ROAD, HEAD)):
        tell(engine, about(below, "franchise", parent=above, valid_from="2026-01-01"))
    assert fault(engine, about(HEAD, "franchise", parent=BIRD, valid_from="2026-01-01")) == "franchise_cycle"
    merger = {"reason": "merger", "valid_from": "2026-05-01", **PROOF}
    tell(engine, about(BIRD, "succession", successor=ROAD, **merger))
    assert fault(engine, about(BIRD, "succession", successor=HEAD, **merger)) == "succession_known"
    assert fault(engine, about(ROAD, "succession", successor=BIRD, **merger)) == "succession_cycle"


def test_an_archive_holds_what_the_enterprises_left_whose_place_it_took(engine: Engine) -> None:
    tell(engine, about(BIRD), about(ROAD), penalty("1", BIRD), penalty("2", ROAD))
    assert numbers(engine, RecordKind.PENALTY, holder=ROAD) == ["2"]
    tell(engine, about(BIRD, "succession", successor=ROAD, reason="code_change", valid_from="2026-05-01", **PROOF))
    assert numbers(engine, RecordKind.PENALTY, holder=ROAD) == ["1", "2"]
    assert numbers(engine, RecordKind.PENALTY, holder=BIRD) == ["1", "2"]


def test_a_notice_starts_the_clock_that_the_update_stops(engine: Engine) -> None:
    _, told = tell(engine, about(), penalty())
    notice = about(
        kind="penalty_notice", penalty=str(told.entry.record_id), change="revoked", valid_from="2026-08-20",
        document_date="2026-08-20", source="declared", **PROOF,
    )  # fmt: skip
    assert fault(engine, notice | {"penalty": str(uuid4())}) == "record_unknown"
    tell(engine, notice)

    def clock() -> tuple[date, date | None, bool]:
        with reading(engine) as session:
            (update,) = find_updates(archive_of(session, enterprise(BIRD)))
        return update.due.day, update.done_on, update.is_missed(date(2026, 9, 2))

    assert clock() == (date(2026, 8, 30), None, True)
    (changed,) = tell(engine, penalty(measures=["warning"], replaces=str(told.entry.record_id)))
    assert clock() == (date(2026, 8, 30), None, True)  # it was to be revoked, and was only changed
    tell(engine, revocation(changed.entry.record_id), at=NOW + DAY)
    assert clock() == (date(2026, 8, 30), date(2026, 9, 2), True)


def test_an_outlets_filing_is_due_20_days_after_it_opened(engine: Engine) -> None:
    tell(engine, about(), outlet("1", opened="2026-03-01", filed="2026-03-21"), outlet("2", opened="2026-03-01"))
    with reading(engine) as session:
        found = {
            each.told.key: filing_of(each) for each in archive_of(session, enterprise(BIRD)).of_kind(RecordKind.OUTLET)
        }
    assert {key: filing.is_missed(date(2026, 3, 22)) for key, filing in found.items()} == {"1": False, "2": True}


def test_holders_are_found_by_name_and_code_a_page_at_a_time(engine: Engine) -> None:
    courier = about("BLUEBIRD/C0421", holder_kind="practitioner", station="CQ-01", login="courier")
    shop = about("SHOP", holder_kind="platform", name_zh="好集市")
    tell(engine, about(BIRD), about(ROAD, name_zh="驿路 100%"), shop, courier)
    with reading(engine) as session:
        every = find_holders(session, "", list(HolderKind), limit=10)
        first = find_holders(session, "", list(HolderKind), limit=2)
        rest = find_holders(session, "", list(HolderKind), after=place_of(first[-1]), limit=10)
        assert [*first, *rest] == every
        assert len(every) == 4
        found = {text: [each.holder.code for each in find_holders(session, text, list(HolderKind), limit=9)]
                 for text in ("青鸟", "100%", "%", "C0421", "courier", "nobody")}  # fmt: skip
        assert found == {
            "青鸟": [BIRD],
            "100%": [ROAD],
            "%": [ROAD],
            "C0421": ["BLUEBIRD/C0421"],
            "courier": [],
            "nobody": [],
        }
        assert find_holders(session, "C0421", [HolderKind.ENTERPRISE], limit=9) == []
        assert names_of(session, [enterprise(BIRD), enterprise(SHOP)]) == {enterprise(BIRD): "青鸟速运有限公司"}


def test_a_practitioner_is_known_by_his_login_within_his_carrier(engine: Engine) -> None:
    holder = Holder(HolderKind.PRACTITIONER, "BLUEBIRD/C0421")
    told = about(holder.code, holder_kind="practitioner", station="CQ-01", login="courier")
    (identity,) = tell(engine, told)
    assert fault(engine, told | {"holder": "BLUEBIRD/C0422"}) == "login_taken"
    with reading(engine) as session:
        assert practitioner_of(session, "BLUEBIRD", "courier") == holder
        assert practitioner_of(session, "BLUE", "courier") is None
        assert [each.holder for each in find_practitioners(session, "BLUEBIRD", station="CQ-01")] == [holder]
        assert find_practitioners(session, "BLUEBIRD", station="CQ-02") == []
    tell(engine, told | {"login": "", "replaces": str(identity.entry.record_id)})
    with reading(engine) as session:
        assert practitioner_of(session, "BLUEBIRD", "courier") is None


def test_a_clock_that_went_back_puts_no_change_before_what_it_changes(engine: Engine) -> None:
    _, told = tell(engine, about(), penalty())
    (changed,) = tell(engine, penalty(measures=["warning"], replaces=str(told.entry.record_id)), at=NOW - DAY)
    assert changed.entry.recorded_at == NOW


def test_a_revocation_is_built_from_the_entry_it_takes_back(engine: Engine) -> None:
    _, told = tell(engine, about(), penalty())
    assert told.entry.told.proof is not None
    record = build_revocation(
        told.entry, effect=date(2026, 8, 20), document_date=date(2026, 8, 20), source=Source.ENTERED,
        proof=told.entry.told.proof,
    )  # fmt: skip
    assert (record.replaces, record.revokes, record.details) == (told.entry.record_id, True, {})


def test_entries_fold_alike_in_any_order(sqlite_engine: Engine) -> None:
    _, told = tell(sqlite_engine, about(), penalty())
    for days, measures in enumerate((["warning"], ["confiscation"], ["huge_fine"]), start=1):
        (told,) = tell(
            sqlite_engine, penalty(measures=measures, replaces=str(told.entry.record_id)), at=NOW + timedelta(days=days)
        )
    with reading(sqlite_engine) as session:
        entries = entries_of(session, [enterprise(BIRD)])
    assert build_archive(entries).in_force == build_archive(entries[::-1]).in_force
    assert [each.told.code for each in build_archive(entries).of_kind(RecordKind.PENALTY)] == ["serious"]
    assert sa.inspect(sqlite_engine).get_table_names().count("archive_record") == 1
