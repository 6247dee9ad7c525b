"""The services as composed: a standby says how its database is, sessions bear their holder's name."""

from pathlib import Path
from threading import Event
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import Engine

from tracker.store.candidate import Candidate
from web.commands import services
from web.settings import Settings

UP = "jixin_tracker_database_up"


def test_the_schedulers_sessions_bear_its_holders_name(
    settings: Settings, store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it hangs in a transaction, whoever takes over ends the sessions of that name."""
    names: list[str | None] = []

    def open_store(_settings: Settings, *, name: str | None = None) -> Engine:
        names.append(name)
        return store

    def run_jobs(_engine: Engine, *, candidate: Candidate, **_rest: Any) -> bool:
        names.append(candidate.holder)
        return True

    monkeypatch.setattr(services, "open_store", open_store)
    monkeypatch.setattr("credit_scoring.scoring.job.run_scheduler", run_jobs)
    services.run_scheduler(settings)
    assert names[0] == names[1] is not None


@pytest.mark.parametrize("is_away", [False, True])
def test_a_standby_shows_whether_its_database_answers(
    settings: Settings, store: Engine, monkeypatch: pytest.MonkeyPatch, is_away: bool
) -> None:
    """It records nothing, so its looks at the lease are all it knows."""
    registry = CollectorRegistry()
    monkeypatch.setattr(services, "CollectorRegistry", lambda: registry)
    shown: list[float | None] = []
    assert Candidate(store, "tracker", 60.0).stand()

    def look_twice(candidate: Candidate, _record: object, *, stop: Event) -> None:
        if is_away:
            candidate.engine.dispose()
            database = Path(str(candidate.engine.url.database))
            database.rename(database.with_suffix(".away"))
            database.mkdir()
        assert not candidate.stand()
        assert not stop.is_set()
        shown.append(registry.get_sample_value(UP))

    monkeypatch.setattr(services, "record_in_turns", look_twice)
    monkeypatch.setattr(services, "broker_login", lambda _settings: None)
    services.run_tracker(settings)
    assert shown == [0.0 if is_away else 1.0]
