"""A document (身份证件), checked: its kind, number, birth date and term, by the rules of its kind."""

from dataclasses import dataclass
from datetime import date

from scanners.identity.presented import Document
from scanners.identity.reasons import Caution, Reason
from scanners.identity.resident_number import EARLIEST_BIRTH, LENGTH, birth_in, is_checked, was_division
from scanners.identity.rules import GateRules, KindRule
from scanners.identity.spelling import Lookalike, is_name, read_number
from tracker.wire.document_kinds import DocumentKind, kinds_on

_CHINESE_STATES = frozenset({"CHN", "HKG", "MAC", "TWN"})  # of China's own; their holders have permits on the list
_REGIONS_OF_PERMITS = ("810000", "820000", "830000")
_OF_A_DIVISION = frozenset({DocumentKind.RESIDENT_ID, DocumentKind.TEMPORARY_RESIDENT_ID})
FOR_LIFE_FROM = 46  # years at issue, 居民身份证法 Art. 5 (common knowledge): younger is a warning


@dataclass(frozen=True, slots=True, repr=False)
class CheckedDocument:
    """What came of it. `number` is None where it could not be read, `birth` where no date is known to be right."""

    kind: DocumentKind | None
    number: str | None
    birth: date | None
    faults: tuple[Reason, ...]
    cautions: tuple[Caution, ...]


def check_document(document: Document, *, today: date, rules: GateRules) -> CheckedDocument:
    """Everything that a document says about itself, held against the rules on a local day."""
    listed = kinds_on(today)
    if listed is None or document.kind not in listed.kinds:
        return CheckedDocument(None, None, None, (Reason.KIND_NOT_ACCEPTED,), ())
    rule = rules.kinds[DocumentKind(document.kind)]
    faults = [Reason.DOCUMENT_COPY] if document.is_copy else []
    if not document.name.strip():
        faults.append(Reason.DOCUMENT_NAME_MISSING)
    elif not is_name(document.name):
        faults.append(Reason.NAME_UNREADABLE)
    number, about_number = _check_number(document, rule)
    holds_birth = number is not None and rule.gb11643 and len(number) == LENGTH
    birth, about_birth = _find_birth(document, number if holds_birth else None, today)
    if number is None:
        about_birth = []
    faults += [*about_number, *about_birth, *_check_issuer(document, rule), *_check_term(document, rule, birth, today)]
    cautions = () if faults or birth is None else _find_cautions(document, rule, number or "", birth)
    return CheckedDocument(rule.kind, number, birth, tuple(faults), cautions)


def _check_number(document: Document, rule: KindRule) -> tuple[str | None, list[Reason]]:
    try:
        number = read_number(document.number)
    except Lookalike:
        return None, [Reason.NUMBER_LOOKALIKE]
    if not any(pattern.fullmatch(number) for pattern in rule.patterns):
        return None, [Reason.NUMBER_MALFORMED]
    if not (rule.gb11643 and len(number) == LENGTH):
        return number, []
    if rule.kind in _OF_A_DIVISION and (number[0] == "9" or number[:6] in _REGIONS_OF_PERMITS):
        return None, [Reason.NUMBER_OF_ANOTHER_KIND]
    return number, [] if is_checked(number) else [Reason.CHECK_DIGIT_WRONG]


def _find_birth(document: Document, holder: str | None, today: date) -> tuple[date | None, list[Reason]]:
    """The birth date: from a number that holds one, else as it was told."""
    told = document.birth_date
    birth = birth_in(holder) if holder is not None else told
    if holder is None and told is None:
        return None, [Reason.BIRTH_MISSING]
    if birth is None or not EARLIEST_BIRTH <= birth <= today:
        return None, [Reason.BIRTH_IMPOSSIBLE]
    return (birth, []) if told in (None, birth) else (None, [Reason.BIRTH_MISMATCH])


def _check_issuer(document: Document, rule: KindRule) -> list[Reason]:
    if not rule.issued_abroad:
        return []
    state = (document.issuing_state or "").strip().upper()
    if not (len(state) == 3 and state.isascii() and state.isalpha()):
        return [Reason.ISSUING_STATE_MISSING]
    return [Reason.PASSPORT_NOT_FOREIGN] if state in _CHINESE_STATES else []


def _check_term(document: Document, rule: KindRule, birth: date | None, today: date) -> list[Reason]:
    start, end = document.valid_from, document.valid_until
    if not _is_term_told(document, rule):
        return [Reason.VALIDITY_MISSING]
    contradicts = document.for_life and (end is not None or rule.kind is not DocumentKind.RESIDENT_ID)
    if contradicts or (start and end and end < start) or (start and birth and start < birth):
        return [Reason.VALIDITY_IMPOSSIBLE]
    if start is not None and start > today:
        return [Reason.DOCUMENT_NOT_YET_VALID]
    return [Reason.DOCUMENT_EXPIRED] if end is not None and end < today else []


def _is_term_told(document: Document, rule: KindRule) -> bool:
    has_end = document.valid_until is not None or document.for_life
    return rule.validity == "none" or (has_end and (rule.validity == "end" or document.valid_from is not None))


def _find_cautions(document: Document, rule: KindRule, number: str, birth: date) -> tuple[Caution, ...]:
    """What a clerk should look at again in a document that has no fault."""
    found: list[Caution] = []
    if rule.kind in _OF_A_DIVISION:
        issued = document.valid_from or birth
        known = was_division(number[:6], birth.year, issued.year)
        if known is not True:
            found.append(Caution.DIVISION_UNKNOWN if known is None else Caution.DIVISION_RETIRED)
    if rule.terms_years and _is_term_unusual(document, rule, birth):
        found.append(Caution.TERM_UNUSUAL)
    return tuple(found)


def _is_term_unusual(document: Document, rule: KindRule, birth: date) -> bool:
    start, end = document.valid_from, document.valid_until
    assert start is not None, "a document with terms and no fault tells its first day"
    if end is None:
        return age_on(start, birth) < FOR_LIFE_FROM
    years = end.year - start.year
    return years not in rule.terms_years or abs((end - _later(start, years)).days) > 1


def age_on(day: date, birth: date) -> int:
    """Full years; who was born on 29 February is a year older on 1 March where there is no such day."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _later(day: date, years: int) -> date:
    return date(day.year + years, day.month, min(day.day, 28) if day.month == 2 else day.day)
