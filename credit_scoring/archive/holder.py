"""The holder (档案主体): whose archive it is, one archive each (一主体一档)."""

from dataclasses import dataclass
from enum import StrEnum

from stdnum.cn import uscc as uscc_rules

from credit_scoring.errors import ArchiveRefused, RecordFault
from tracker.wire.topics import is_code


class HolderKind(StrEnum):
    """What kind of holder a code names."""

    ENTERPRISE = "enterprise"  # 寄递企业, franchisees too: by USCC
    PRACTITIONER = "practitioner"  # 从业人员: CARRIER/OPERATOR; never public, no name is taken
    PLATFORM = "platform"  # 电商平台: by its code here
    MERCHANT = "merchant"  # 商户: by USCC
    STATION = "station"  # 网点: CARRIER/STATION


BY_USCC = frozenset({HolderKind.ENTERPRISE, HolderKind.MERCHANT})
BY_CARRIER = frozenset({HolderKind.PRACTITIONER, HolderKind.STATION})


@dataclass(frozen=True, slots=True, order=True)
class Holder:
    """One holder; `code` as parse_holder writes it."""

    kind: HolderKind
    code: str

    @property
    def is_public(self) -> bool:
        """Whether its archive may be shown to everybody: a natural person's never."""
        return self.kind is not HolderKind.PRACTITIONER

    @property
    def carrier(self) -> str | None:
        """The carrier's code inside a practitioner's or a station's."""
        return self.code.partition("/")[0] if self.kind in BY_CARRIER else None

    def __str__(self) -> str:
        """For lists and the audit log: `enterprise:91…`."""
        return f"{self.kind}:{self.code}"


def enterprise(uscc: str) -> Holder:
    """The enterprise with a USCC that was parsed before."""
    return Holder(HolderKind.ENTERPRISE, uscc)


def parse_holder(kind: str, code: str) -> Holder:
    """A holder as it is kept. Raises ArchiveRefused `holder_invalid`."""
    if kind not in set(HolderKind):
        raise ArchiveRefused(RecordFault.HOLDER_INVALID, "holder_kind")
    found = HolderKind(kind)
    if found in BY_USCC:
        return Holder(found, parse_uscc(code, "holder"))
    parts = code.strip().split("/")
    if len(parts) != 1 + (found in BY_CARRIER) or not all(is_code(part) for part in parts):
        raise ArchiveRefused(RecordFault.HOLDER_INVALID, "holder")
    return Holder(found, "/".join(parts))


def parse_uscc(text: str, field: str) -> str:
    """A unified social credit code (GB 32100), its check character right. Raises ArchiveRefused `holder_invalid`."""
    if not uscc_rules.is_valid(text):
        raise ArchiveRefused(RecordFault.HOLDER_INVALID, field)
    return str(uscc_rules.compact(text))
