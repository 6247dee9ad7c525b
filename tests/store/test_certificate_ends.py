"""The ends of devices' certificates: the soonest is found, whoever was enrolled again or revoked is out of it."""

from datetime import datetime, timedelta

from sqlalchemy.engine import Engine
from sqlmodel import Session

from tests.intake.devices import NOW
from tracker.store.certificate_ends import CertificateEnd, CertificateEnds, count_ends, find_ends
from tracker.store.database import reading, transaction
from tracker.store.registry import revoke_device_keys, save_device_key
from tracker.store.registry_copy import collect_registry, merge_registry
from tracker.wire.topics import Post

DAY = timedelta(days=1)
GUN, COUNTER, OLD = (Post("BLUEBIRD", "HZ-01", name) for name in ("GUN-1", "COUNTER-1", "OLD"))


def enrol(session: Session, post: Post, kid: str, ends: datetime | None) -> None:
    save_device_key(
        session, carrier=post.carrier, station=post.station, device=post.device, kid=kid, public_key=b"k" * 32,
        enrolled_at=NOW, certificate_ends=ends,
    )  # fmt: skip
    session.flush()


def test_a_store_without_certificates_has_no_end(engine: Engine) -> None:
    with transaction(engine) as session:
        enrol(session, GUN, "a", None)
        assert count_ends(session, by=NOW) == CertificateEnds(None, 0)
        assert find_ends(session, by=NOW, limit=5) == []


def test_the_soonest_come_first_and_each_device_counts_by_its_latest(engine: Engine) -> None:
    with transaction(engine) as session:
        enrol(session, GUN, "a", NOW + 20 * DAY)
        enrol(session, COUNTER, "b", NOW - DAY)
        enrol(session, OLD, "c", NOW + 40 * DAY)
        assert count_ends(session, by=NOW + 30 * DAY) == CertificateEnds(NOW - DAY, 2)
        found = find_ends(session, by=NOW + 30 * DAY, limit=5)
        assert [(each.device, each.ends) for each in found] == [("COUNTER-1", NOW - DAY), ("GUN-1", NOW + 20 * DAY)]
        enrol(session, COUNTER, "d", NOW + 700 * DAY)
        assert revoke_device_keys(session, GUN, revoked_at=NOW) == 1
        session.flush()
        assert count_ends(session, by=NOW + 30 * DAY) == CertificateEnds(NOW + 40 * DAY, 0)
        assert find_ends(session, by=NOW + 50 * DAY, limit=5) == [
            CertificateEnd("BLUEBIRD", "HZ-01", "OLD", NOW + 40 * DAY)
        ]


def test_a_renewed_certificate_of_the_same_key_takes_the_place_of_the_one_before(engine: Engine) -> None:
    with transaction(engine) as session:
        for ends in (NOW + DAY, NOW + 9 * DAY, None, NOW + 3 * DAY):
            enrol(session, GUN, "a", ends)
        assert count_ends(session, by=NOW).soonest == NOW + 9 * DAY


def test_the_end_travels_with_the_copy_of_the_registry(engine: Engine, sqlite_engine: Engine) -> None:
    with transaction(engine) as session:
        enrol(session, GUN, "a", NOW + DAY)
    with reading(engine) as session:
        copy = collect_registry(session)
    with transaction(sqlite_engine) as session:
        merge_registry(session, copy)
        assert count_ends(session, by=NOW).soonest == NOW + DAY
