"""Inspecting (监管评价): a regulator's checklist about a carrier or a station, and a note under a review."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from credit_scoring.voices.aspects import Rater
from credit_scoring.voices.catalogue import FOUND_FALSE, catalogue
from credit_scoring.voices.checklist import Answer, Checked, checklist_of
from credit_scoring.voices.refusals import Refusal, VoiceRefused
from credit_scoring.voices.rules import FULL, Doubt, VoiceRules
from credit_scoring.voices.voice import NewVoice, Period, Voice, Weight
from credit_scoring.voices.voice_store import add_note, add_voice, add_weight, thread_of, weights_of
from credit_scoring.voices.weighing import weigh
from tracker.access.roles import Role


def record_inspection(
    session: Session,
    *,
    inspection: UUID,
    carrier: str,
    station: str | None,
    division: str | None,
    day: date,
    answers: Mapping[str, Answer],
    author: str,
    rules: VoiceRules,
    now: datetime,
) -> int:
    """Record what an inspection found; its voice's number. The same `inspection` again takes its place.

    `division` is the station's, or else the regulator's own. Raises VoiceRefused `answers_invalid`.
    """
    listed = checklist_of(Checked.STATION if station else Checked.CARRIER, day)
    if not listed.takes(answers):
        raise VoiceRefused(
            Refusal.ANSWERS_INVALID, f"every item of {listed.version} needs an answer, one at least seen"
        )
    new = NewVoice(
        rater=Rater.REGULATOR,
        thread=f"{Rater.REGULATOR}/{inspection}",
        carrier=carrier,
        station=station,
        division=division,
        period=Period(day, day + timedelta(days=1)),
        stars=listed.stars_of(answers),
        checklist=listed.version,
        answers=answers,
        author=author,
    )
    return add_voice(session, new, Weight(FULL), rules=rules.version, now=now)


def record_note(
    session: Session, voice: Voice, code: str, *, role: Role, author: str, rules: VoiceRules, now: datetime
) -> None:
    """A carrier's reply or a regulator's note. Found false, a review counts nothing. Raises VoiceRefused."""
    known = catalogue().notes if role is Role.REGULATOR else catalogue().replies
    if code not in known:
        raise VoiceRefused(Refusal.PHRASE_UNKNOWN, "replies and notes are those of the catalogue")
    add_note(session, voice.voice_no, role=role, author=author, code=code, now=now)
    if role is Role.REGULATOR and code == FOUND_FALSE and voice.rater is Rater.CONSUMER:
        numbers = [each.voice_no for each in thread_of(session, voice.thread)]
        for number, (turn, weight) in weights_of(session, numbers).items():
            less = weigh(frozenset({*weight.doubts, Doubt.FOUND_FALSE}), weight, rules)
            if less != weight:
                add_weight(session, number, less, turn=turn + 1, rules=rules.version, now=now)
