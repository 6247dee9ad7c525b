"""Growth (增长): what an insert and a trace cost when the store holds 1, 5 and 20 million events.

The store is filled by the database itself with events that read like any other, five a parcel over the last month;
what is measured goes through the tracker's own recording and the page's own look-up, with the store's files in the
page cache: how long a disk takes for a page is the disk's, how many pages are asked for is ours, and is counted.
"""

import random
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path

from sqlalchemy.engine import Engine

from tracker.chain.trace import build_trace
from tracker.intake.delivery import Delivery, read_alone
from tracker.intake.ingest import ingest
from tracker.intake.keyring import Keyring
from tracker.store.database import build_engine, reading, transaction
from tracker.store.event_store import LogHead, events_of, log_head, save_log_head
from tracker.store.migrate import upgrade
from tracker.wire.event import ScanEvent, encode_event
from tracker.wire.event_ids import build_event_id
from tracker.wire.message import encode_batch
from tracker.wire.signature import SigningKey
from tracker.wire.steps import Step
from tracker.wire.topics import Post
from web.bench.stores import enrol_all, make_partitions

POST = Post("BENCH", "s1", "counter1")
LEGS = ("accepted", "departed", "arrived", "out_for_delivery")  # four of five: the parcels are still on their way
AT_ONCE = 200_000  # events in one statement that fills
COMMITS, MESSAGES, EVENTS = 30, 20, 20  # measured: so many commits of so many messages of so many events
LOOKUPS = 400
MONTH = timedelta(days=28)

# What fills: event n is leg n % 4 of parcel n / 4; parcels come evenly over the month, their legs six hours apart.
_TIMES = """
    SELECT n, n / 4 AS parcel, n % 4 AS leg,
           to_timestamp(@start + (n / 4) * @apart + (n % 4) * 21600.0) AS moment
    FROM generate_series(CAST(@first AS bigint), CAST(@last AS bigint)) AS n
"""
_IDS = f"""
    SELECT t.*, (ARRAY['accepted','departed','arrived','out_for_delivery'])[leg + 1] AS step,
           'GR' || lpad(parcel::text, 12, '0') AS waybill_no,
           (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
            || '8' || substr(md5(n::text), 4, 15))::uuid AS event_id
    FROM ({_TIMES}) AS t
"""
_SAID = "to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
FILL_EVENTS = f"""
    INSERT INTO event (event_id, waybill_no, position, step, event_time, device_no, seq, batch_no, batch_index,
                       record_time, findings, body)
    SELECT event_id, waybill_no, n + 1, step, moment, @device, n, n / 20 + 1, n % 20, moment, '',
           convert_to(format('{{"event_id":"%s","seq":%s,"step":"%s","event_time":"%s","waybill_no":"%s",'
                             '"operator":"c1017","details":{{}}}}', event_id, n, step, {_SAID}, waybill_no), 'UTF8')
    FROM ({_IDS}) AS e
"""
FILL_PARCELS = f"""
    INSERT INTO parcel (waybill_no, carrier, state, origin, destination, accepted_at, due_at, first_operator,
                        last_operator, last_station, identity_checked, inspected, screened, stored_without_consent,
                        damaged, imported, on_the_way, gaps, last_position, life)
    SELECT waybill_no, 'BENCH', 'out_for_delivery', '330106', '500112', moment - interval '18 hours',
           moment + interval '54 hours', 'c1017', 'c1017', 's1', true, true, false, false, false, false, true, 0, n + 1,
           convert_to(format('{{"waybill_no":"%s","carrier":"BENCH","state":"out_for_delivery","origin":"330106",'
                             '"destination":"500112","accepted_at":"%s","first_station":"s1","last_station":"s1",'
                             '"identity_checked":true,"inspected":true,"scans":4,"steps":{{"accepted":[1,"%s","%s"],'
                             '"departed":[1,"%s","%s"]}},"last_step":"out_for_delivery","last_time":"%s",'
                             '"last_event_id":"%s","last_position":%s}}',
                             waybill_no, {_SAID}, {_SAID}, {_SAID}, {_SAID}, {_SAID}, {_SAID}, event_id, n + 1), 'UTF8')
    FROM ({_IDS}) AS e WHERE leg = 3
"""
PAGES = "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()"
SAID = 1.0  # seconds after which a session that has ended is counted
SIZES = "SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables"


@dataclass(frozen=True, slots=True)
class Mark:
    """What was measured at one size of the store."""

    events: int
    new_us: float  # an event of a new parcel, recorded
    known_us: float  # an event of a parcel drawn from the whole store, recorded
    trace_us: float  # a trace of a parcel drawn from the whole store
    known_pages: float  # pages that an event of a known parcel asks for, from wherever they come
    bytes_per_event: float


def run_growth(
    url: str, sizes: Sequence[int], *, files: Path, seed: int, say: Callable[[str, int], None]
) -> Iterator[Mark]:
    """Fill an empty PostgreSQL database to each size in turn and measure there; `say(what, events so far)`.

    `files` is the folder in which the server keeps it.
    """
    chance = random.Random(seed)
    engine = build_engine(url)
    upgrade(engine)
    now = datetime.now(UTC)
    key = SigningKey.generate()
    device_no = _enrol(url, engine, key, now)
    filled = 0
    for size in sizes:
        filled = _fill(engine, filled, size, most=sizes[-1], now=now, device_no=device_no, say=say)
        say("reading", filled)
        _warm(files)
        say("measuring", filled)
        drawn = (_waybill(chance.randrange(filled // len(LEGS))) for _ in iter(int, 1))
        fresh = (f"NW{filled:010}{number:08}" for number in count())
        new_us = _record(engine, key, now, fresh)
        before = _pages_asked(engine)
        known_us = _record(engine, key, now, drawn)
        yield Mark(
            events=filled,
            new_us=new_us,
            known_us=known_us,
            known_pages=(_pages_asked(engine) - before) / (COMMITS * MESSAGES * EVENTS),
            trace_us=_look_up(engine, list(islice(drawn, LOOKUPS))),
            bytes_per_event=_bytes_in(engine) / filled,
        )
    engine.dispose()


def _enrol(url: str, engine: Engine, key: SigningKey, now: datetime) -> int:
    """The number of the one device, which scans all."""
    enrol_all(url, [(POST, key)])
    make_partitions(url, [now - timedelta(days=days) for days in range(32)])
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT device_no FROM device").scalar_one())


def _fill(
    engine: Engine, filled: int, size: int, *, most: int, now: datetime, device_no: int, say: Callable[[str, int], None]
) -> int:
    told = {
        "start": (now - MONTH).timestamp(),
        "apart": (MONTH - timedelta(days=1)).total_seconds() / (most / len(LEGS)),
        "device": device_no,
    }
    while filled < size:
        last = min(filled + AT_ONCE, size) - 1
        say("filling", filled)
        with transaction(engine) as session:
            for statement in (FILL_EVENTS, FILL_PARCELS):
                numbers = told | {"first": filled, "last": last}
                session.connection().exec_driver_sql(_for_driver(statement), numbers)
            head = log_head(session, lock=True)
            save_log_head(session, _moved(head, max(head.position, last + 1)))
        filled = last + 1
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE) event")
        connection.exec_driver_sql("VACUUM (ANALYZE) parcel")
        connection.exec_driver_sql("CHECKPOINT")
    return filled


def _for_driver(statement: str) -> str:
    """`@start` and the like as psycopg spells them; the percent signs stay what they are."""
    return re.sub(r"@(\w+)", r"%(\1)s", statement.replace("%", "%%"))


def _moved(head: LogHead, position: int) -> LogHead:
    return replace(head, position=position)


def _record(engine: Engine, key: SigningKey, now: datetime, waybill_nos: Iterator[str]) -> float:
    """Microseconds an event, the median of the commits; reading the messages is not counted."""
    keyring = Keyring.of(engine, time.monotonic)
    keyring.refresh()
    spent = []
    for _ in range(COMMITS):
        messages = [_message(key, now, islice(waybill_nos, EVENTS)) for _ in range(MESSAGES)]
        today = datetime.now(UTC).date()
        read = [read_alone(message, keyring, today=today) for message in messages]
        start = time.perf_counter()
        with transaction(engine) as session:
            result = ingest(session, read, record_time=datetime.now(UTC), key=key)
        spent.append((time.perf_counter() - start) / result.recorded * 1e6)
    return statistics.median(spent)


def _message(key: SigningKey, now: datetime, waybill_nos: Iterator[str]) -> Delivery:
    moment = datetime.now(UTC)
    bodies = [
        encode_event(
            ScanEvent(
                event_id=build_event_id(moment, random.randbytes(10)),
                seq=random.getrandbits(62),
                step=Step.ARRIVED,
                event_time=moment,
                waybill_no=waybill_no,
                operator="c1017",
            )
        )
        for waybill_no in waybill_nos
    ]
    batch_id = build_event_id(now, random.randbytes(10))
    return Delivery(POST, encode_batch(bodies, post=POST, key=key, batch_id=batch_id, sent_at=moment))


def _look_up(engine: Engine, waybill_nos: Sequence[str]) -> float:
    """Microseconds a trace, the median."""
    spent = []
    for waybill_no in waybill_nos:
        start = time.perf_counter()
        with reading(engine) as session:
            trace = build_trace(events_of(session, waybill_no))
        spent.append((time.perf_counter() - start) * 1e6)
        assert trace is not None
    return statistics.median(spent)


def _warm(files: Path) -> None:
    """Read all there is once, in order: a disk gives a page here and there a thousand times slower."""
    for file in sorted(files.rglob("*")):
        with suppress(OSError), file.open("rb") as stream:  # some come and go
            while stream.read(1024 * 1024):
                pass


def _pages_asked(engine: Engine) -> int:
    """How many pages were asked for in this database so far, once every session has said so."""
    engine.dispose()
    time.sleep(SAID)
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(PAGES).scalar_one())


def _waybill(parcel: int) -> str:
    return f"GR{parcel:012}"


def _bytes_in(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(SIZES).scalar_one())
