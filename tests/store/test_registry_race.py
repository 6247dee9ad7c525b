"""Several who enrol at once, for a carrier that nobody knew: each comes in, none fails."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

from sqlalchemy.engine import Engine
from sqlmodel import Session

from tracker.store.database import reading, transaction
from tracker.store.registry import (
    Carrier,
    Station,
    carriers,
    device_counts,
    device_keys,
    save_carrier,
    save_device_key,
    save_station,
)
from tracker.wire.topics import Post

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ROUNDS, AT_ONCE = 8, 3


def write_at_once(engine: Engine, write: Callable[[Session, int, int], object]) -> None:
    """`write(session, round, who)` in a transaction each, those of a round side by side."""
    for number in range(ROUNDS):
        gate = Barrier(AT_ONCE)

        def one(who: int, number: int = number, gate: Barrier = gate) -> None:
            with transaction(engine) as session:
                if engine.dialect.name == "postgresql":  # SQLite lets one in after the other
                    gate.wait(10)
                write(session, number, who)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            for done in [pool.submit(one, who) for who in range(AT_ONCE)]:
                done.result()


def test_devices_of_a_new_carrier_enrolled_at_once_are_all_known(engine: Engine) -> None:
    def enrol(session: Session, number: int, who: int) -> None:
        save_device_key(session, carrier=f"C{number}", station="S", device=f"D{who}", kid=f"k{number}-{who}",
                        public_key=b"k", enrolled_at=NOW)  # fmt: skip

    write_at_once(engine, enrol)
    with reading(engine) as session:
        assert len(device_keys(session)) == ROUNDS * AT_ONCE
        assert len(carriers(session)) == ROUNDS


def test_the_same_device_and_the_same_key_at_once_are_one(engine: Engine) -> None:
    def enrol(session: Session, number: int, _who: int) -> None:
        save_device_key(session, carrier=f"C{number}", station="S", device="D", kid=f"k{number}",
                        public_key=b"k", enrolled_at=NOW)  # fmt: skip

    write_at_once(engine, enrol)
    with reading(engine) as session:
        assert sorted(device_keys(session)) == [f"k{number}" for number in range(ROUNDS)]


def test_a_gateways_new_station_may_be_enrolled_and_named_meanwhile(engine: Engine) -> None:
    def write(session: Session, number: int, who: int) -> None:
        if who == 0:
            device_counts(session, [Post(f"C{number}", "S", "replay")])
        elif who == 1:
            save_carrier(session, Carrier(f"C{number}", "名"))
            save_station(session, Station(f"C{number}", "S", "站"))
        else:
            save_device_key(session, carrier=f"C{number}", station="S", device="D", kid=f"k{number}",
                            public_key=b"k", enrolled_at=NOW)  # fmt: skip

    write_at_once(engine, write)
    with reading(engine) as session:
        assert {each.name_zh for each in carriers(session).values()} == {"名"}
