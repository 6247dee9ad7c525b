"""A hotline's mornings (投诉样本): 5,000 complaints over many lines, of which 15 % tell again of a matter already told.

Written from what callers do, and shares nothing with the matcher: who has no answer calls another line some days
later, names the matter less exactly or by its consequence, or types the number in another way. And there are matters
that only look alike: two things wrong with one parcel, or the same thing once more after weeks.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

COMPLAINTS = 5_000
AGAIN = 750  # 15 %
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LINES = ("12305", "12315", "12345", "12312", "12318", "12330", "12358", "12365", "12331", "web", "carrier", "platform")
MATTERS = {  # in the shares of the bulletins
    "delivery": (37, ("signed_not_received", "not_as_addressed", "stored_without_consent")),
    "delay": (31, ("late_on_the_road", "late_at_the_door")),
    "loss": (20, ("all_lost", "some_missing")),
    "damage": (9, ("broken",)),
    "acceptance": (2, ("not_picked_up", "not_inspected")),
    "overcharge": (1, ("charged_too_much",)),
}
CONSEQUENCE = {
    "delay": ("loss", "all_lost"),
    "loss": ("loss", "not_compensated"),
    "damage": ("damage", "not_compensated"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One call; `matter` is the truth, which nobody who matches may see."""

    matter: int
    waybill_no: str
    category: str
    cause: str
    line: str
    at: datetime


def draw_calls(seed: int) -> list[Told]:
    """The calls in the order in which they came."""
    random = Random(seed)
    calls: list[Told] = []
    matter = 0
    while len(calls) < COMPLAINTS - AGAIN:
        first = _draw_first(random, matter)
        calls.append(first)
        matter += 1
        if random.random() < 0.06:  # something else is wrong with the same parcel
            calls.append(_other_matter(random, first, matter))
            matter += 1
    calls = calls[: COMPLAINTS - AGAIN]
    again = [_draw_again(random, each) for each in random.sample(calls, AGAIN)]
    return sorted([*calls, *again], key=lambda call: (call.at, call.waybill_no, call.line))


def _draw_first(random: Random, matter: int) -> Told:
    names = list(MATTERS)
    category = random.choices(names, [MATTERS[name][0] for name in names])[0]
    cause = random.choice(MATTERS[category][1])
    if random.random() < 0.15:  # the clerk leaves the second level open
        cause = "not_told"
    at = START + timedelta(minutes=random.randrange(90 * 24 * 60))
    return Told(matter, f"QX{matter:010d}", category, cause, random.choice(LINES), at)


def _draw_again(random: Random, first: Told) -> Told:
    """The same matter, told to another line, mostly within days; some tell only its consequence by then."""
    category, cause = first.category, first.cause
    chance = random.random()
    if chance < 0.12 and category in CONSEQUENCE:
        category, cause = CONSEQUENCE[category]
    elif chance < 0.27:
        cause = "not_told"
    line = random.choice([line for line in LINES if line != first.line]) if random.random() < 0.9 else first.line
    days = random.choices([random.uniform(0, 3), random.uniform(3, 10), random.uniform(10, 25)], [62, 30, 8])[0]
    return Told(first.matter, first.waybill_no, category, cause, line, first.at + timedelta(days=days))


def _other_matter(random: Random, first: Told, matter: int) -> Told:
    """What looks alike and is not: another fault of the parcel, or the same fault of it long after."""
    if random.random() < 0.1:
        days, category, cause = random.uniform(5, 60), first.category, first.cause
    else:
        category = random.choice([name for name in MATTERS if name != first.category])
        cause = random.choice(MATTERS[category][1])
        days = random.uniform(0, 30)
    return Told(matter, first.waybill_no, category, cause, random.choice(LINES), first.at + timedelta(days=days))
