"""What the credit side cannot do, and who must act, in stable codes.

    CreditError
    ├── WindowInvalid     the asker: the dates are not a window
    ├── SchemeUnknown     the asker: no scheme has this version
    ├── SchemeInvalid     the scheme's author: the file breaks a rule of schemes
    ├── EvidenceInvalid   whoever keeps the sealed run: it cannot be read as evidence
    └── ClaimLost         nobody: another worker took the job over and finishes it

Codes are public and never change meaning; reasons are for people.
"""


class CreditError(ValueError):
    """A question to the credit side that has no answer."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class WindowInvalid(CreditError):
    """The dates are not a window: `date_invalid`, `date_out_of_range` or `window_empty`."""


class SchemeUnknown(CreditError):
    """No scheme has this version: `scheme_unknown`."""


class SchemeInvalid(CreditError):
    """A scheme file that must not be used: `scheme_invalid`."""


class EvidenceInvalid(CreditError):
    """Sealed bytes that are not evidence: `evidence_invalid`."""


class ClaimLost(CreditError):
    """The job's period now belongs to another worker: `claim_lost`. Nothing may be saved."""
