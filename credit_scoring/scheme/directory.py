"""The directory of schemes (评定方案目录): those that travel with the program and those that were adopted, as one.

Whoever needs a scheme asks here: by its version, or by a day and a division.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from credit_scoring.errors import SchemeUnknown
from credit_scoring.scheme.policy import parse_scheme
from credit_scoring.scheme.rules import Level, Scheme, require

_HEIGHT = {Level.NATIONAL: 0, Level.PROVINCIAL: 1, Level.CITY: 2}


@dataclass(frozen=True, slots=True)
class Schemes:
    """Every scheme there is, in the order in which they begin to hold; each version once, at least one national."""

    known: tuple[Scheme, ...]

    def of(self, version: str) -> Scheme:
        """The scheme of a version; raises SchemeUnknown."""
        for scheme in self.known:
            if scheme.version == version:
                return scheme
        raise SchemeUnknown("scheme_unknown", "no scheme has this version")

    def on(self, day: date, division: str | None = None) -> Scheme:
        """The scheme for a day and a division (a code; None: nationwide).

        An adopted one goes before a proposal, then the city's before the province's before the nation's. Where none
        holds on that day, the nation's that began last before it, or else the first.
        """
        covering = [scheme for scheme in self.known if scheme.covers(division)]
        if holding := [scheme for scheme in covering if scheme.holds_on(day)]:
            return max(holding, key=lambda each: (not each.proposal, _HEIGHT[each.level], each.valid_from))
        national = [scheme for scheme in covering if scheme.level is Level.NATIONAL]
        return ([scheme for scheme in national if scheme.valid_from <= day] or national[:1])[-1]

    def with_adopted(self, adopted: Iterable[Scheme]) -> "Schemes":
        """These and the adopted ones."""
        return Schemes(tuple(sorted((*self.known, *adopted), key=lambda each: (each.valid_from, each.version))))


@cache
def shipped_schemes() -> Schemes:
    """The schemes that travel with the program: proposals, each in a file of its version's name."""
    folder = resources.files("credit_scoring.scheme") / "schemes"
    found = []
    for file in folder.iterdir():
        if file.name.endswith(".toml"):
            scheme = parse_scheme(file.read_bytes())
            fits = file.name == f"{scheme.version}.toml"
            require(fits, f"{file.name} 里的版本是 {scheme.version}", f"{file.name} holds version {scheme.version}")
            found.append(scheme)
    return Schemes(()).with_adopted(found)
