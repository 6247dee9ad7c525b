"""The clocks of the archives (档案时限): filing, updating, declaring, and the year's close; local days throughout."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from credit_scoring.errors import ArchiveRefused, RecordFault
from credit_scoring.evidence.window import close_of
from tracker.working_days import Deadline, calendar_days_after, local_day_of

FILING_DAYS = 20  # 快递暂行条例 Art. 18, from 2025-06-01 Art. 19 [T]
UPDATE_DAYS = 10  # 快递业信用管理暂行办法 Art. 17 [T]
VOLUME_DAY = 10  # of the next month [P]
BACKDATED_AFTER = timedelta(days=30)  # between a document and its record [P]
_REVISED = date(2025, 6, 1)  # 快递暂行条例 as revised by Order 806


@dataclass(frozen=True, slots=True)
class FilingLaw:
    """The article that asks for an outlet's filing, and the one that fines its want, on a day."""

    article: int
    fine_article: int
    order: int


def filing_due(opened_on: date) -> Deadline:
    """Until when an outlet (末端网点) that opened on a day is to be filed."""
    return calendar_days_after(opened_on, FILING_DAYS)


def filing_law(opened_on: date) -> FilingLaw:
    """快递暂行条例 by the day of the opening."""
    return FilingLaw(19, 50, 806) if opened_on >= _REVISED else FilingLaw(18, 40, 697)


def update_due(effect: date) -> Deadline:
    """Until when the record of a penalty is changed that was changed or revoked with effect from a day."""
    return calendar_days_after(effect, UPDATE_DAYS)


def is_after_close(day: date, recorded_at: datetime) -> bool:
    """Whether a record came too late for the year of its document."""
    return recorded_at >= close_of(day.year)


def is_backdated(day: date, recorded_at: datetime) -> bool:
    """Whether a document was old when its record came (补录)."""
    return local_day_of(recorded_at) - day > BACKDATED_AFTER


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar, written `2026-03`."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Raises ArchiveRefused `field_invalid`."""
        try:
            first = date.fromisoformat(f"{text}-01")
        except ValueError:
            raise ArchiveRefused(RecordFault.FIELD_INVALID, "month") from None
        if len(text) != len("2026-03") or not date(2000, 1, 1) <= first < date(2100, 1, 1):
            raise ArchiveRefused(RecordFault.FIELD_INVALID, "month")
        return cls(first.year, first.month)

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def next(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def due(self) -> date:
        """The last day on which its volume is declared in time."""
        return self.next.first.replace(day=VOLUME_DAY)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


def months_within(from_date: date, to_date: date) -> list[Month]:
    """The months that lie wholly in these days, the last day exclusive."""
    month = Month(from_date.year, from_date.month)
    if month.first < from_date:
        month = month.next
    found = []
    while month.next.first <= to_date:
        found.append(month)
        month = month.next
    return found
