"""The cases (测试项): what is measured beside what; their names are fixed."""

from dataclasses import dataclass

SIZES = (1, 20, 100)
STORES = ("sqlite", "postgresql")
NAMES = ("raw_consumer", "paho_consumer", "bulk_insert", "commit_per_message", "mqttjs", "jixin")
NO_STORE = "none"


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured: our whole walk (`ours`), a `ceiling` that does a part of it, or a `peer` that does it too.

    `store` is sqlite, postgresql or none.
    """

    name: str
    role: str
    store: str
    events_per_message: int


# Events in a round, as a multiple of what the command asks for: a round should last seconds, not minutes.
_SHARES = {"raw_consumer": 4.0, "paho_consumer": 4.0, "bulk_insert": 2.0, "commit_per_message": 0.1, "mqttjs": 0.5}
_ROLES = {"jixin": "ours", "commit_per_message": "peer", "mqttjs": "peer"}


def build_cases(*, stores: tuple[str, ...] = STORES, without: frozenset[str] = frozenset()) -> list[Case]:
    """Every case, the cases of one size beside one another."""
    cases = []
    for size in SIZES:
        for name in NAMES:
            kept_in = (NO_STORE,) if name in ("raw_consumer", "paho_consumer") else stores
            cases += [Case(name, _ROLES.get(name, "ceiling"), store, size) for store in kept_in if name not in without]
    return cases


def events_of(case: Case, events: int) -> int:
    """Events in one of its rounds, whole messages; a message alone takes longer than its share of a batch."""
    share = events * _SHARES.get(case.name, 1.0) / (4 if case.events_per_message == 1 else 1)
    return max(1, int(share) // case.events_per_message) * case.events_per_message
