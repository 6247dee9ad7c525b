"""The register of refusals (收寄拒绝登记): what the gate refused, on the station's disk, and nobody's data with it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from scanners.identity.gate import Refused
from scanners.identity.reasons import Reason
from scanners.own_file import open_own_file

KEPT_FOR = timedelta(days=365)  # a proposal; the law wants logs for at least six months (网络安全法 Art. 21)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS refusal (
  no INTEGER PRIMARY KEY AUTOINCREMENT, refused_at REAL NOT NULL, waybill_no TEXT, reasons TEXT NOT NULL,
  rule_version TEXT NOT NULL, operator TEXT);
CREATE INDEX IF NOT EXISTS refusal_refused_at ON refusal (refused_at);
"""


@dataclass(frozen=True, slots=True)
class KeptRefusal:
    """One refusal as it was kept; `waybill_no` is None where the label held none."""

    refused_at: float  # seconds since 1970, UTC
    waybill_no: str | None
    reasons: tuple[Reason, ...]
    rule_version: str
    operator: str | None


class RefusalRegister:
    """Refusals in order, on disk when `put` returns. One process owns a file, and asks one thing at a time."""

    def __init__(self, path: Path) -> None:
        self._database = open_own_file(path, _SCHEMA)

    def close(self) -> None:
        """Close the file; everything in it is on disk already."""
        self._database.close()

    def put(self, refused: Refused, *, operator: str | None = None) -> None:
        """Keep a refusal, and forget those whose time is over. Raises sqlite3.Error when the disk does not take it."""
        moment = refused.decided_at.timestamp()
        told = (moment, refused.waybill_no, " ".join(refused.reasons), refused.rule_version, operator)
        with self._database:  # committed when the block ends, undone when it raises
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("DELETE FROM refusal WHERE refused_at < ?", (moment - KEPT_FOR.total_seconds(),))
            self._database.execute(
                "INSERT INTO refusal (refused_at, waybill_no, reasons, rule_version, operator) VALUES (?, ?, ?, ?, ?)",
                told,
            )

    def find(self, since: datetime, until: datetime) -> list[KeptRefusal]:
        """The refusals of a time, `until` exclusive, in order: a day's list, a month's report."""
        rows = self._database.execute(
            "SELECT refused_at, waybill_no, reasons, rule_version, operator FROM refusal"
            " WHERE refused_at >= ? AND refused_at < ? ORDER BY no",
            (since.timestamp(), until.timestamp()),
        )
        return [
            KeptRefusal(moment, waybill_no, tuple(map(Reason, reasons.split())), version, operator)
            for moment, waybill_no, reasons, version, operator in rows
        ]

    def count(self, since: datetime, until: datetime) -> Counter[Reason]:
        """How often each reason was given in a time."""
        return Counter(reason for kept in self.find(since, until) for reason in kept.reasons)
