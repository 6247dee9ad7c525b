"""Roles (角色): who a person is to this installation, and how far the role reaches."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from tracker.wire.divisions import division_of, division_prefix
from tracker.wire.topics import is_code


class Role(StrEnum):
    """What an account is for. A consumer has none: the waybill number and four digits of a telephone open a trace."""

    COURIER = "courier"  # 快递员: scans at one station
    STATION_MANAGER = "station_manager"  # 网点负责人: one station
    CARRIER = "carrier"  # 快递企业: one carrier, all its stations
    PLATFORM = "platform"  # 电商平台: one merchant platform
    REGULATOR = "regulator"  # 邮政管理部门: one division and what lies in it; without one, the nation
    VAULT_OFFICER = "vault_officer"  # 身份库管理员: opens identities, and nothing else
    ADMINISTRATOR = "administrator"  # 系统管理员: this installation; opens no identity


class Level(StrEnum):
    """How high a regulator stands, by its division's code (GB/T 2260)."""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


WITH_SECOND_FACTOR = frozenset({Role.CARRIER, Role.REGULATOR, Role.VAULT_OFFICER, Role.ADMINISTRATOR})  # who see more
ON_THE_SERVER = frozenset(
    {Role.VAULT_OFFICER}
)  # made and reset by no page: an administrator opens no identity that way
_NEEDED: dict[Role, frozenset[str]] = {
    Role.COURIER: frozenset({"carrier", "station"}),
    Role.STATION_MANAGER: frozenset({"carrier", "station"}),
    Role.CARRIER: frozenset({"carrier"}),
    Role.PLATFORM: frozenset({"platform"}),
    Role.REGULATOR: frozenset(),
    Role.VAULT_OFFICER: frozenset(),
    Role.ADMINISTRATOR: frozenset(),
}
_ALLOWED = _NEEDED | {Role.REGULATOR: frozenset({"division"})}
PARTS_OF = {role: tuple(sorted(parts)) for role, parts in _ALLOWED.items()}  # which parts of a scope a role may have
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}")


class AccountMalformed(ValueError):
    """An account that cannot be: the message says which part and what is right. The asker must act.

    `code` is `scope_lacks`, `scope_surplus`, `division_unknown`, `code_malformed` or `login_malformed`; `part` which
    part of the scope.
    """

    def __init__(self, message: str, *, code: str, part: str = "") -> None:
        super().__init__(message)
        self.code, self.part = code, part


@dataclass(frozen=True, slots=True)
class Scope:
    """How far an account reaches: codes of the registry, `division` a code of GB/T 2260; all None is everything."""

    carrier: str | None = None
    station: str | None = None
    division: str | None = None
    platform: str | None = None

    @property
    def prefix(self) -> str | None:
        """The division as a prefix to match against other codes; None for all of them."""
        return division_prefix(self.division) if self.division else None

    def holds_station(self, carrier: str, station: str, division: str | None) -> bool:
        """Whether a station lies within; its division is None where nobody told it, which lies in the nation only."""
        if self.platform is not None:
            return False
        inside = self.prefix is None or (division or "").startswith(self.prefix)
        return inside and self.carrier in (None, carrier) and self.station in (None, station)

    def __str__(self) -> str:
        """For lists: `BLUEBIRD/CQ-01`, `500000`, `*`."""
        named = "/".join(part for part in (self.carrier, self.station) if part)
        return named or self.division or self.platform or "*"


EVERYTHING = Scope()


def level_of(scope: Scope) -> Level:
    """A regulator's level."""
    found = division_of(scope.division) if scope.division else None
    return Level(found.level) if found else Level.NATION


def check_scope(role: Role, scope: Scope) -> None:
    """Raises AccountMalformed where a role lacks a part of its scope, has one too many, or names what cannot be."""
    told = {name: value for name in Scope.__dataclass_fields__ if (value := getattr(scope, name)) is not None}
    for name in sorted(_NEEDED[role] - told.keys()):
        message = f"角色 {role} 需要 --{name} · the role {role} needs --{name}"
        raise AccountMalformed(message, code="scope_lacks", part=name)
    for name in sorted(told.keys() - _ALLOWED[role]):
        message = f"角色 {role} 不用 --{name} · the role {role} takes no --{name}"
        raise AccountMalformed(message, code="scope_surplus", part=name)
    for name, value in told.items():
        if name == "division" and division_of(value) is None:
            message = f"没有这个行政区划 · not a division code of GB/T 2260: {value}"
            raise AccountMalformed(message, code="division_unknown", part=name)
        if name != "division" and not is_code(value):
            message = f"--{name} 只含字母、数字、- 和 _ · --{name} is 1 to 64 letters, digits, - and _"
            raise AccountMalformed(message, code="code_malformed", part=name)


def parse_login(text: str) -> str:
    """A login name as it is kept: NFKC, lower case. It stands in the audit log, so it is no number of a person.

    Raises AccountMalformed.
    """
    login = unicodedata.normalize("NFKC", text).strip().lower()
    if not _LOGIN.fullmatch(login):
        raise AccountMalformed(
            "登录名 2 到 32 位，字母开头，只含小写字母、数字、. _ - · a login is 2 to 32 characters, a letter first,"
            " then letters, digits, . _ -",
            code="login_malformed",
        )
    return login
