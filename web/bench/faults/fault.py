"""A fault (故障): what breaks, on which ground, and what a round of it gave."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from web.bench.faults.ground import Ground


MIB = 1024 * 1024
BOUNDS = {"tracker": 300 * MIB, "broker": 300 * MIB, "station": 120 * MIB}  # resident, at most


class Kind(Enum):
    """Which ground a fault needs."""

    SQLITE = "sqlite"  # embedded broker and SQLite, as `jixin up`
    POSTGRESQL = "postgresql"  # its broker sends again after 3 s what is not acknowledged
    PROXIED = "proxied"  # a bad network between the stations, the tracker and the broker
    SMALL_DISKS = "small_disks"  # station, broker and store each on a disk of a few MiB


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things stay broken. In the short round a station's resend clock runs faster than the world's."""

    is_long: bool

    @property
    def resend_speed(self) -> float:
        return 1.0 if self.is_long else 30.0

    @property
    def rate(self) -> float:
        """Scans a second and station."""
        return 150.0 if self.is_long else 80.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break things; `strike` breaks them at load, and mends what does not mend itself."""

    name: str
    title_zh: str
    title_en: str
    kind: Kind
    strike: "Callable[[Ground], None]"


@dataclass(frozen=True, slots=True)
class Round:
    """What one round gave; `problem` says why it failed, or is empty."""

    fault: str
    seed: int
    struck: str
    in_flight: int
    events: int
    lost: int
    doubled: int
    seconds: float
    problem: str = ""
    memory: dict[str, int] = field(default_factory=dict)  # peak bytes by service
