"""The window (评价期间): local days, the last one exclusive."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from credit_scoring.errors import WindowInvalid

LOCAL = ZoneInfo("Asia/Shanghai")
DEFAULT_DAYS = timedelta(days=30)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Window:
    """Local days in Asia/Shanghai from `from_date` up to, and without, `to_date`."""

    from_date: date
    to_date: date

    def __post_init__(self) -> None:
        for name, day in (("from", self.from_date), ("to", self.to_date)):
            if not FIRST_DAY <= day <= LAST_DAY:
                reason = f"日期须在 {FIRST_DAY} 至 {LAST_DAY} 之间 · dates lie between these two"
                raise WindowInvalid("date_out_of_range", reason, parameter=name)
        if self.from_date >= self.to_date:
            reason = "from 须早于 to，to 当天不计 · `from` must come before `to`, which is exclusive"
            raise WindowInvalid("window_empty", reason, parameter="from")

    @classmethod
    def parse(cls, from_: str | None, to: str | None, *, today: date) -> "Window":
        """The window that was asked for; raises WindowInvalid.

        Without `to` it ends with `today`; without `from` it is 30 days long. So the default is the last 30 local
        days, today among them.
        """
        to_date = parse_date(to, "to") if to else today + timedelta(days=1)
        return cls(parse_date(from_, "from") if from_ else to_date - DEFAULT_DAYS, to_date)

    @property
    def last_day(self) -> date:
        """The last local day inside."""
        return self.to_date - timedelta(days=1)

    @property
    def start(self) -> datetime:
        """The first moment inside, aware and UTC."""
        return midnight(self.from_date)

    @property
    def end(self) -> datetime:
        """The first moment after it, aware and UTC."""
        return midnight(self.to_date)


def parse_date(text: str, parameter: str) -> date:
    """`YYYY-MM-DD` and nothing else. Raises WindowInvalid with the parameter that holds it."""
    if not _DATE.fullmatch(text):
        reason = f"{parameter} 须写作 YYYY-MM-DD · `{parameter}` is written YYYY-MM-DD"
        raise WindowInvalid("date_invalid", reason, parameter=parameter)
    try:
        return date.fromisoformat(text)
    except ValueError:
        reason = f"{parameter}：历法中没有这一天 · `{parameter}` is no day in the calendar"
        raise WindowInvalid("date_invalid", reason, parameter=parameter) from None


def close_of(year: int) -> datetime:
    """The first moment at which nothing more is taken for a year: after 15 February of the next, local time.

    快递业信用管理暂行办法 (国邮发〔2017〕105号) 第十九条; 次年2月15日 is misprinted in the source read [T].
    """
    return datetime(year + 1, 2, 16, tzinfo=LOCAL)


def midnight(day: date) -> datetime:
    """The first moment of a local day, aware and UTC."""
    return datetime.combine(day, time.min, tzinfo=LOCAL).astimezone(UTC)
