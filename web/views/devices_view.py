"""The devices page's view (终端状况): state, last word and backlog of each device, worded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tracker.store.certificate_ends import ENDING_WITHIN, CertificateEnds
from tracker.store.silence import CarrierVoices, HeardDevice, Voice, Watch
from web.views.names import Directory, Name, carrier_name, places_of
from web.views.parts import Chip
from web.views.times import Moment, full_moment, short_moment, write_span
from web.words import Words, write_number

PATH = "/regulator/devices"
TONES = {Voice.STRANDED: "bad", Voice.SILENT: "warn", Voice.REPORTING: ""}


@dataclass(frozen=True, slots=True)
class Card:
    """A number over the list."""

    title: str
    value: str


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device; `ago` says how long its last word is past, `backlog` what waits on it."""

    carrier: Name
    places: tuple[Name, ...]
    code: str
    chip: Chip
    last_word: Moment | None
    ago: str
    backlog: str
    oldest: Moment | None
    threshold: str
    certificate: Moment | None
    certificate_chip: Chip | None
    clock_chip: Chip | None


@dataclass(frozen=True, slots=True)
class DevicesView:
    """One page of the list."""

    as_of: Moment
    cards: tuple[Card, ...]
    rows: tuple[DeviceLine, ...]
    next_href: str | None
    first_href: str
    is_first: bool


def build_devices_view(
    words: Words,
    devices: Sequence[HeardDevice],
    *,
    counts: Mapping[str, CarrierVoices],
    ends: CertificateEnds,
    watch: Watch,
    known: Directory,
    next_token: str | None,
    is_first: bool,
) -> DevicesView:
    """The view of one page of devices."""
    total, silent = sum(each.devices for each in counts.values()), sum(each.silent for each in counts.values())
    return DevicesView(
        as_of=full_moment(watch.now),
        cards=(
            Card(words("devices.silent_now"), write_number(silent)),
            Card(words("devices.total"), write_number(total)),
            *((Card(words("devices.certificates_ending"), write_number(ends.ending)),) if ends.soonest else ()),
        ),
        rows=tuple(_line(words, each, watch, known) for each in devices),
        next_href=f"{PATH}?next={next_token}" if next_token else None,
        first_href=PATH,
        is_first=is_first,
    )


def _line(words: Words, each: HeardDevice, watch: Watch, known: Directory) -> DeviceLine:
    word, oldest = each.last_word, each.oldest_waiting
    return DeviceLine(
        carrier=carrier_name(words, each.carrier, known.carriers.get(each.carrier)),
        places=places_of(words, each.carrier, each.station, known),
        code=f"{each.carrier}/{each.station}/{each.device}",
        chip=Chip(words(f"devices.state.{each.voice}"), TONES[each.voice]),
        last_word=short_moment(word, now=watch.now) if word else None,
        ago=words("devices.ago", span=write_span(words, watch.now - word)) if word else words("devices.never"),
        backlog=_backlog(words, each.waiting),
        oldest=short_moment(oldest, now=watch.now) if oldest else None,
        threshold=words.count("time.hours", each.silent_after_hours),
        certificate=full_moment(each.certificate_ends) if each.certificate_ends else None,
        certificate_chip=_certificate_chip(words, each, watch),
        clock_chip=_clock_chip(words, each),
    )


def _certificate_chip(words: Words, each: HeardDevice, watch: Watch) -> Chip | None:
    if each.certificate_ends is None or each.certificate_ends > watch.now + ENDING_WITHIN:
        return None
    if each.certificate_ends <= watch.now:
        return Chip(words("devices.certificate_ended"), "bad")
    return Chip(words("devices.certificate_ending"), "warn")


def _clock_chip(words: Words, each: HeardDevice) -> Chip | None:
    if each.clock_off_ms is None:
        return None
    which = "clock_ahead" if each.clock_off_ms > 0 else "clock_back"
    span = write_span(words, timedelta(milliseconds=abs(each.clock_off_ms)))
    return Chip(words(f"devices.{which}", span=span), "bad")


def _backlog(words: Words, waiting: int | None) -> str:
    if waiting is None:
        return words("devices.unknown")
    return words.count("devices.waiting", waiting) if waiting else words("devices.none_waiting")
