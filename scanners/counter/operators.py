"""The operators of a counter (当班人员): codes with a PIN or a badge, kept as salted slow hashes, checked offline."""

import hashlib
import hmac
import secrets
from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec import Struct

from tracker.wire.private_file import write_private
from tracker.wire.topics import is_code

FILE_NAME = "operators.json"  # in the data dir
PIN_DIGITS = range(6, 13)
SHORTEST_BADGE = 8
_COST = {"n": 2**14, "r": 8, "p": 1}  # scrypt: 16 MiB and some 30 ms a try


class NotAnOperator(ValueError):
    """The code, the PIN or the badge cannot be taken; the message says why."""


class Operator(Struct, frozen=True, forbid_unknown_fields=True):
    """One clerk. `badge` is None for who signs in by PIN alone. Salts and hashes are hexadecimal.

    `pin` is None for who only takes parcels over (交接对方), as a courier or a driver: their badge signs nobody in.
    """

    code: str
    salt: str
    pin: str | None
    badge: str | None = None

    def __repr__(self) -> str:
        return f"Operator(code={self.code!r})"


class OperatorFile(Struct, frozen=True, forbid_unknown_fields=True):
    """All of a counter. Badges share one salt: a badge names nobody, so that it is looked up by its hash."""

    badge_salt: str
    operators: list[Operator]


def load_operators(path: Path) -> OperatorFile:
    """The file's operators; none without a file. Raises OSError, NotAnOperator for a file that holds something else."""
    if not path.exists():
        return OperatorFile(secrets.token_hex(16), [])
    try:
        return msgspec.json.decode(path.read_bytes(), type=OperatorFile)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotAnOperator(f"当班人员文件读不了 · {path} holds no operators: remove it and add them again") from error


def save_operators(path: Path, kept: OperatorFile) -> None:
    """Write the file whole or not at all, readable by its owner only. Raises OSError."""
    write_private(path, msgspec.json.format(msgspec.json.encode(kept), indent=2) + b"\n")


def add_operator(kept: OperatorFile, code: str, *, pin: str | None, badge: str | None = None) -> OperatorFile:
    """The operators with this one, in place of one of the same code. Raises NotAnOperator."""
    if not is_code(code):
        raise NotAnOperator("工号为 1 至 64 个字母、数字、- 和 _ · a code has 1 to 64 letters, digits, - and _")
    if pin is not None:
        _check_pin(pin)
    elif badge is None:
        raise NotAnOperator("没有 PIN 的人须有工牌 · who has no PIN has a badge")
    if badge is not None and len(badge) < SHORTEST_BADGE:
        raise NotAnOperator(f"工牌码至少 {SHORTEST_BADGE} 个字符 · a badge has at least {SHORTEST_BADGE} characters")
    shown = None if badge is None else _hash(badge, kept.badge_salt)
    others = [each for each in kept.operators if each.code != code]
    if shown is not None and any(each.badge == shown for each in others):
        raise NotAnOperator("此工牌已属他人 · this badge is somebody else's")
    salt = secrets.token_hex(16)
    return OperatorFile(
        kept.badge_salt,
        sorted([*others, Operator(code, salt, None if pin is None else _hash(pin, salt), shown)], key=_code),
    )


def remove_operator(kept: OperatorFile, code: str) -> OperatorFile:
    """The operators without this one. Raises NotAnOperator where there is none."""
    others = [each for each in kept.operators if each.code != code]
    if len(others) == len(kept.operators):
        raise NotAnOperator(f"没有此工号 · no operator {code}")
    return OperatorFile(kept.badge_salt, others)


def find_by_pin(kept: OperatorFile, code: str, pin: str) -> Operator | None:
    """Who signs in with a code and a PIN; it takes as long for a code that nobody has."""
    known = next((each for each in kept.operators if each.code == code), None)
    shown = _hash(pin, known.salt if known else kept.badge_salt)
    holds = known is not None and known.pin is not None and hmac.compare_digest(shown, known.pin)
    return known if holds else None


def is_code_with_pin(kept: OperatorFile, text: str) -> bool:
    """Whether a text is the code of somebody who signs in with a PIN."""
    return any(each.code == text and each.pin is not None for each in kept.operators)


def find_by_badge(kept: OperatorFile, badge: str) -> Operator | None:
    """Whose badge it is."""
    shown = _hash(badge, kept.badge_salt)
    found = [each for each in kept.operators if each.badge is not None and hmac.compare_digest(each.badge, shown)]
    return found[0] if found else None


def _check_pin(pin: str) -> None:
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin) if pin.isdecimal()}
    if len(pin) not in PIN_DIGITS or not (pin.isascii() and pin.isdecimal()) or steps in ({0}, {1}, {9}):
        raise NotAnOperator(
            "PIN 为 6 至 12 位数字，不能全同或连号 · a PIN has 6 to 12 digits, not all alike or in a row"
        )


def _hash(secret: str, salt: str) -> str:
    return hashlib.scrypt(secret.encode(), salt=bytes.fromhex(salt), **_COST).hex()


def _code(operator: Operator) -> str:
    return operator.code
