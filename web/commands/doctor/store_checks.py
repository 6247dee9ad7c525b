"""Checks of the store (库自检): the clock, positions without a gap, rows that equal their events, certificates."""

import random
from datetime import UTC, datetime, timedelta
from itertools import chain

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from credit_scoring.scoring.score_store import log_points_of
from tracker.chain.fold import fold
from tracker.ledger.rolling import GENESIS, roll
from tracker.store.archived import ArchivedMonth, archived_months, find_archived, not_going
from tracker.store.certificate_ends import ENDING_WITHIN, count_ends, find_ends
from tracker.store.database import reading
from tracker.store.event_store import bodies_in_order, events_of_many, log_head
from tracker.store.parcel_store import parcels_of
from tracker.store.tables.event_log import EventRow
from web.commands.running import InstallationDoubt, InstallationError

SAMPLE = 200  # events whose parcels are built again
NAMED = 5  # devices in a line
CLOCK_TOLERANCE = timedelta(minutes=1)


def check_clock(engine: Engine) -> str:
    """Whether this machine's clock goes with the database's and is not behind what is recorded."""
    with reading(engine) as session:
        newest = select(EventRow.record_time).where(EventRow.position == log_head(session).position)
        recorded = session.exec(newest).first()
        theirs = None
        if engine.dialect.name == "postgresql":
            theirs = session.connection().execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    now = datetime.now(UTC)
    if theirs is not None and abs(now - theirs) > CLOCK_TOLERANCE:
        raise InstallationError(
            f"与数据库的时钟不一致 · {abs(now - theirs)} apart from the database's: set both by NTP"
        )
    if recorded is not None and recorded - now > CLOCK_TOLERANCE:
        raise InstallationError(
            f"本机时钟落后于记录 · the newest event was recorded {recorded - now} from now: set this clock by NTP"
        )
    return f"{now:%Y-%m-%d %H:%M:%S} UTC"


def check_durability(engine: Engine) -> str:
    """Whether what is committed survives a power failure. Raises InstallationError."""
    if engine.dialect.name != "postgresql":
        return "synchronous=FULL"
    with reading(engine) as session:
        names = ("fsync", "full_page_writes")
        told = {name: session.connection().scalar(sa.select(sa.func.current_setting(name))) for name in names}
    if wrong := [name for name, value in told.items() if value != "on"]:
        raise InstallationError(
            "PostgreSQL 的断电保护关着，已签回执的可能丢失 · "
            f"PostgreSQL runs with {' and '.join(f'{name}=off' for name in wrong)}: a power failure may damage it and"
            " take what was receipted; set it on in postgresql.conf"
        )
    return ", ".join(f"{name}=on" for name in told)


def check_positions(engine: Engine) -> str:
    """Whether the log's positions are 1 to its head, each once, here or in the archive of a closed month."""
    position = col(EventRow.position)
    with reading(engine) as session:
        head = log_head(session).position
        statement = sa.select(sa.func.count(), sa.func.count(position.distinct()), sa.func.max(position))
        events, distinct, highest = session.connection().execute(statement.where(not_going(session))).one()
        closed = [month for month in archived_months(session) if month.closed_at is not None]
        inside = sum(_count_inside(session, month) for month in closed)
    archived = sum(month.events for month in closed)
    highest = max([highest or 0, *(month.positions[-1][1] for month in closed)])
    if inside or not events + archived == distinct + archived == head == highest:
        raise InstallationError(
            "序号不连续 · "
            f"the log's head is {head:,}, but {events:,} events have {distinct:,} positions up to {highest:,}"
            f" and {archived:,} are archived, of which {inside:,} positions stand here too:"
            " stop the tracker, keep a copy, restore the last backup beside it and compare"
        )
    told = f"1 to {head:,}, each once" if head else "no event yet"
    return f"{told}; {archived:,} of them archived" if archived else told


def check_rolling_hash(engine: Engine) -> str:
    """Whether the rolling hash of the log's head covers just the events that are here, and so does each saved run's.

    Every event is read. Raises InstallationError, InstallationDoubt.
    """
    with reading(engine) as session:
        head = log_head(session)
        if any(month.closed_at is not None for month in archived_months(session)):
            raise InstallationDoubt(
                "有归档月份，只凭本库不能核对 · months are archived, so that the store alone cannot tell: "
                "`jixin assess --archive FOLDER --export RUN` computes it over all of them"
            )
        sealed = log_points_of(session)
        unmet = {log.position: log.rolling for log in sealed if log.rolling} | {head.position: head.rolling.hex()}
        rolling = GENESIS
        for position, body in chain([(0, None)], bodies_in_order(session)):
            rolling = rolling if body is None else roll(rolling, [body])
            if unmet.get(position) == rolling.hex():
                del unmet[position]
    if unmet:
        raise InstallationError(
            f"滚动哈希不符 · the log's rolling hash does not hold at position {min(unmet):,}: an event up "
            "to there was changed, left out or moved; keep a copy, restore the last backup beside it and compare"
        )
    return f"{head.position:,} events, {len(sealed)} saved runs; head {head.rolling.hex()[:16]}"


def _count_inside(session: Session, month: ArchivedMonth) -> int:
    """How many events stand at positions of an archived month and are not of it: none, or a position is there twice."""
    position = col(EventRow.position)
    between = (
        sa.select(sa.func.count()).where(position.between(first, last), not_going(session))
        for first, last in month.positions
    )
    return sum(session.connection().execute(statement).scalar_one() for statement in between)


def check_parcels(engine: Engine) -> str:
    """Whether the rows of a sample of parcels equal what their events fold to."""
    with reading(engine) as session:
        drawn = _sample(session)
        archived = find_archived(session, drawn) if drawn else set()
        numbers = [number for number in drawn if number not in archived]  # what is left of those tells too little
        rows = parcels_of(session, numbers)
        scans = events_of_many(session, numbers) if numbers else {}
    wrong = [no for no in numbers if no not in scans or rows.get(no) != fold(scans[no])[0]]
    if wrong:
        raise InstallationError(
            "现状行与记录不符 · "
            f"{len(wrong)} of {len(numbers)} sampled rows differ from their events, such as {wrong[0]}:"
            " the events are the truth; report it, a scan of that parcel builds its row again"
        )
    return f"{len(numbers)} sampled rows equal a rebuild"


def check_certificates(engine: Engine) -> str:
    """Whether brokers of one's own will go on taking every device. Raises InstallationDoubt, InstallationError."""
    now = datetime.now(UTC)
    with reading(engine) as session:
        found = count_ends(session, by=now + ENDING_WITHIN)
        soonest = find_ends(session, by=now + ENDING_WITHIN, limit=NAMED)
    if found.soonest is None:
        return "none on record"
    if not soonest:
        return f"the first ends {found.soonest:%Y-%m-%d}"
    named = ", ".join(f"{each.carrier}/{each.station}/{each.device} {each.ends:%Y-%m-%d}" for each in soonest)
    told = (
        "终端证书将到期，请重新入网 · "
        f"{found.ending} end within {ENDING_WITHIN.days} days: enrol these again with `jixin enrol`: {named}"
    )
    if found.soonest <= now:
        raise InstallationError(f"{told}；已到期的连不上 the broker turns away those that have ended")
    raise InstallationDoubt(told)


def _sample(session: Session) -> list[str]:
    """Waybill numbers of events drawn from the whole log; a bag's own scan has none."""
    head = log_head(session).position
    drawn = random.SystemRandom().sample(range(1, head + 1), min(SAMPLE, head))
    statement = select(EventRow.waybill_no).where(col(EventRow.position).in_(drawn))
    return sorted(set(session.exec(statement)) - {""})
