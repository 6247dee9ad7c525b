"""Manipulation (炒信识别): which reviews of a carrier weigh less, and why; pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from credit_scoring.voices.bursts import find_bursts
from credit_scoring.voices.heard import Heard, Pattern
from credit_scoring.voices.rules import Doubt, VoiceRules


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What was heard about all other carriers meanwhile: how often each pattern, in all, and from each address."""

    patterns: Mapping[Pattern, int] = field(default_factory=dict)
    total: int = 0
    addresses: Mapping[bytes, int] = field(default_factory=dict)


def find_doubts(heard: Iterable[Heard], elsewhere: Elsewhere, rules: VoiceRules) -> dict[int, frozenset[Doubt]]:
    """The doubts about each review of one carrier, by its number; empty where there are none."""
    ordered = sorted(heard, key=lambda each: (each.at, each.voice_no))
    found = {
        Doubt.BURST: find_bursts(ordered, rules.doubts[Doubt.BURST]),
        Doubt.RING: _find_rings(ordered, elsewhere, rules),
        Doubt.SAME_PATTERN: _find_patterns(ordered, elsewhere, rules),
    }
    return {
        each.voice_no: each.marks | {doubt for doubt, numbers in found.items() if each.voice_no in numbers}
        for each in ordered
    }


def _find_rings(ordered: Sequence[Heard], elsewhere: Elsewhere, rules: VoiceRules) -> set[int]:
    """From one device more than `most`, all but the first; from one address that hardly rates others, all."""
    rule, found = rules.doubts[Doubt.RING], set[int]()
    within = timedelta(days=rule["days"])
    for group in _grouped(ordered, lambda each: each.device):
        for start, end in _crowded(group, within, more_than=rule["most"]):
            found |= {each.voice_no for each in group[start + 1 : end]}
    for group in _grouped(ordered, lambda each: each.address):
        others = elsewhere.addresses.get(group[0].address or b"", 0)
        if len(group) * 100 >= rule["address_percent"] * (len(group) + others):
            for start, end in _crowded(group, within, more_than=rule["address_most"]):
                found |= {each.voice_no for each in group[start:end]}
    return found


def _find_patterns(ordered: Sequence[Heard], elsewhere: Elsewhere, rules: VoiceRules) -> set[int]:
    """Stars and tags alike, far more often than their share among other carriers' reviews lets expect."""
    rule, found = rules.doubts[Doubt.SAME_PATTERN], set[int]()
    times = [each.at for each in ordered]
    telling = [each for each in ordered if len(each.tags) >= rule["tags"]]
    for group in _grouped(telling, lambda each: each.pattern):
        usual = elsewhere.patterns.get(group[0].pattern, 0) + 1  # one more than was seen: nothing is impossible
        for start, end in _crowded(group, timedelta(days=rule["days"]), more_than=rule["least"] - 1):
            meanwhile = bisect_right(times, group[end - 1].at) - bisect_left(times, group[start].at)
            if (end - start) * (elsewhere.total + 1) > rule["times"] * meanwhile * usual:
                found |= {each.voice_no for each in group[start:end]}
    return found


def _grouped(heard: Iterable[Heard], key: Callable[[Heard], Hashable]) -> list[list[Heard]]:
    groups: dict[Hashable, list[Heard]] = {}
    for each in heard:
        if (known := key(each)) is not None:
            groups.setdefault(known, []).append(each)
    return list(groups.values())


def _crowded(group: Sequence[Heard], within: timedelta, *, more_than: int) -> Iterator[tuple[int, int]]:
    """The stretches (start, end) of an ordered group that hold more than so many within a time; they may overlap."""
    start = 0
    for last, each in enumerate(group):
        while each.at - group[start].at > within:
            start += 1
        if last - start + 1 > more_than:
            yield start, last + 1
