"""Which report is asked for (所问报告): a carrier, a saved run, and the address that is printed on it."""

from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Query
from sqlmodel import Session

from credit_scoring.scoring.score_store import SavedRun, latest_run, run_of
from tracker.store.database import reading
from web.context import Context
from web.errors import RunNotFound
from web.paths import AskedScope
from web.reads import known_carrier
from web.report.facts import Audience, read_facts
from web.report.making import SignedFacts, sign_facts

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
AskedRun = Annotated[
    UUID | None, Query(alias="run", description="a saved run's id; without it the latest of the period and division")
]


def signed_facts(
    asking: Context, code: str, scope: AskedScope, run_id: UUID | None, audience: Audience = Audience.PUBLIC
) -> SignedFacts:
    """The signed content of the report that is asked for. Raises CarrierNotFound, RunNotFound, ReportKeysMissing."""
    with reading(asking.engine) as session:
        run = asked_run(session, scope, run_id)
        facts = read_facts(session, known_carrier(session, code), run, audience)
    return sign_facts(asking.request.app.state.settings, facts, now=asking.now)


def asked_run(session: Session, scope: AskedScope, run_id: UUID | None) -> SavedRun:
    """The run by its id, or the latest of exactly this period and division. Raises RunNotFound."""
    found = run_of(session, run_id) if run_id else latest_run(session, scope.window, scope.area)
    if found is None:
        raise RunNotFound(str(run_id or scope.window))
    return found


def public_base(asking: Context) -> str | None:
    """The address to print: the one that is set, never what an asker says in `Host`, but for this very machine's.

    A report is signed: an address in it must not be one that a visitor chose.
    """
    public: str | None = asking.request.app.state.settings.public_url
    return asking.base if public or urlsplit(asking.base).hostname in LOOPBACK else None
