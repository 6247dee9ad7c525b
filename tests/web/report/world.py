"""A report to test with (测试报告): a saved run of the small world, keys to sign with, and one carrier's facts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy.engine import Engine

from credit_scoring.evidence.window import Window
from credit_scoring.governance.objections.objection import Objection, Point, PointKind, Step, StepKind
from credit_scoring.governance.objections.objection_store import add_objection, add_step, objection_of
from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scoring.assess import assess
from credit_scoring.scoring.score_store import run_of, save_run
from tests.web.test_since import save_earlier
from tests.web.world import NOW
from tracker.store.database import reading, transaction
from tracker.store.registry import carrier_of
from tracker.wire.signature import VerifyingKey
from tracker.working_days import local_day_of
from web.commands.receipt_keys import new_key_file, read_key_file
from web.report.facts import Audience, Facts, read_facts
from web.report.layout import Layout
from web.report.making import SignedFacts, lay_out, sign_facts
from web.settings import Settings
from web.words import load_words

BASE = "https://credit.example"
WORDS = load_words()


@dataclass(frozen=True, slots=True)
class Printed:
    """An installation with a saved run."""

    engine: Engine
    settings: Settings
    run_id: UUID

    @property
    def keys(self) -> dict[str, VerifyingKey]:
        """Its receipt key, by kid."""
        key = read_key_file(self.settings.receipt_key_file).signing.verifying
        return {key.kid: key}

    def facts(self, code: str, audience: Audience = Audience.PUBLIC) -> Facts:
        with reading(self.engine) as session:
            run, carrier = run_of(session, self.run_id), carrier_of(session, code)
            assert run is not None
            assert carrier is not None
            return read_facts(session, carrier, run, audience)

    def signed(self, code: str, audience: Audience = Audience.PUBLIC) -> SignedFacts:
        return sign_facts(self.settings, self.facts(code, audience), now=NOW)

    def layout(self, made: SignedFacts) -> Layout:
        return lay_out(made, WORDS, base=BASE)

    def object(self, code: str, indicator: str = "loss") -> int:
        """An objection to an indicator of the run, an hour after it."""
        point = Point(PointKind.INDICATOR, f"{self.run_id}/{indicator}", NOW.year, None)
        with transaction(self.engine) as session:
            return add_objection(
                session, carrier=code, point=point, ground="data_wrong", parcels=[], evidence_sha256="e" * 64,
                evidence_type="application/pdf", by="carrier.farreach", now=NOW + timedelta(hours=1),
            )  # fmt: skip

    def reject(self, number: int, at: datetime) -> None:
        with transaction(self.engine) as session:
            known: Objection | None = objection_of(session, number)
            assert known is not None
            add_step(session, known, Step(StepKind.REJECTED, "regulator", at, "evidence_weak"))


def print_run(engine: Engine, folder: Path) -> Printed:
    """Save a run of four days ago and one of now, and make the keys."""
    save_earlier(engine)
    window = Window.parse(None, None, today=local_day_of(NOW))
    scheme = shipped_schemes().on(window.last_day)
    with transaction(engine) as session:
        judged = assess(session, scheme=scheme, window=window, division=None, as_of=NOW)
        run_id = save_run(session, judged, created_at=NOW)
    settings = Settings(data_dir=folder)
    settings.receipt_key_file.parent.mkdir(parents=True, exist_ok=True)
    settings.receipt_key_file.write_bytes(new_key_file(now=NOW))
    return Printed(engine, settings, run_id)
