"""The network (加盟与承继): who took whom over, and whose headquarters answers for whom, day by day.

Of franchise networks the headquarters carries the main responsibility (总部主体责任): a franchisee's record counts for
it too. What an enterprise that merged or changed its code left behind belongs to its successor.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Succession:
    """An enterprise's place was taken by another."""

    uscc: str
    successor: str


@dataclass(frozen=True, slots=True)
class Franchise:
    """An enterprise worked under another's brand, the last day included; None: until now."""

    uscc: str
    parent: str
    valid_from: date
    valid_until: date | None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Network:
    """All successions and franchises known at one moment."""

    heirs: dict[str, str] = field(default_factory=dict)
    parents: dict[str, list[Franchise]] = field(default_factory=dict)

    def heir_of(self, uscc: str) -> str:
        """Who has taken an enterprise's place at last; itself where nobody did."""
        seen = {uscc}
        while (heir := self.heirs.get(uscc)) is not None and heir not in seen:
            seen.add(heir)
            uscc = heir
        return uscc

    def kin_of(self, uscc: str) -> frozenset[str]:
        """All whose place has come to the same enterprise in the end, this one among them."""
        heir = self.heir_of(uscc)
        return frozenset({uscc, heir, *(each for each in self.heirs if self.heir_of(each) == heir)})

    def answering_for(self, uscc: str, day: date) -> frozenset[str]:
        """Who answers for what an enterprise did on a day: its heir, and the heirs of its headquarters of that day."""
        found: set[str] = set()
        waiting = [uscc]
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.add(each)
                waiting += [one.parent for one in self.parents.get(each, ()) if one.holds_on(day)]
        return frozenset(self.heir_of(each) for each in found)

    def franchisees_of(self, uscc: str) -> list[Franchise]:
        """Who works or worked right under an enterprise or those whose place it took, in order of their codes."""
        kin = self.kin_of(uscc)
        found = [each for known in self.parents.values() for each in known if each.parent in kin]
        return sorted(found, key=lambda each: (each.uscc, each.valid_from))

    def would_succeed_in_a_circle(self, succession: Succession) -> bool:
        """Whether an enterprise would come to succeed itself."""
        return self.heir_of(succession.successor) == succession.uscc or succession.uscc == succession.successor

    def would_franchise_in_a_circle(self, franchise: Franchise) -> bool:
        """Whether an enterprise would come to be its own headquarters, on whichever day."""
        seen: set[str] = set()
        waiting = [franchise.parent]
        while waiting:
            each = waiting.pop()
            if each == franchise.uscc:
                return True
            if each not in seen:
                seen.add(each)
                waiting += [one.parent for one in self.parents.get(each, ())]
        return False


def build_network(successions: Iterable[Succession], franchises: Iterable[Franchise]) -> Network:
    """The network of these relations, in whatever order they are told."""
    parents: dict[str, list[Franchise]] = {}
    for each in sorted(
        set(franchises), key=lambda one: (one.uscc, one.parent, one.valid_from, one.valid_until or date.max)
    ):
        parents.setdefault(each.uscc, []).append(each)
    return Network({each.uscc: each.successor for each in successions}, parents)
