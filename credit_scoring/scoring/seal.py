"""The seal (考核依据封存): an assessment's inputs as canonical bytes with their SHA-256, and read back."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from credit_scoring.errors import EvidenceInvalid
from credit_scoring.evidence.catalogue import INDICATORS
from credit_scoring.evidence.evidence import CarrierEvidence, Count
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.subject import Subject, SubjectKind
from credit_scoring.evidence.window import Window
from credit_scoring.scoring.assess import Assessment
from credit_scoring.scoring.export import canonical_json, time_json

VERSION = 3


@dataclass(frozen=True, slots=True)
class SealedInputs:
    """What a run was computed from; the scheme by its version (its file's SHA-256 is sealed beside it)."""

    scope: Scope
    log: LogPoint
    scheme_version: str
    evidence: tuple[CarrierEvidence, ...]


Whole = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # as the store counts; a number of thousands of digits takes hours


class _Told(Struct, frozen=True, forbid_unknown_fields=True):
    """One subject's evidence as it is sealed: a count is numerator and denominator."""

    kind: SubjectKind
    code: str
    parcels: Whole
    own_parcels: Whole
    on_the_way: Whole
    expected: Whole | None
    counts: dict[IndicatorName, tuple[Whole, Whole]]


class _Sealed(Struct, frozen=True, forbid_unknown_fields=True):
    """The sealed bytes: a stranger's file may hold anything, and what it holds is computed with."""

    v: int
    as_of: str
    position: Whole
    rolling_sha256: str | None
    scheme: dict[str, str]
    from_: date = msgspec.field(name="from")
    to: date
    division: str | None
    indicators: msgspec.Raw
    subjects: list[_Told]


_SEALED = msgspec.json.Decoder(_Sealed)


def seal_inputs(assessment: Assessment) -> bytes:
    """Everything that the assessment's result depends on; what each indicator is, too, so that a stranger needs no
    program of ours."""
    return canonical_json(
        {
            "v": VERSION,
            "as_of": time_json(assessment.as_of),
            "position": assessment.log.position,
            "rolling_sha256": assessment.log.rolling,
            "scheme": {"version": assessment.scheme.version, "sha256": assessment.scheme.sha256},
            "from": assessment.window.from_date.isoformat(),
            "to": assessment.window.to_date.isoformat(),
            "division": assessment.division,
            "indicators": {each.name.value: [each.area, each.kind, each.direction, each.needs] for each in INDICATORS},
            "subjects": [_evidence_json(evidence) for evidence in assessment.evidence],
        }
    )


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def parse_inputs(content: bytes) -> SealedInputs:
    """The inputs from their sealed bytes; raises EvidenceInvalid."""
    try:
        told = _SEALED.decode(content)
        if told.v != VERSION:
            raise EvidenceInvalid("evidence_invalid", "sealed in a version that this program does not read")
        as_of = datetime.fromisoformat(told.as_of)
        if time_json(as_of) != told.as_of:
            raise EvidenceInvalid("evidence_invalid", "a moment that is written in another way")
        return SealedInputs(
            scope=Scope(Window(told.from_, told.to), told.division, as_of),
            log=LogPoint(told.position, told.rolling_sha256),
            scheme_version=told.scheme["version"],
            evidence=tuple(_evidence(each) for each in told.subjects),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise EvidenceInvalid("evidence_invalid", f"the sealed bytes are no evidence: {error}") from error


def _evidence_json(evidence: CarrierEvidence) -> dict[str, Any]:
    return {
        "kind": evidence.subject.kind.value,
        "code": evidence.subject.code,
        "parcels": evidence.parcels,
        "own_parcels": evidence.own_parcels,
        "on_the_way": evidence.on_the_way,
        "expected": evidence.expected,
        "counts": {name.value: [count.numerator, count.denominator] for name, count in evidence.counts.items()},
    }


def _evidence(told: _Told) -> CarrierEvidence:
    return CarrierEvidence(
        subject=Subject(told.kind, told.code),
        parcels=told.parcels,
        own_parcels=told.own_parcels,
        on_the_way=told.on_the_way,
        expected=told.expected,
        counts={name: Count(*pair) for name, pair in told.counts.items()},
    )
