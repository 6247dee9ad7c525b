"""Evidence for an objection (异议证据): one file, its kind told by its octets, its size bounded, known by its hash."""

from dataclasses import dataclass
from hashlib import sha256

from credit_scoring.governance.objections.refusals import ObjectionRefusal, ObjectionRefused

MOST_OCTETS = 1024 * 1024
KINDS = {  # what a file of each kind begins with
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
}
ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True, repr=False)
class EvidenceFile:
    """A file that may be kept; it does not show itself in a log."""

    content: bytes
    media_type: str

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def check_evidence(content: bytes) -> EvidenceFile:
    """The file, of a kind that its own octets tell. Raises ObjectionRefused."""
    if not content:
        raise ObjectionRefused(ObjectionRefusal.EVIDENCE_MISSING, "an objection needs evidence (Art. 18)")
    if len(content) > MOST_OCTETS:
        raise ObjectionRefused(ObjectionRefusal.EVIDENCE_SIZE, "evidence is one file of at most 1 MiB")
    for kind, beginnings in KINDS.items():
        if content.startswith(beginnings):
            return EvidenceFile(content, kind)
    raise ObjectionRefused(ObjectionRefusal.EVIDENCE_TYPE, "evidence is a PDF, PNG or JPEG file")
