"""Matters (投诉事项): cases that are one matter count once, under the case that leads; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from credit_scoring.complaints.codes.categories import Category
from credit_scoring.complaints.codes.channels import Procedure
from credit_scoring.complaints.standing import Finding, Standing


@dataclass(frozen=True, slots=True)
class Matter:
    """A case that leads, and its copies."""

    lead: Standing
    copies: tuple[Standing, ...] = ()

    @property
    def finding(self) -> Finding | None:
        """The latest finding of responsibility, whichever of them it was made on."""
        found = [each.finding for each in (self.lead, *self.copies) if each.finding is not None]
        return max(found, key=lambda each: each.at, default=None)

    @property
    def appealed_at(self) -> datetime | None:
        """When it first went to the postal administration."""
        moments = [moment for each in (self.lead, *self.copies) if (moment := _appealed_at(each)) is not None]
        return min(moments, default=None)

    @property
    def is_effective(self) -> bool:
        """Whether somebody was found to answer for it."""
        return self.finding is not None and self.finding.effective

    @property
    def responsible(self) -> str:
        """The carrier that was found to answer for it, else the one it is about."""
        return self.finding.carrier if self.finding else self.lead.case.carrier

    @property
    def category(self) -> Category:
        """What it was found to be about, else what was told."""
        return self.finding.category if self.finding else self.lead.case.category


def build_matters(standings: Iterable[Standing]) -> list[Matter]:
    """Each leading case with its copies, in the order given; a copy without its lead is nobody's."""
    known = list(standings)
    copies: dict[str, list[Standing]] = {}
    for each in known:
        if each.merged_into is not None:
            copies.setdefault(each.merged_into, []).append(each)
    return [Matter(each, tuple(copies.get(each.case.case_no, ()))) for each in known if each.merged_into is None]


def _appealed_at(standing: Standing) -> datetime | None:
    if standing.case.procedure is Procedure.APPEAL:
        return standing.case.received_at
    return standing.appealed_at
