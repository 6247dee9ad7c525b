"""The card reader's port (读卡器): what a reader of resident cards gives the counter, and a simulated one.

A reader of a real make is another class with `read`; the number goes from it to the gate and never to the page.
"""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Protocol

from stdnum.cn import ric

from scanners.identity.presented import Document

_REGIONS = ("110105", "310101", "330106", "440106", "500112", "510104", "420106", "610104")
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
_GIVEN = "安宁平和文武明亮春夏秋冬山海江河云霞"
EXPIRED_EVERY = 6


class NoCard(RuntimeError):
    """No card lies on the reader, or it cannot be read; the message says what to do."""


class CardReader(Protocol):
    """Reads the card that lies on it now."""

    def read(self, today: date) -> Document:
        """The card's document. Raises NoCard."""
        ...


@dataclass(slots=True)
class SimulatedReader:
    """Deals cards of people who do not exist; every sixth has expired, so that a refusal can be seen."""

    chance: Random = field(default_factory=Random)
    _dealt: int = 0

    def read(self, today: date) -> Document:
        """Always a card."""
        self._dealt += 1
        birth = date(today.year - self.chance.randint(27, 44), self.chance.randint(1, 12), self.chance.randint(1, 28))
        issued = date(today.year - 4, self.chance.randint(1, 12), self.chance.randint(1, 28))
        expired = self._dealt % EXPIRED_EVERY == 0
        term = 3 if expired else 20
        body = f"{self.chance.choice(_REGIONS)}{birth:%Y%m%d}{self.chance.randint(1, 999):03}"
        return Document(
            kind="RESIDENT_ID",
            number=body + ric.calc_check_digit(body + "0"),
            name=self.chance.choice(_SURNAMES) + "".join(self.chance.choices(_GIVEN, k=self.chance.randint(1, 2))),
            valid_from=issued,
            valid_until=issued.replace(year=issued.year + term),
        )
