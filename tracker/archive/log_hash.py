"""The log's hash over an archive (归档滚动哈希): the rolling hash of months that are the whole log."""

from collections.abc import Sequence
from pathlib import Path

from tracker.archive.parquet import AT_ONCE, connect
from tracker.ledger.rolling import GENESIS, roll


def roll_archive(months: Sequence[Path], spill: Path) -> bytes | None:
    """The rolling hash after the last event of some archived months; None where any event before it is in none of them.

    The archive must be checked before (see tracker.archive.checking); `spill` is where DuckDB may sort.
    """
    position, rolling = 0, GENESIS
    with connect(spill) as database:
        files = [str(month / "events-*.parquet") for month in months]
        found = database.execute("SELECT position, body FROM read_parquet(?) ORDER BY position", [files])
        while rows := found.fetchmany(AT_ONCE):
            position += len(rows)
            if rows[-1][0] != position:
                return None
            rolling = roll(rolling, (body for _, body in rows))
    return rolling
