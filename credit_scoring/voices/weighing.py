"""Weighing (评价计权): every review of the last weeks is looked at again, and what weighs otherwise now is added."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from credit_scoring.voices.aspects import Aspect, Rater
from credit_scoring.voices.heard import Heard, Pattern
from credit_scoring.voices.manipulation import Elsewhere, find_doubts
from credit_scoring.voices.rules import Doubt, VoiceRules
from credit_scoring.voices.voice import Weight
from credit_scoring.voices.voice_store import add_weight, followers_of, weights_of
from credit_scoring.voices.voice_tables import VoiceOriginRow, VoiceRow

LOOKED_AT = timedelta(days=60)  # what a burst is held against lies before what is weighed
WEIGHED = timedelta(days=30)  # after that a weight stays as it is: its origins are soon forgotten
AT_ONCE = 500
LASTING = frozenset({Doubt.FOUND_FALSE, Doubt.OWN_STAFF, Doubt.OWN_PARCEL})  # known once, known for good


@dataclass(frozen=True, slots=True)
class Reweighing:
    """How many reviews were looked at, and what weighs otherwise now: number, turn and weight of each."""

    looked_at: int
    changed: tuple[tuple[int, int, Weight], ...]


def find_reweighing(session: Session, rules: VoiceRules, *, now: datetime) -> Reweighing:
    """Weigh the reviews of the last 30 days, and what follows them, by all that is known now; writes nothing."""
    by_carrier = _heard_by_carrier(session, now=now)
    everywhere = _elsewhere(each for heard in by_carrier.values() for each in heard)
    doubts: dict[int, frozenset[Doubt]] = {}
    for _, heard in sorted(by_carrier.items()):
        found = find_doubts(heard, _without(everywhere, heard), rules)
        doubts |= {each.voice_no: found[each.voice_no] for each in heard if now - each.at <= WEIGHED}
    return Reweighing(len(doubts), tuple(_changes(session, doubts, rules)))


def save_reweighing(session: Session, found: Reweighing, rules: VoiceRules, *, now: datetime) -> None:
    """Add what was found."""
    for voice_no, turn, weight in found.changed:
        add_weight(session, voice_no, weight, turn=turn, rules=rules.version, now=now)


def _changes(
    session: Session, doubts: dict[int, frozenset[Doubt]], rules: VoiceRules
) -> Iterator[tuple[int, int, Weight]]:
    """What follows a review shares the doubts about it."""
    for numbers in _chunks(sorted(doubts)):
        wanted = {number: doubts[number] for number in numbers}
        for number, followers in followers_of(session, numbers).items():
            wanted |= dict.fromkeys(followers, doubts[number])
        for voice_no, (turn, weight) in sorted(weights_of(session, wanted).items()):
            fresh = weigh(wanted[voice_no], weight, rules)
            if fresh != weight:
                yield voice_no, turn + 1, fresh


def weigh(doubts: frozenset[Doubt], before: Weight, rules: VoiceRules) -> Weight:
    """What a voice weighs by these doubts, and by what is lasting of those before."""
    wanted = doubts | (frozenset(before.doubts) & LASTING)
    return Weight(rules.weight_of(wanted), tuple(sorted(wanted)))


def _heard_by_carrier(session: Session, *, now: datetime) -> dict[str, list[Heard]]:
    statement = (
        sa.select(VoiceRow, VoiceOriginRow)
        .outerjoin(VoiceOriginRow, col(VoiceOriginRow.voice_no) == col(VoiceRow.voice_no))
        .where(col(VoiceRow.rater) == Rater.CONSUMER, col(VoiceRow.recorded_at) > now - LOOKED_AT)
        .where(col(VoiceRow.turn) == 0)
        .order_by(col(VoiceRow.voice_no))
    )
    found: dict[str, list[Heard]] = {}
    for voice, origin in session.execute(statement).yield_per(AT_ONCE):
        found.setdefault(voice.carrier, []).append(_heard(voice, origin))
    return found


def _heard(voice: VoiceRow, origin: VoiceOriginRow | None) -> Heard:
    assert voice.voice_no is not None
    return Heard(
        voice_no=voice.voice_no,
        at=voice.recorded_at,
        pattern=(tuple(getattr(voice, aspect) or 0 for aspect in Aspect), tuple(voice.tags.split())),
        device=origin.device if origin else None,
        address=origin.address if origin else None,
        marks=frozenset(Doubt(each) for each in origin.marks.split()) if origin else frozenset(),
    )


def _elsewhere(heard: Iterable[Heard]) -> Elsewhere:
    patterns, addresses, total = Counter[Pattern](), Counter[bytes](), 0
    for each in heard:
        patterns[each.pattern] += 1
        total += 1
        if each.address is not None:
            addresses[each.address] += 1
    return Elsewhere(patterns, total, addresses)


def _without(everywhere: Elsewhere, heard: list[Heard]) -> Elsewhere:
    own = _elsewhere(heard)
    return Elsewhere(
        patterns={key: everywhere.patterns[key] - count for key, count in own.patterns.items()},
        total=everywhere.total - own.total,
        addresses={key: everywhere.addresses[key] - count for key, count in own.addresses.items()},
    )


def _chunks(numbers: list[int]) -> Iterator[list[int]]:
    return (numbers[at : at + AT_ONCE] for at in range(0, len(numbers), AT_ONCE))
