"""What the credit side cannot do, and who must act, in stable codes.

    CreditError
    ├── WindowInvalid     the asker: the dates are not a window
    ├── SchemeUnknown     the asker: no scheme has this version
    ├── SchemeInvalid     the scheme's author: the file breaks a rule of schemes
    ├── EvidenceInvalid   whoever keeps the sealed run: it cannot be read as evidence
    ├── ArchiveRefused    who enters or declares: the record cannot be taken so
    ├── ClaimLost         nobody: another worker took the job over and finishes it
    └── ComplaintRefused  who complains or handles a complaint: it cannot be taken, or not be done to it now

Codes are public and never change meaning; reasons are for people.
"""

from enum import StrEnum


class CreditError(ValueError):
    """A question to the credit side that has no answer."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class WindowInvalid(CreditError):
    """The dates are not a window: `date_invalid`, `date_out_of_range` or `window_empty`; `parameter` is which."""

    def __init__(self, code: str, reason: str, *, parameter: str) -> None:
        super().__init__(code, reason)
        self.parameter = parameter


class SchemeUnknown(CreditError):
    """No scheme has this version: `scheme_unknown`."""


class SchemeInvalid(CreditError):
    """A scheme file that must not be used: `scheme_invalid`. `key` is the key of the file's head that is at fault."""

    def __init__(self, code: str, reason: str, *, key: str = "") -> None:
        super().__init__(code, reason)
        self.key = key


class EvidenceInvalid(CreditError):
    """Sealed bytes that are not evidence: `evidence_invalid`."""


class ClaimLost(CreditError):
    """The job's period now belongs to another worker: `claim_lost`. Nothing may be saved."""


class RecordFault(StrEnum):
    """Why an archive takes no record; each has an entry in docs/codes.md."""

    KIND_UNKNOWN = "kind_unknown"
    HOLDER_INVALID = "holder_invalid"
    HOLDER_UNKNOWN = "holder_unknown"
    KIND_NOT_FOR_HOLDER = "kind_not_for_holder"
    NOT_DECLARABLE = "not_declarable"
    NOT_YOURS = "not_yours"
    FIELD_MISSING = "field_missing"
    FIELD_UNKNOWN = "field_unknown"
    FIELD_INVALID = "field_invalid"
    PERSONAL_DATA = "personal_data"
    CODE_UNKNOWN = "code_unknown"
    CODE_NOT_IN_FORCE = "code_not_in_force"
    DOCUMENT_IN_FUTURE = "document_in_future"
    VALIDITY_EMPTY = "validity_empty"
    COMMITMENT_INCOMPLETE = "commitment_incomplete"
    RECORD_UNKNOWN = "record_unknown"
    RECORD_REPLACED = "record_replaced"
    RECORD_OTHER = "record_other"
    LICENCE_OVERLAPS = "licence_overlaps"
    LICENCE_UNKNOWN = "licence_unknown"
    OUTLET_KNOWN = "outlet_known"
    PENALTY_KNOWN = "penalty_known"
    IDENTITY_KNOWN = "identity_known"
    LOGIN_TAKEN = "login_taken"
    FRANCHISE_CYCLE = "franchise_cycle"
    SUCCESSION_KNOWN = "succession_known"
    SUCCESSION_CYCLE = "succession_cycle"
    MONTH_NOT_OVER = "month_not_over"
    CARRIER_UNKNOWN = "carrier_unknown"


class ArchiveRefused(CreditError):
    """A record that the archive does not take; `field` is where, empty where it is the whole."""

    def __init__(self, fault: RecordFault, field: str = "") -> None:
        super().__init__(fault, field or "record")
        self.fault = fault
        self.field = field


class ComplaintFault(StrEnum):
    """Why a complaint is not taken, or an act not done to a case; each has an entry in docs/codes.md."""

    CHANNEL_UNKNOWN = "channel_unknown"
    CHANNEL_NOT_YET = "channel_not_yet"
    CHANNEL_NOT_YOURS = "channel_not_yours"
    SOURCE_REF_MALFORMED = "source_ref_malformed"
    SOURCE_REF_PERSONAL = "source_ref_personal"
    SOURCE_REF_CONFLICT = "source_ref_conflict"
    RECEIVED_IN_FUTURE = "received_in_future"
    TIME_MALFORMED = "time_malformed"
    WAYBILL_MALFORMED = "waybill_malformed"
    CODE_UNKNOWN = "code_unknown"
    CAUSE_NOT_OF_CATEGORY = "cause_not_of_category"
    DIVISION_UNKNOWN = "division_unknown"
    PARCEL_UNKNOWN = "parcel_unknown"
    CARRIER_UNKNOWN = "carrier_unknown"
    CARRIER_NOT_OF_PARCEL = "carrier_not_of_parcel"
    TERM_UNKNOWN = "term_unknown"
    LINE_MALFORMED = "line_malformed"
    CASE_UNKNOWN = "case_unknown"
    NOT_YOURS = "not_yours"
    NOT_IN_THIS_STATE = "not_in_this_state"
    ACT_INCOMPLETE = "act_incomplete"
    CARRIER_HAS_TIME = "carrier_has_time"
    APPEAL_TOO_LATE = "appeal_too_late"
    NO_EXTENSION = "no_extension"
    ALREADY_MERGED = "already_merged"
    NOT_MERGED = "not_merged"
    MERGER_OF_MERGERS = "merger_of_mergers"
    OTHER_CARRIER = "other_carrier"
    ALREADY_TOLD = "already_told"


class ComplaintRefused(CreditError):
    """A complaint that cannot be taken, or an act that its case does not allow now; `code` is a ComplaintFault."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(ComplaintFault(code), reason)
