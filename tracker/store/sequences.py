"""Sequences (终端计数): the counter values that came from a device and left no event of their own."""

from collections.abc import Iterable
from enum import StrEnum

import sqlalchemy as sa
from msgspec import Struct
from sqlmodel import Session


class AnsweredAs(StrEnum):
    """What became of a scan whose number no recorded event bears."""

    REJECTED = "rejected"  # 单条拒收: it is in the quarantine
    KNOWN = "known"  # 已有: its event was recorded before, under another number or from another device


class Answered(Struct, frozen=True):
    """A number that came and was answered."""

    device_no: int
    seq: int
    outcome: AnsweredAs


_INSERT = sa.text(
    "INSERT INTO answered_seq (device_no, seq, outcome) VALUES (:device_no, :seq, :outcome) ON CONFLICT DO NOTHING"
)


def save_answered(session: Session, answered: Iterable[Answered]) -> None:
    """Keep numbers; the same one again changes nothing."""
    rows = [{"device_no": each.device_no, "seq": each.seq, "outcome": each.outcome.value} for each in answered]
    if rows:
        session.connection().execute(_INSERT, rows)
