"""A small world of reviews (评价世界): delivered parcels, origins, and reviews recorded as the pages record them."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.engine import Engine

from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from credit_scoring.voices.aspects import Aspect
from credit_scoring.voices.origins import Origin, hash_origin
from credit_scoring.voices.reviewing import Review, record_review
from credit_scoring.voices.rules import voice_rules
from tests.credit_scoring.rows import parcel, store
from tracker.chain.parcel import Parcel
from tracker.chain.state import State
from tracker.store.database import transaction

RULES = voice_rules()
NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
ACCEPTED = datetime(2026, 5, 10, 2, 0, tzinfo=UTC)
MAY = Scope(Window(date(2026, 5, 1), date(2026, 6, 1)), None, NOW + timedelta(days=30))
PEPPER = b"p" * 32


def delivered(number: str, carrier: str = "BLUEBIRD", **changes: object) -> Parcel:
    """A parcel that was delivered the day after it was accepted."""
    known: dict[str, object] = {
        "state": State.DELIVERED, "accepted_at": ACCEPTED, "final_at": ACCEPTED + timedelta(days=1),
        "origin": "330106", "first_station": "HZ-1", "last_station": "SH-2",
        "first_operator": "C1", "last_operator": "C2",
    }  # fmt: skip
    return Parcel(number, carrier, **(known | changes))  # type: ignore[arg-type]


def origin_of(number: int) -> Origin:
    """Somebody's browser."""
    return hash_origin(PEPPER, address=f"203.0.113.{number % 250}/32", agent=f"browser {number}")


def stars(overall: int, quality: int | None = None) -> dict[Aspect, int]:
    return {Aspect.OVERALL: overall} | ({Aspect.QUALITY: quality} if quality else {})


def say(
    engine: Engine,
    number: str,
    overall: int,
    *,
    carrier: str = "BLUEBIRD",
    tags: tuple[str, ...] = (),
    by: int = 1,
    by_staff: bool = False,
    at: datetime = NOW,
    code: str = "",
    keep: bool = True,
) -> int:
    """A review of a parcel by the browser `by`, with its own code; `keep`: its row is in the store."""
    if keep:
        store(engine, [parcel(number, carrier, accepted_at=ACCEPTED)])
    with transaction(engine) as session:
        return record_review(
            session,
            delivered(number, carrier),
            Review(stars(overall), tags),
            code_hash=(code or f"{number} {at}").encode(),
            origin=origin_of(by),
            by_staff=by_staff,
            rules=RULES,
            now=at,
        )
