"""Shifts (当班): who is signed in at which screen, locked after idle time; wrong PINs lock the sign-in for a while."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from scanners.counter.operators import OperatorFile, find_by_badge, find_by_pin
from scanners.identity.presented import Document

FREE_TRIES = 5  # wrong ones in a row before the first lock
FIRST_LOCK, LONGEST_LOCK = 30.0, 900.0  # seconds; doubled with each wrong try after
MOST_SCREENS = 50


class NotSignedIn(RuntimeError):
    """Nobody is signed in at this screen, or nobody was there for too long."""


class SignInRefused(ValueError):
    """The code, PIN or badge is nobody's."""


class CounterpartRefused(ValueError):
    """Nobody who may take a parcel over; `why` not."""

    def __init__(self, why: Literal["nobody", "yourself"]) -> None:
        super().__init__(why)
        self.why = why


class SignInLocked(SignInRefused):
    """Too many wrong tries; `seconds` until the next one is heard."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"locked for {seconds:.0f} s")
        self.seconds = seconds


@dataclass(slots=True)
class Shift:
    """One screen's sitting; `token` is in its cookie and nowhere else."""

    operator: str
    last_used: float
    card: Document | None = field(default=None, repr=False)  # read, and not sealed yet


@dataclass(slots=True)
class Shifts:
    """All screens of a counter. `clock` is monotonic seconds; `idle` seconds without use lock a screen."""

    clock: Callable[[], float]
    idle: float
    _open: dict[str, Shift] = field(default_factory=dict, repr=False)
    _wrong: int = 0
    _locked_until: float = float("-inf")

    def sign_in(self, known: OperatorFile, *, code: str | None, pin: str | None, badge: str | None) -> str:
        """A new token for a screen. Raises SignInRefused, SignInLocked.

        Wrong tries count for the whole counter: whoever stands here tries one code after the other.
        """
        self._require_unlocked()
        found = find_by_badge(known, badge) if badge else find_by_pin(known, code or "", pin or "")
        if found is None or found.pin is None:
            self._count_wrong()
            raise SignInRefused("nobody's code, PIN or badge")
        now, self._wrong = self.clock(), 0
        self._forget_idle()
        while len(self._open) >= MOST_SCREENS:
            del self._open[next(iter(self._open))]
        token = secrets.token_urlsafe(32)
        self._open[token] = Shift(found.code, now)
        return token

    def find_counterpart(self, known: OperatorFile, badge: str, *, operator: str) -> str:
        """Whose badge it is, beside the operator's own: both parties of a hand-over are there. A wrong one is counted.

        Raises CounterpartRefused, SignInLocked.
        """
        self._require_unlocked()
        found = find_by_badge(known, badge)
        if found is None:
            self._count_wrong()
            raise CounterpartRefused("nobody")
        if found.code == operator:
            raise CounterpartRefused("yourself")
        return found.code

    def _require_unlocked(self) -> None:
        left = self._locked_until - self.clock()
        if left > 0:
            raise SignInLocked(left)

    def _count_wrong(self) -> None:
        self._wrong += 1
        if self._wrong >= FREE_TRIES:
            pause = min(FIRST_LOCK * 2 ** (self._wrong - FREE_TRIES), LONGEST_LOCK)
            self._locked_until = self.clock() + pause
            raise SignInLocked(pause)

    def find(self, token: str | None, known: OperatorFile, *, touch: bool = True) -> Shift:
        """The sitting of a screen; looking at it keeps it open, unless `touch` is false. Raises NotSignedIn.

        Who is no operator any more has none.
        """
        self._forget_idle()
        shift = self._open.get(token or "")
        if shift is None or all(each.code != shift.operator for each in known.operators):
            self.sign_out(token)
            raise NotSignedIn("请登录 · sign in")
        if touch:
            shift.last_used = self.clock()
        return shift

    def sign_out(self, token: str | None) -> None:
        """End a screen's sitting, and what it held with it."""
        self._open.pop(token or "", None)

    def _forget_idle(self) -> None:
        now = self.clock()
        self._open = {token: shift for token, shift in self._open.items() if now - shift.last_used < self.idle}
