"""One assessment of the year 2025, or the bare query behind it, in a process of its own (年度考核): time and memory.

Arguments: `bare` or `whole`, and the database's URL. Prints one JSON object.
"""

import json
import resource
import sys
import time
from datetime import UTC, date, datetime

from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring.assess import assess
from credit_scoring.scoring.counting import asking, count_parcels
from credit_scoring.scoring.score_store import build_run
from tracker.store.database import build_engine, reading

SCOPE = Scope(Window(date(2025, 1, 1), date(2026, 1, 1)), None, datetime(2026, 2, 16, tzinfo=UTC))


def main(what: str, url: str) -> None:
    engine = build_engine(url)
    started = time.perf_counter()
    with reading(engine) as session:
        if what == "bare":
            carriers = len(asking(session)(count_parcels(SCOPE)))
        else:
            told = assess(
                session,
                scheme=shipped_schemes().of("2025-1"),
                window=SCOPE.window,
                division=None,
                as_of=SCOPE.as_of,
            )
            build_run(told, created_at=SCOPE.as_of)
            carriers = len(told.evidence)
    seconds = time.perf_counter() - started
    mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "mb": mb, "carriers": carriers}))


if __name__ == "__main__":
    main(*sys.argv[1:])
