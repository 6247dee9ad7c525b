"""A voice (评价): one rater's word about one carrier, as a fact; what follows it later stands beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from credit_scoring.voices.aspects import Aspect, Rater, Stars
from credit_scoring.voices.checklist import Answer
from credit_scoring.voices.rules import Doubt


@dataclass(frozen=True, slots=True)
class Period:
    """Local days, `until` exclusive."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class NewVoice:
    """What is to be recorded. `thread` holds together what replaces or follows one another.

    `parcels` are the waybill numbers that a merchant's rating rests on.
    """

    rater: Rater
    thread: str
    carrier: str
    stars: Stars
    tags: tuple[str, ...] = ()
    station: str | None = None
    waybill_no: str | None = None
    division: str | None = None
    period: Period | None = None
    checklist: str | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    author: str = ""
    code_hash: bytes | None = None
    parcels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weight:
    """What a voice weighs, in hundredths, and why less than all of it."""

    hundredths: int
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A reply or a note under a voice: whose (`carrier` or `regulator`), which phrase, when."""

    role: str
    author: str
    code: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice as it is kept; `turn` 0 is the first of its thread."""

    voice_no: int
    rater: Rater
    turn: int
    thread: str
    carrier: str
    station: str | None
    division: str | None
    period: Period | None
    stars: Stars
    tags: tuple[str, ...]
    checklist: str | None
    answers: Mapping[str, Answer]
    author: str
    recorded_at: datetime
    weight: Weight
    notes: tuple[Note, ...] = ()

    @property
    def overall(self) -> int:
        return self.stars[Aspect.OVERALL]
