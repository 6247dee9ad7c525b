"""Shifts (当班): who is signed in at which screen, locked after idle time; wrong PINs lock the sign-in for a while."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from scanners.counter.operators import OperatorFile, find_by_badge, find_by_pin, is_code_with_pin
from scanners.identity.presented import Document

FREE_TRIES = 5  # wrong ones before the first lock
FIRST_LOCK, LONGEST_LOCK = 30.0, 900.0  # seconds; doubled with each wrong try after
FORGOTTEN_AFTER = 3600.0  # seconds, unless who is meant comes in before
FREE_TRIES_OF_ALL = 20  # of all other machines together: a guesser with many addresses is one
MOST_SCREENS = 50
MOST_MACHINES = 1_000
HERE = ""  # the counter's own machine


class NotSignedIn(RuntimeError):
    """Nobody is signed in at this screen, or nobody was there for too long."""


class SignInRefused(ValueError):
    """The code, PIN or badge is nobody's."""


class PinNeeded(ValueError):
    """An operator's code was typed where a badge may be scanned: their PIN is still to come, and nothing was tried."""


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
class Tries:
    """The wrong tries of the last hour, each with the code that it was made at ("" a badge), and until when the next
    one is not heard.
    """

    free: int = FREE_TRIES
    wrong: list[tuple[float, str]] = field(default_factory=list)
    locked_until: float = float("-inf")

    def count(self, now: float, code: str) -> None:
        """One more; from the free ones on each locks for longer."""
        self.wrong = [each for each in self.wrong if now - each[0] < FORGOTTEN_AFTER] + [(now, code)]
        if len(self.wrong) >= self.free:
            self.locked_until = now + min(FIRST_LOCK * 2 ** min(len(self.wrong) - self.free, 10), LONGEST_LOCK)

    def forgive(self, code: str) -> None:
        """Who came in had mistyped; what was tried at others' codes stays."""
        self.wrong = [each for each in self.wrong if each[1] != code]


@dataclass(slots=True)
class Shifts:
    """All screens of a counter. `clock` is monotonic seconds; `idle` seconds without use lock a screen.

    Wrong tries count by machine: whoever stands at one tries one code after the other. Those of other machines count
    together, too, and lock each other out, but never the counter's own machine. Who comes in is forgiven what was tried
    at their own code and nothing else: else a clerk could guess a colleague's PIN between two sign-ins of their own.
    """

    clock: Callable[[], float]
    idle: float
    _open: dict[str, Shift] = field(default_factory=dict, repr=False)
    _tries: dict[str, Tries] = field(default_factory=dict)
    _of_all: Tries = field(default_factory=lambda: Tries(FREE_TRIES_OF_ALL))

    def sign_in(
        self, known: OperatorFile, *, code: str | None, pin: str | None, badge: str | None, machine: str = HERE
    ) -> str:
        """A new token for a screen of a machine, known by its address.

        Raises SignInRefused, SignInLocked, PinNeeded.
        """
        self._require_unlocked(machine)
        found = find_by_badge(known, badge) if badge else find_by_pin(known, code or "", pin or "")
        if badge and found is None and is_code_with_pin(known, badge):
            raise PinNeeded
        if found is None or found.pin is None:
            self._count_wrong(machine, "" if badge else code or "")
            raise SignInRefused("nobody's code, PIN or badge")
        now = self.clock()
        for tries in self._tries_of(machine):
            tries.forgive(found.code)
        self._forget_idle()
        while len(self._open) >= MOST_SCREENS:
            del self._open[next(iter(self._open))]
        token = secrets.token_urlsafe(32)
        self._open[token] = Shift(found.code, now)
        return token

    def find_counterpart(self, known: OperatorFile, badge: str, *, operator: str, machine: str = HERE) -> str:
        """Whose badge it is, beside the operator's own: both parties of a hand-over are there. A wrong one is counted.

        Raises CounterpartRefused, SignInLocked.
        """
        self._require_unlocked(machine)
        found = find_by_badge(known, badge)
        if found is None:
            self._count_wrong(machine, "")
            raise CounterpartRefused("nobody")
        if found.code == operator:
            raise CounterpartRefused("yourself")
        return found.code

    def _tries_of(self, machine: str) -> list[Tries]:
        mine = self._tries.setdefault(machine, Tries())
        while len(self._tries) > MOST_MACHINES:  # the oldest goes: who has so many addresses is counted together
            del self._tries[next(each for each in self._tries if each not in (HERE, machine))]
        return [mine] if machine == HERE else [mine, self._of_all]

    def _require_unlocked(self, machine: str) -> None:
        left = max(tries.locked_until for tries in self._tries_of(machine)) - self.clock()
        if left > 0:
            raise SignInLocked(left)

    def _count_wrong(self, machine: str, code: str) -> None:
        for tries in self._tries_of(machine):
            tries.count(self.clock(), code)
        self._require_unlocked(machine)

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
