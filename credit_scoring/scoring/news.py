"""News (新记录): whether anything but scans that a score rests on was recorded since a run.

A stamp does not tell: what was stamped before a run may be committed after it. So a run keeps how much there was that
it saw, in the transaction that read its evidence, and a page compares that with how much there is. These tables only
grow. How often marks of missing records changed, which come and go, is counted at the log's head.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from credit_scoring.archive.archive_tables import ArchiveRecordRow, DeclaredVolumeRow
from credit_scoring.complaints.complaint_tables import ComplaintEventRow, ComplaintRow
from credit_scoring.governance.objections.objection_tables import ExclusionRow
from credit_scoring.voices.voice_tables import VoiceRow, VoiceWeightRow
from tracker.store.tables.event_log import LogHeadRow

_RECORDED: dict[str, Any] = {
    "archive_record": ArchiveRecordRow.recorded_at,
    "declared_volume": DeclaredVolumeRow.recorded_at,
    "complaint": ComplaintRow.recorded_at,
    "complaint_event": ComplaintEventRow.at,
    "voice": VoiceRow.recorded_at,
    "voice_weight": VoiceWeightRow.weighed_at,
    "exclusion": ExclusionRow.recorded_at,
}


def how_much_by(session: Session, moment: datetime) -> str:
    """How much of each there is that counts for a run of this moment: what bears a later stamp is news to it."""
    return _told(session, {name: (col(stamp) <= moment,) for name, stamp in _RECORDED.items()})


def how_much(session: Session) -> str:
    """How much of each there is."""
    return _told(session, dict.fromkeys(_RECORDED, ()))


def _told(session: Session, conditions: dict[str, tuple[sa.ColumnElement[bool], ...]]) -> str:
    columns: list[Any] = [
        sa.select(sa.func.count()).select_from(stamp.class_).where(*conditions[name]).scalar_subquery().label(name)
        for name, stamp in _RECORDED.items()
    ]
    marks = sa.select(col(LogHeadRow.marks)).scalar_subquery().label("marks")
    [counted] = session.connection().execute(sa.select(*columns, marks)).mappings()
    return " ".join(f"{name}={number}" for name, number in counted.items())
