"""The second check (入库复核): an acceptance is held against what the counter's gate must have seen to.

The gate lies in the scanner's hands and may be passed by: a violating acceptance is recorded, as evidence, with its
findings. Pure; what needs the registry or the sealed records comes with the scan, for intake and the store know those
(tracker.realname.agreements, tracker.realname.claims).
"""

from tracker.chain.findings import Finding
from tracker.chain.scan import Scan
from tracker.wire.details import LOCAL, AcceptedDetails, Identity
from tracker.wire.document_kinds import KIND_LISTS, kinds_on
from tracker.wire.goods import PROHIBITED, Category, InspectionResult

IDENTITY_FAULTS = frozenset(
    {
        Finding.IDENTITY_MISSING,
        Finding.IDENTITY_KIND_UNKNOWN,
        Finding.EXEMPTION_UNPROVED,
        Finding.AGREEMENT_UNKNOWN,
        Finding.AGREEMENT_NOT_IN_FORCE,
        Finding.IDENTITY_UNCOMMITTED,
        Finding.IDENTITY_RECORD_MISSING,
    }
)

_ALWAYS_LISTED = frozenset.intersection(*(each.kinds for each in KIND_LISTS))


def look_again(details: AcceptedDetails, scan: Scan) -> list[Finding]:
    """The findings of one acceptance, in the order of the codes. Imported history carries no inspection marks."""
    return [*_check_identity(details, scan), *_check_inspection(details, scan)]


def is_identified(details: AcceptedDetails, scan: Scan) -> bool:
    """Whether the sender's identity was checked, or an exemption holds (实名收寄)."""
    return not IDENTITY_FAULTS.intersection(scan.intake_findings) and not _check_identity(details, scan)


def _check_identity(details: AcceptedDetails, scan: Scan) -> list[Finding]:
    identity = details.identity
    if identity is None or (identity.checked is not True and identity.exemption is None):
        return [Finding.IDENTITY_MISSING]
    if identity.exemption is not None and not _is_proved(identity, details):
        return [Finding.EXEMPTION_UNPROVED]
    if identity.exemption in (None, "SELF_SERVICE_PREVERIFIED") and not _is_listed(identity.kind, scan):
        return [Finding.IDENTITY_KIND_UNKNOWN]
    return []


def _is_listed(kind: str | None, scan: Scan) -> bool:
    if kind in _ALWAYS_LISTED:  # the usual case, without asking which day it was
        return True
    listed = kinds_on(scan.event_time.astimezone(LOCAL).date())
    return listed is None or kind in listed.kinds


def _is_proved(identity: Identity, details: AcceptedDetails) -> bool:
    """Whether an exemption comes with what it rests on, as far as the event can tell."""
    if identity.exemption == "AGREEMENT_CUSTOMER":
        return identity.agreement_no is not None
    if identity.exemption == "SELF_SERVICE_PREVERIFIED":
        return identity.commitment is not None
    category = None if details.inspection is None else details.inspection.category
    return category in (None, Category.LETTER) and not details.goods


def _check_inspection(details: AcceptedDetails, scan: Scan) -> list[Finding]:
    inspection = details.inspection
    if inspection is None or inspection.result is None:
        return [] if scan.imported else [Finding.INSPECTION_MISSING]
    found = []
    unopened = inspection.result == InspectionResult.LETTER_UNOPENED and inspection.category == Category.LETTER
    if inspection.result != InspectionResult.PASSED and not unopened:
        found.append(Finding.INSPECTION_FAILED)
    if inspection.category in PROHIBITED:
        found.append(Finding.GOODS_PROHIBITED)
    return found
