"""The evidence (考核依据): what was counted about one carrier, before any rule judges it."""

from collections.abc import Mapping
from dataclasses import dataclass

from credit_scoring.errors import EvidenceInvalid
from credit_scoring.evidence.catalogue import INDICATORS, indicator_of
from credit_scoring.evidence.indicators import Area, IndicatorName, Kind
from credit_scoring.evidence.subject import Subject

_SHARES = (Kind.PROPORTION, Kind.RATING)
_OF_PARCELS = frozenset(each.name for each in INDICATORS if each.counts_hidden)


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many: parcels, records, days, weights of ratings; for mean hours a sum of ms over parcels."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if self.numerator < 0 or self.denominator < 0:
            raise EvidenceInvalid("evidence_invalid", f"{self.numerator} of {self.denominator} cannot be")


Counts = dict[str, dict[str, tuple[int, int]]]  # numerator and denominator, by carrier and indicator: an area's word


@dataclass(frozen=True, slots=True)
class CarrierEvidence:
    """One carrier's counts in one scope.

    `parcels`: accepted in the window; `own_parcels`: those of them that are no imported history. `on_the_way`: those
    with a scan after acceptance; none at all in imported history means that its source stops there. `expected`: how
    many should have been accepted, by what the carrier declared and platforms announced; None where nobody told. A
    count is raw: whether it may be judged is told by the coverage below (see credit_scoring.evidence.measure). An
    indicator of another area that is not counted is unknown.
    """

    subject: Subject
    parcels: int
    own_parcels: int
    on_the_way: int
    expected: int | None
    counts: Mapping[IndicatorName, Count]

    def __post_init__(self) -> None:
        if not 0 <= self.on_the_way <= self.parcels or not 0 <= self.own_parcels <= self.parcels:
            raise EvidenceInvalid("evidence_invalid", "there are more parcels of a kind than parcels")
        if self.expected is not None and self.expected < self.parcels:
            raise EvidenceInvalid("evidence_invalid", "what was accepted was to be expected")
        if not self.counts.keys() >= _OF_PARCELS:
            raise EvidenceInvalid("evidence_invalid", "every indicator of parcels must be counted")
        for name, count in self.counts.items():
            self._check(name, count)

    def _check(self, name: IndicatorName, count: Count) -> None:
        indicator = indicator_of(name)
        if indicator.kind in _SHARES and count.numerator > count.denominator:
            raise EvidenceInvalid("evidence_invalid", f"{name}: {count.numerator} of {count.denominator} cannot be")
        if indicator.area is Area.PARCELS and count.denominator > self.parcels:
            raise EvidenceInvalid("evidence_invalid", f"{name} counts more parcels than there are")

    @property
    def carrier(self) -> str:
        return self.subject.code

    @property
    def hidden(self) -> int:
        """How many parcels were handed over, as others or the carrier itself told, and never scanned."""
        return 0 if self.expected is None else self.expected - self.parcels

    @property
    def covers_journey(self) -> bool:
        """Whether a carrier answers for what comes after acceptance: its stations scan here, or its feed goes on.

        Imported history may stop at acceptance by what its source holds; a station that stops scanning there may not.
        """
        return self.own_parcels > 0 or self.on_the_way > 0

    @property
    def covers_pickup(self) -> bool:
        """Whether any parcel carries a promise when it would be picked up, or was handed over and never scanned."""
        return self.counts[IndicatorName.PICKED_UP_IN_TIME].denominator > 0 or self.hidden > 0


def no_evidence(subject: Subject) -> CarrierEvidence:
    """The evidence about a subject of which no parcel lies in the scope."""
    return CarrierEvidence(subject, 0, 0, 0, None, {name: Count(0, 0) for name in _OF_PARCELS})
