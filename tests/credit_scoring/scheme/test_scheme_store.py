"""The scheme store: drafts by revision, two persons' signatures, and schemes that stay as they were signed."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from credit_scoring.errors import SchemeInvalid
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scheme.draft import MOST_OCTETS, Committee, Draft, DraftFault, DraftRefused
from credit_scoring.scheme.rules import Level, Scheme
from credit_scoring.scheme.scheme_store import draft_of, find_drafts, save_draft, schemes_of, sign_draft
from tests.credit_scoring.scheme.texts import text
from tracker.store.database import reading, transaction

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NATION = Committee(Level.NATIONAL, None)
PROVINCE = Committee(Level.PROVINCIAL, "330000")
NEXT_YEAR = text("2027-1", since="2027-01-01", until="2027-12-31")
OTHER = text("2027-1", since="2027-01-01", until="2027-12-31", change=("minimum_parcels = 30", "minimum_parcels = 50"))


def save(
    engine: Engine, file: bytes = NEXT_YEAR, *, draft: UUID | None = None, after: int = 0, whose: Committee = NATION
) -> UUID:
    draft_id = draft or uuid4()
    with transaction(engine) as session:
        save_draft(session, draft_id=draft_id, after=after, file=file, committee=whose, author="li", now=NOW)
    return draft_id


def read(engine: Engine, draft: UUID, whose: Committee = NATION) -> Draft:
    with reading(engine) as session:
        return draft_of(session, draft, whose)


def sign(engine: Engine, draft: UUID, signer: str, *, sha256: str = "", whose: Committee = NATION) -> Scheme | None:
    digest = sha256 or read(engine, draft, whose).scheme.sha256
    with transaction(engine) as session:
        return sign_draft(session, draft_id=draft, sha256=digest, committee=whose, signer=signer, now=NOW)


def refused(fault: DraftFault) -> "pytest.RaisesExc[DraftRefused]":
    return pytest.raises(DraftRefused, check=lambda error: error.fault is fault)


def test_a_store_without_adopted_schemes_knows_the_shipped_ones(engine: Engine) -> None:
    save(engine)
    with reading(engine) as session:
        assert schemes_of(session) == shipped_schemes()
        assert find_drafts(session, PROVINCE, limit=9) == []


def test_a_draft_is_read_in_its_latest_revision(engine: Engine) -> None:
    draft = save(engine)
    save(engine, OTHER, draft=draft, after=1)
    found = read(engine, draft)
    assert (found.revision, found.file, found.author, found.saved_at) == (2, OTHER, "li", NOW)
    assert found.scheme.minimum_parcels == 50
    with reading(engine) as session:
        assert find_drafts(session, NATION, limit=9) == [found]


def test_two_who_change_the_same_revision_do_not_overwrite_each_other(engine: Engine) -> None:
    draft = save(engine)
    save(engine, OTHER, draft=draft, after=1)
    for after in (0, 1, 3):
        with refused(DraftFault.DRAFT_CHANGED):
            save(engine, draft=draft, after=after)


def test_two_persons_adopt_the_very_bytes_and_one_does_not(engine: Engine) -> None:
    draft = save(engine)
    assert sign(engine, draft, "li") is None
    with refused(DraftFault.SIGNED_ALREADY):
        sign(engine, draft, "li")
    with reading(engine) as session:
        assert schemes_of(session) == shipped_schemes()
    adopted = sign(engine, draft, "wang")
    with reading(engine) as session:
        schemes = schemes_of(session)
    assert adopted == schemes.of("2027-1") == schemes.on(date(2027, 6, 1))
    assert schemes.of("2027-1").file == NEXT_YEAR
    found = read(engine, draft)
    assert (found.adopted_at, [each.signer for each in found.signatures]) == (NOW, ["li", "wang"])


def test_a_signature_holds_for_one_revision_only(engine: Engine) -> None:
    draft = save(engine)
    before = read(engine, draft).scheme.sha256
    sign(engine, draft, "li")
    save(engine, OTHER, draft=draft, after=1)
    with refused(DraftFault.DRAFT_CHANGED):
        sign(engine, draft, "wang", sha256=before)
    assert sign(engine, draft, "wang") is None


def test_what_was_adopted_is_neither_signed_nor_drafted_again(engine: Engine) -> None:
    draft = save(engine)
    sign(engine, draft, "li")
    sign(engine, draft, "wang")
    with refused(DraftFault.DRAFT_ADOPTED):
        sign(engine, draft, "zhao")
    later = text("2028-1", since="2028-01-01", until="2028-12-31")
    with refused(DraftFault.DRAFT_ADOPTED):
        save(engine, later, draft=draft, after=1)
    with refused(DraftFault.VERSION_KNOWN):
        save(engine)
    with refused(DraftFault.VALIDITY_OVERLAPS):
        save(engine, text("2027-2", since="2027-12-31", until="2028-12-30"))
    save(engine, later)
    of_province = text("ZJ-1", level="provincial", division="330000", since="2027-01-01", until="2027-12-31")
    save(engine, of_province, whose=PROVINCE)  # another committee's, for the same days


def test_of_two_drafts_for_the_same_days_the_second_is_not_adopted(engine: Engine) -> None:
    one, two = save(engine), save(engine, text("2027-2", since="2027-01-01", until="2027-12-31"))
    for draft in (one, two):
        sign(engine, draft, "li")
    sign(engine, one, "wang")
    with refused(DraftFault.VALIDITY_OVERLAPS):
        sign(engine, two, "wang")


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        (text("2026-1", since="2027-01-01", until="2027-12-31"), DraftFault.VERSION_KNOWN),
        (text("2027-1", status="proposal"), DraftFault.NOT_FINAL),
        (text("ZJ-1", level="provincial", division="330000"), DraftFault.NOT_YOURS),
        (NEXT_YEAR + b"#" * MOST_OCTETS, DraftFault.TOO_LARGE),
    ],
)
def test_a_text_that_could_not_be_adopted_is_not_kept(sqlite_engine: Engine, file: bytes, fault: DraftFault) -> None:
    with refused(fault):
        save(sqlite_engine, file)


def test_bands_with_a_gap_are_refused_with_their_line(sqlite_engine: Engine) -> None:
    bands = "bands = [{from = 0, to = 0.9, points = 0}, {from = 0.95, points = 90}]\n"
    file = text("2027-1", since="2027-01-01", until="2027-12-31", change=("full = 0.98\nzero = 0.60\n", bands))
    with pytest.raises(SchemeInvalid, match=r"line \d+: .* leave out 0.9 to 0.95"):
        save(sqlite_engine, file)
    with reading(sqlite_engine) as session:
        assert find_drafts(session, NATION, limit=9) == []


def test_another_committees_draft_is_unknown(sqlite_engine: Engine) -> None:
    draft = save(sqlite_engine)
    with refused(DraftFault.DRAFT_UNKNOWN):
        read(sqlite_engine, draft, PROVINCE)
    with refused(DraftFault.DRAFT_UNKNOWN):
        sign(sqlite_engine, draft, "li", sha256="0" * 64, whose=PROVINCE)


@pytest.mark.parametrize("table", ["scheme_draft", "scheme_signature", "scheme_adopted"])
def test_the_database_refuses_to_change_or_delete_what_was_saved(engine: Engine, table: str) -> None:
    draft = save(engine)
    sign(engine, draft, "li")
    sign(engine, draft, "wang")
    for statement in (f"UPDATE {table} SET revision = 7", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="never changed or deleted"), transaction(engine) as session:
            session.connection().execute(sa.text(statement))
    assert read(engine, draft).adopted_at == NOW


def test_drafts_come_the_last_saved_first(sqlite_engine: Engine) -> None:
    saved = []
    for day in range(3):
        saved.append(uuid4())
        with transaction(sqlite_engine) as session:
            moment = NOW + timedelta(days=day)
            save_draft(session, draft_id=saved[-1], after=0, file=NEXT_YEAR, committee=NATION, author="li", now=moment)
    with reading(sqlite_engine) as session:
        assert [each.draft_id for each in find_drafts(session, NATION, limit=2)] == saved[:0:-1]
