"""The review's door (评价之门): the recipient's four digits give a code, the code takes one review of this parcel."""

import os
from collections.abc import Collection, Mapping

from fastapi import Request
from sqlmodel import Session

from credit_scoring.voices.aspects import Aspect, Stars
from credit_scoring.voices.refusals import Refusal, VoiceRefused
from credit_scoring.voices.review_code import CHANCE, check_review_code, make_review_code
from credit_scoring.voices.reviewing import Review, check_reviewable, record_review
from credit_scoring.voices.rules import VoiceRules, voice_rules
from tracker.access.audit import Action
from tracker.chain.trace import Trace
from tracker.store.database import reading, transaction
from tracker.store.masked_parties import masked_parties_of, phone_tails
from tracker.wire.identity_record import Subject
from web.accounts.asker import asker_of
from web.accounts.auditing import note
from web.accounts.keys import AccountKeys
from web.accounts.staff_devices import origin_of
from web.context import Context
from web.doors.door import NOT_FOUR_DIGITS, Visit, parse_tail


def has_recipient(session: Session, trace: Trace) -> bool:
    """Whether the recipient can prove to be it: their telephone's last digits are known."""
    return bool(_tails(session, trace))


def ask_code(asking: Context, trace: Trace, typed: str) -> tuple[Visit, str]:
    """A code for who typed the recipient's digits; empty where the door stayed shut. Raises VoiceRefused.

    Tries are counted together with those at the parcel's own door.
    """
    rules, number = voice_rules(), trace.parcel.waybill_no
    check_reviewable(trace.parcel, rules, now=asking.now)
    with reading(asking.engine) as session:
        tails = _tails(session, trace)
    if not tails or asking.door.secret is None:
        raise VoiceRefused(Refusal.NO_RECIPIENT, "no telephone of the recipient is recorded for this parcel")
    tail = parse_tail(typed)
    visit = NOT_FOUR_DIGITS if tail is None else asking.door.try_tail(trace, tails, tail, asking.host, now=asking.now)
    if not visit.is_open:
        return visit, ""
    chance = os.urandom(CHANCE)
    return visit, make_review_code(_key(asking.request), number, now=asking.now, holds=rules.code_holds, chance=chance)


def take_review(asking: Context, trace: Trace, code: str, stars: Stars, tags: Collection[str]) -> int:
    """Record the review that a code was given for; its number. Raises VoiceRefused."""
    rules: VoiceRules = voice_rules()
    request, parcel = asking.request, trace.parcel
    kept = check_review_code(_key(request), parcel.waybill_no, code, now=asking.now)
    account = asker_of(request).account
    with transaction(asking.engine) as session:
        number = record_review(
            session,
            parcel,
            Review(stars, tags),
            code_hash=kept,
            origin=origin_of(request),
            by_staff=account is not None and account.scope.carrier == parcel.carrier,
            rules=rules,
            now=asking.now,
        )
        note(session, request, Action.REVIEW_RECORDED, object=str(number))
    return number


def parse_stars(told: Mapping[str, str]) -> dict[Aspect, int]:
    """The stars in a form, by aspect; what is empty is left out. Raises VoiceRefused for what is no number."""
    given = {aspect: told[aspect] for aspect in Aspect if told.get(aspect)}
    if any(not (text.isascii() and text.isdigit() and len(text) == 1) for text in given.values()):
        raise VoiceRefused(Refusal.STARS_INVALID, "stars are whole numbers from 1 to 5")
    return {aspect: int(text) for aspect, text in given.items()}


def _tails(session: Session, trace: Trace) -> set[str]:
    parties = masked_parties_of(session, trace)
    return phone_tails({subject: party for subject, party in parties.items() if subject is Subject.RECIPIENT})


def _key(request: Request) -> bytes:
    keys: AccountKeys = request.app.state.account_keys
    return keys.voices
