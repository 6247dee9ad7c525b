"""A point of the log (存证位置): how many events a run saw, and the hash that covers each of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogPoint:
    """The log's position, and its rolling hash there in 64 hexadecimal digits (tracker.ledger.rolling).

    `rolling` is None where only some months of an archive were given, so that nobody could compute it.
    """

    position: int
    rolling: str | None
