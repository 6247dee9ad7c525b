"""The seal (考核依据封存): an assessment's inputs as canonical bytes with their SHA-256, and read back."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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
    with _reasons():
        table = json.loads(content)
        if table["v"] != VERSION:
            raise EvidenceInvalid("evidence_invalid", "sealed in a version that this program does not read")
        window = Window(date.fromisoformat(table["from"]), date.fromisoformat(table["to"]))
        return SealedInputs(
            scope=Scope(window, table["division"], datetime.fromisoformat(table["as_of"])),
            log=LogPoint(table["position"], table["rolling_sha256"]),
            scheme_version=table["scheme"]["version"],
            evidence=tuple(_evidence(subject) for subject in table["subjects"]),
        )


@contextmanager
def _reasons() -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError) as error:
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


def _evidence(table: dict[str, Any]) -> CarrierEvidence:
    return CarrierEvidence(
        subject=Subject(SubjectKind(table["kind"]), table["code"]),
        parcels=table["parcels"],
        own_parcels=table["own_parcels"],
        on_the_way=table["on_the_way"],
        expected=table["expected"],
        counts={IndicatorName(name): Count(*pair) for name, pair in table["counts"].items()},
    )
