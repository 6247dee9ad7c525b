"""The upkeep (定时整理): reviews weighed anew before a run; origins and attached files gone when their term is over."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.engine import Engine

from credit_scoring.governance.objections.objection_store import forget_files
from credit_scoring.voices.origins import forget_origins
from credit_scoring.voices.rules import voice_rules
from credit_scoring.voices.weighing import find_reweighing, save_reweighing
from tracker.store.database import reading, transaction

FILES_KEPT = timedelta(days=1096)  # three years, as the files of appeals (邮政业用户申诉处理办法)
log = structlog.get_logger()


def keep_up(engine: Engine, *, now: datetime) -> None:
    """Once a period. Weighing reads in one transaction and writes in another: nobody waits for its reckoning."""
    rules = voice_rules()
    with reading(engine) as session:
        found = find_reweighing(session, rules, now=now)
    with transaction(engine) as session:
        save_reweighing(session, found, rules, now=now)
        origins = forget_origins(session, rules, now=now)
        files = forget_files(session, before=now - FILES_KEPT)
    if found.changed or origins or files:
        log.info(
            "voices_weighed",
            looked_at=found.looked_at,
            changed=len(found.changed),
            origins_gone=origins,
            files_gone=files,
        )
