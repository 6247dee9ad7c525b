"""Reasons (拒绝理由): why the gate refuses, and what it warns of: closed lists with words and a source for each."""

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

from scanners.identity.law import Duty, Source, source_of


class Reason(StrEnum):
    """A refusal's stable code."""

    WAYBILL_MALFORMED = "waybill_malformed"
    WAYBILL_MISWRITTEN = "waybill_miswritten"
    SENDER_INCOMPLETE = "sender_incomplete"
    NAME_UNREADABLE = "name_unreadable"
    CONTACT_UNREADABLE = "contact_unreadable"
    RECIPIENT_INCOMPLETE = "recipient_incomplete"
    RECIPIENT_UNREADABLE = "recipient_unreadable"
    DESTINATION_UNKNOWN = "destination_unknown"
    # the document
    DOCUMENT_MISSING = "document_missing"
    DOCUMENT_NAME_MISSING = "document_name_missing"
    DOCUMENT_DECLINED = "document_declined"
    DOCUMENT_COPY = "document_copy"
    KIND_NOT_ACCEPTED = "kind_not_accepted"
    NUMBER_LOOKALIKE = "number_lookalike"
    NUMBER_MALFORMED = "number_malformed"
    NUMBER_OF_ANOTHER_KIND = "number_of_another_kind"
    CHECK_DIGIT_WRONG = "check_digit_wrong"
    BIRTH_IMPOSSIBLE = "birth_impossible"
    BIRTH_MISSING = "birth_missing"
    BIRTH_MISMATCH = "birth_mismatch"
    ISSUING_STATE_MISSING = "issuing_state_missing"
    PASSPORT_NOT_FOREIGN = "passport_not_foreign"
    VALIDITY_MISSING = "validity_missing"
    VALIDITY_IMPOSSIBLE = "validity_impossible"
    DOCUMENT_NOT_YET_VALID = "document_not_yet_valid"
    DOCUMENT_EXPIRED = "document_expired"
    SENDER_MISMATCH = "sender_mismatch"
    GUARDIAN_MISSING = "guardian_missing"
    GUARDIAN_INVALID = "guardian_invalid"
    # organisations
    ORGANISATION_UNPROVED = "organisation_unproved"
    USCC_INVALID = "uscc_invalid"
    ORGANISATION_MISMATCH = "organisation_mismatch"
    COPY_NOT_KEPT = "copy_not_kept"
    # exemptions
    LETTER_WITH_GOODS = "letter_with_goods"
    AGREEMENT_LIST_MISSING = "agreement_list_missing"
    AGREEMENT_LIST_STALE = "agreement_list_stale"
    AGREEMENT_OF_ANOTHER_CARRIER = "agreement_of_another_carrier"
    AGREEMENT_UNKNOWN = "agreement_unknown"
    AGREEMENT_NOT_IN_FORCE = "agreement_not_in_force"
    AGREEMENT_MISMATCH = "agreement_mismatch"
    PREVERIFICATION_MISSING = "preverification_missing"
    PREVERIFICATION_UNREADABLE = "preverification_unreadable"
    PREVERIFICATION_UNSIGNED = "preverification_unsigned"
    PREVERIFICATION_OF_ANOTHER_PARCEL = "preverification_of_another_parcel"
    PREVERIFICATION_USED = "preverification_used"
    PREVERIFICATION_TOO_OLD = "preverification_too_old"
    PREVERIFICATION_AHEAD = "preverification_ahead"
    PREVERIFICATION_OF_ANOTHER_SENDER = "preverification_of_another_sender"
    SELF_SERVICE_LIST_MISSING = "self_service_list_missing"
    SELF_SERVICE_LIST_STALE = "self_service_list_stale"
    # goods
    DECLARATION_MISSING = "declaration_missing"
    DECLARATION_UNCONFIRMED = "declaration_unconfirmed"
    GOODS_INCOMPLETE = "goods_incomplete"
    CATEGORY_UNKNOWN = "category_unknown"
    GOODS_PROHIBITED = "goods_prohibited"
    INSPECTION_MISSING = "inspection_missing"
    INSPECTION_DECLINED = "inspection_declined"
    INSPECTION_FAILED = "inspection_failed"
    INSPECTION_MISMATCH = "inspection_mismatch"


class Caution(StrEnum):
    """A warning's stable code: the clerk looks again, nothing is refused."""

    WAYBILL_UNRECOGNISED = "waybill_unrecognised"
    DIVISION_UNKNOWN = "division_unknown"
    DIVISION_RETIRED = "division_retired"
    TERM_UNUSUAL = "term_unusual"
    MINOR_SENDER = "minor_sender"


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said of a code: what was found, and what to do about it."""

    duty: Duty
    zh: str
    en: str
    do_zh: str
    do_en: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason of a refused acceptance, with the law that held on its day. It repeats nothing of what was shown."""

    reason: Reason
    source: Source
    rule_version: str

    @property
    def wording(self) -> Wording:
        return wording_of(self.reason)


def build_refusal(reason: Reason, *, day: date, rule_version: str) -> Refusal:
    """The refusal for a reason on a local day."""
    return Refusal(reason, source_of(wording_of(reason).duty, day), rule_version)


def wording_of(code: Reason | Caution) -> Wording:
    """The words for a code; every code has its own."""
    return _wordings()[code.value]


@cache
def _wordings() -> dict[str, Wording]:
    table = tomllib.loads(files("scanners.identity").joinpath("reasons.toml").read_text(encoding="utf-8"))
    return {code: Wording(**{**told, "duty": Duty(told["duty"])}) for code, told in table.items()}
