"""Parts of pages (页面部件): what several pages are made from, already worded."""

import re
from dataclasses import dataclass

from tracker.chain.state import State
from web.words import Words

_GROUPS = re.compile(r"^[A-Za-z]*[0-9]{0,4}|.{1,4}")


@dataclass(frozen=True, slots=True)
class Chip:
    """A word in a tinted pill; the tone only repeats what the word says."""

    text: str
    tone: str = ""  # "" is good; note, warn; bad where somebody must act


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose in a form, or one way to look at a list."""

    code: str
    text: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Waybill:
    """A waybill number, and in groups as people read it aloud."""

    text: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seal:
    """A grade as it is pressed on paper; a dash where none was given."""

    letter: str
    tone: str


STATE_TONES: dict[State, str] = {
    State.ANNOUNCED: "note",
    State.ACCEPTED: "note",
    State.IN_TRANSIT: "note",
    State.OUT_FOR_DELIVERY: "note",
    State.AWAITING_PICKUP: "note",
    State.DELIVERED: "",
    State.RETURNING: "warn",
    State.RETURNED: "warn",
    State.HELD: "warn",
    State.LOST: "bad",
    State.DESTROYED: "bad",
}
SEAL_TONES = ("good", "fair", "poor")  # the best grade, the next, all below


def state_chip(words: Words, state: State | None) -> Chip:
    """A parcel's state; None where every scan was taken back by a correction."""
    if state is None:
        return Chip(words("state.none"), "warn")
    return Chip(words(f"state.{state}"), STATE_TONES[state])


def write_waybill(text: str) -> Waybill:
    """QN1408223190755 in groups QN1408 2231 90755: a last group of one stays with the one before."""
    groups = [group for group in _GROUPS.findall(text) if group]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return Waybill(text, tuple(groups))


def grade_seal(grade: str | None, grades: tuple[str, ...]) -> Seal:
    """A grade's seal; `grades` are the scheme's, the best first."""
    if grade is None:
        return Seal("–", "none")
    place = grades.index(grade) if grade in grades else len(grades)
    return Seal(grade, SEAL_TONES[min(place, len(SEAL_TONES) - 1)])
