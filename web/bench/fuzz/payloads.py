"""The kinds of payload (坏报文种类): how often each comes, good ones always between."""

from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random

from web.bench.fuzz.envelopes import again, empty_batch, odd_envelope, regrouped, respelled_envelope, swapped_digests
from web.bench.fuzz.heads import (
    claims_tricks,
    header_spellings,
    header_tricks,
    other_spellings,
    other_topic,
    signature_tricks,
    swapped_keys,
)
from web.bench.fuzz.notebook import Roster
from web.bench.fuzz.octets import blanked, cut_short, damaged, doubled, giant, noise, spliced
from web.bench.fuzz.scans import far_times, odd_events, said_twice, taken_ids
from web.bench.fuzz.writer import Payload, Writer

KINDS: dict[Callable[[Writer], Payload], float] = {
    Writer.good: 12,
    again: 3,
    regrouped: 2,
    header_spellings: 2,
    respelled_envelope: 3,
    damaged: 12,
    cut_short: 4,
    spliced: 4,
    doubled: 1,
    blanked: 3,
    noise: 4,
    giant: 0.2,
    header_tricks: 8,
    claims_tricks: 8,
    other_spellings: 5,
    signature_tricks: 4,
    swapped_keys: 4,
    other_topic: 3,
    swapped_digests: 5,
    odd_envelope: 5,
    empty_batch: 0.5,
    odd_events: 22,
    taken_ids: 5,
    said_twice: 2,
    far_times: 2,
}


def new_writer(seed: int, roster: Roster, now: datetime) -> Writer:
    """A writer whose every choice follows from the seed."""
    return Writer(Random(f"payloads {seed}"), roster, now)


def write_payloads(writer: Writer, count: int) -> Iterator[Payload]:
    """So many payloads, one after the other."""
    kinds, weights = list(KINDS), list(KINDS.values())
    for _ in range(count):
        yield writer.rng.choices(kinds, weights)[0](writer)
