"""Times (时效) of the simulated trade: how long a delivery takes, when people order, when doors open."""

import math
from bisect import bisect_right
from datetime import date, datetime, time, timedelta, timezone
from itertools import accumulate
from random import Random

LOCAL_OFFSET = timezone(timedelta(hours=8))  # Asia/Shanghai has had no other since 1991

# A mixture that meets the national figures of 2024 (mean 53.9 h, 84 % within 72 h): most parcels, and those that
# get stuck. A single log-normal cannot meet both the mean and the share within 48 h.
MEDIAN_HOURS = 36.0
SLOW_MEDIAN_HOURS = 140.0
NATIONAL_SLOW = 0.14
SIGMA = 0.35

_ORDERS_BY_HOUR = (1, 1, 0, 0, 0, 0, 1, 2, 5, 8, 9, 8, 6, 6, 8, 9, 8, 6, 5, 5, 5, 4, 2, 1)
_ORDERS_SO_FAR = tuple(accumulate(_ORDERS_BY_HOUR, initial=0))


def draw_hours(random: Random, *, pace: float = 1.0, slow: float = NATIONAL_SLOW) -> float:
    """Hours from acceptance to sign-off."""
    median = SLOW_MEDIAN_HOURS if random.random() < slow else MEDIAN_HOURS
    return pace * random.lognormvariate(math.log(median), SIGMA)


def order_time(day: date, quantile: float) -> datetime:
    """The moment of a local day by which that share (0 to 1) of its orders has come in."""
    orders = quantile * _ORDERS_SO_FAR[-1]
    hour = min(bisect_right(_ORDERS_SO_FAR, orders) - 1, 23)
    part = (orders - _ORDERS_SO_FAR[hour]) / (_ORDERS_BY_HOUR[hour] or 1)
    return at_hour(day, hour + min(part, 0.999))


def at_hour(day: date, hour: float) -> datetime:
    """A moment of a local day; hours may run past 24."""
    return datetime.combine(day, time(), LOCAL_OFFSET) + timedelta(hours=hour)


def hour_of(moment: datetime) -> float:
    """The local hour with its fraction."""
    local = moment.astimezone(LOCAL_OFFSET)
    return local.hour + local.minute / 60 + local.second / 3600


def move_to_daytime(moment: datetime, random: Random) -> datetime:
    """The moment itself from 8 to 21 h, otherwise one in the nearer evening or morning."""
    day, hour = moment.astimezone(LOCAL_OFFSET).date(), hour_of(moment)
    if 8 <= hour < 21:
        return moment
    if hour < 2.5:
        return at_hour(day - timedelta(days=1), random.uniform(19, 21))
    if hour >= 21:
        return at_hour(day, random.uniform(19, 21))
    return at_hour(day, random.uniform(8, 10))


def next_morning(moment: datetime, random: Random) -> datetime:
    """Between 8:30 and 10:30 of this day when it has not begun to work yet, of the next one otherwise."""
    day = moment.astimezone(LOCAL_OFFSET).date()
    late = hour_of(moment) > 8
    return at_hour(day + timedelta(days=1) if late else day, random.uniform(8.5, 10.5))


def hours(number: float) -> timedelta:
    return timedelta(hours=number)
