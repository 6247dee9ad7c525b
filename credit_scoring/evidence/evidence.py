"""The evidence (考核依据): what was counted about one carrier, before any rule judges it."""

from dataclasses import dataclass

from credit_scoring.errors import EvidenceInvalid
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.subject import Subject


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many parcels."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator:
            raise EvidenceInvalid("evidence_invalid", f"{self.numerator} of {self.denominator} cannot be")


@dataclass(frozen=True, slots=True)
class CarrierEvidence:
    """One carrier's counts in one scope.

    `parcels`: accepted in the window. `on_the_way`: those of them with a scan after acceptance; none at all means
    that the carrier's feed stops there. A count is raw: whether it may be judged is told by the coverage below
    (see credit_scoring.evidence.measure).
    """

    subject: Subject
    parcels: int
    on_the_way: int
    counts: dict[IndicatorName, Count]

    def __post_init__(self) -> None:
        Count(self.on_the_way, self.parcels)
        if set(self.counts) != set(IndicatorName):
            raise EvidenceInvalid("evidence_invalid", "every indicator must be counted")
        if any(count.denominator > self.parcels for count in self.counts.values()):
            raise EvidenceInvalid("evidence_invalid", "an indicator counts more parcels than there are")

    @property
    def carrier(self) -> str:
        return self.subject.code

    @property
    def covers_journey(self) -> bool:
        """Whether the carrier's feed tells anything after acceptance."""
        return self.on_the_way > 0

    @property
    def covers_pickup(self) -> bool:
        """Whether any parcel carries a promise when it would be picked up."""
        return self.counts[IndicatorName.PICKED_UP_IN_TIME].denominator > 0


def no_evidence(subject: Subject) -> CarrierEvidence:
    """The evidence about a subject of which no parcel lies in the scope."""
    return CarrierEvidence(subject, 0, 0, {name: Count(0, 0) for name in IndicatorName})
