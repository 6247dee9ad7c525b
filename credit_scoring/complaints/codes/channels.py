"""Channels (投诉渠道): 12305, 12315, 12345, the older numbers and their successors, as data with validity."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from credit_scoring.errors import ComplaintRefused

WEB = "web"


class Procedure(StrEnum):
    """By which rules a channel's cases run."""

    COMPLAINT = "complaint"  # 投诉: the carrier answers, then an appeal is open
    APPEAL = "appeal"  # 申诉: the postal administration
    CONSUMER = "consumer"  # 消费者投诉: market regulation, mediation
    LEAD = "lead"  # 举报: market regulation, checked


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel, open from `valid_from` up to, and without, `valid_to`; then `successor` takes its place."""

    code: str
    zh: str
    en: str
    procedure: Procedure
    valid_from: date
    valid_to: date | None
    successor: str | None
    entered_by: frozenset[str]
    tag: str
    source: str

    def is_open(self, day: date) -> bool:
        """Whether it takes complaints on a local day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a complaint belongs: `asked` is what was named, `channel` what takes it on that day."""

    asked: Channel
    channel: Channel

    @property
    def was_retired(self) -> bool:
        """Whether a number was named that had been given up."""
        return self.asked.code != self.channel.code


def route(code: str, day: date) -> Routed:
    """The channel that takes a complaint on a day. Raises ComplaintRefused: `channel_unknown`, `channel_not_yet`."""
    known = channels()
    if code not in known:
        raise ComplaintRefused("channel_unknown", f"no channel has the code {code[:20]!r}")
    asked = taker = known[code]
    while not taker.is_open(day):
        if day < taker.valid_from or taker.successor is None:
            raise ComplaintRefused("channel_not_yet", f"{taker.code} opened on {taker.valid_from}")
        taker = known[taker.successor]
    return Routed(asked, taker)


def channels() -> Mapping[str, Channel]:
    """Every channel by code, in the order of the file."""
    return _read()[1]


def version() -> str:
    """The version of the list."""
    return _read()[0]


@cache
def _read() -> tuple[str, dict[str, Channel]]:
    text = files("credit_scoring.complaints.codes").joinpath("channels.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return table["version"], {each["code"]: _channel(each) for each in table["channel"]}


def _channel(table: dict[str, Any]) -> Channel:
    return Channel(
        code=table["code"],
        zh=table["zh"],
        en=table["en"],
        procedure=Procedure(table["procedure"]),
        valid_from=table["valid_from"],
        valid_to=table.get("valid_to"),
        successor=table.get("successor"),
        entered_by=frozenset(table["entered_by"]),
        tag=table["tag"],
        source=table["source"],
    )
