"""Generated reviews (模拟评价): honest recipients and five kinds of manipulation, each marked with the truth.

It knows nothing of the rules: it says who would write what, when and from where, as the cases in the trade are told.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

START = datetime(2026, 4, 1, tzinfo=UTC)
DAYS = 60
LIKES = {"A": 4.5, "B": 4.1, "C": 3.8, "D": 3.4, "E": 3.0}
PRAISE = ("in_time", "polite", "intact", "to_the_door", "trace_clear", "reachable")
BLAME = ("late", "rude", "damaged", "left_without_asking", "trace_wrong", "unreachable")


@dataclass(frozen=True)
class Said:
    """One review as it came in; `trick` is the truth: empty for an honest one."""

    carrier: str
    at: datetime
    stars: tuple[int, int, int, int]
    tags: tuple[str, ...]
    address: str
    browser: str
    trick: str = ""


def generate(seed: int, *, a_day: int = 60) -> list[Said]:
    """Sixty days of five carriers' reviews, about one in eight of them made up, in order of time."""
    random = Random(seed)
    homes = a_day * DAYS * len(LIKES) // 2
    said = [_honest(random, carrier, homes) for carrier in LIKES for _ in range(a_day * DAYS)]
    for carrier in ("B", "D", "E"):
        for _ in range(4):
            said += _burst(random, carrier, a_day)
        for _ in range(6):
            said += _ring(random, carrier)
        said += _ordered_words(random, carrier)
        said += _click_farm(random, carrier)
    return sorted(said, key=lambda each: each.at)


def _moment(random: Random, day: float | None = None) -> datetime:
    """Mostly in the evening; on two days of a sale half as many again."""
    chosen = random.choice((*range(DAYS), *range(DAYS), 40, 41)) if day is None else day
    return START + timedelta(days=chosen, hours=min(23.9, max(0, random.gauss(12, 4))))  # 20:00 in Beijing


def _honest(random: Random, carrier: str, homes: int) -> Said:
    overall = min(5, max(1, round(random.gauss(LIKES[carrier], 1.1))))
    others = tuple(min(5, max(0, overall + random.choice((-1, 0, 0, 0, 1, -overall)))) for _ in range(3))
    pool = PRAISE if overall >= 4 else BLAME if overall <= 2 else PRAISE + BLAME
    tags = tuple(sorted(random.sample(pool, random.choices((0, 1, 2, 3), (45, 30, 17, 8))[0])))
    if random.random() < 0.4:  # behind one of an operator's few addresses
        address, browser = f"cgnat-{random.randrange(60)}", f"phone-{random.randrange(homes)}"
    else:  # at home, where some order often
        home = random.randrange(homes if random.random() < 0.8 else homes // 20)
        address, browser = f"home-{home}", f"home-phone-{home}-{random.randrange(2)}"
    return Said(carrier, _moment(random), (overall, *others), tags, address, browser)  # type: ignore[arg-type]


def _burst(random: Random, carrier: str, a_day: int) -> list[Said]:
    """More five-star reviews within three hours than else in a day, each from somewhere else."""
    day, count = random.randrange(30, DAYS - 1), random.randrange(60, 110) * max(60, a_day) // 60
    start = _moment(random, day)
    return [
        Said(carrier, start + timedelta(minutes=random.uniform(0, 180)), (5, 5, 5, random.choice((0, 5))),
             tuple(sorted(random.sample(PRAISE, random.randrange(3)))), f"proxy-{random.random()}",
             f"bot-{random.random()}", "burst")
        for _ in range(count)
    ]  # fmt: skip


def _ring(random: Random, carrier: str) -> list[Said]:
    """One telephone that praises the company every other day."""
    name, count, first = random.random(), random.randrange(6, 16), random.randrange(30, 40)
    return [
        Said(carrier, _moment(random, first + 19 * place / count), (5, 5, 5, 5), (random.choice(PRAISE),),
             f"ring-{name}", f"ring-phone-{name}", "ring")
        for place in range(count)
    ]  # fmt: skip


def _ordered_words(random: Random, carrier: str) -> list[Said]:
    """Forty people paid to tick the same, over ten days."""
    tags = tuple(sorted(random.sample(PRAISE, 3)))
    return [
        Said(carrier, _moment(random, random.uniform(35, 45)), (5, 5, 4, 5), tags, f"paid-{random.random()}",
             f"paid-phone-{random.random()}", "same words")
        for _ in range(40)
    ]  # fmt: skip


def _click_farm(random: Random, carrier: str) -> list[Said]:
    """Many telephones behind one address that slander a company for two weeks."""
    name = random.random()
    return [
        Said(carrier, _moment(random, random.uniform(35, 50)), (1, 1, 1, 1),
             tuple(sorted(random.sample(BLAME, random.randrange(1, 3)))), f"farm-{name}", f"farm-{name}-{place}",
             "farm")
        for place in range(45)
    ]  # fmt: skip
