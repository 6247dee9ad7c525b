"""News (新记录): whether anything but scans that a score rests on was recorded since a run."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from credit_scoring.archive.archive_tables import ArchiveRecordRow, DeclaredVolumeRow
from credit_scoring.complaints.complaint_tables import ComplaintEventRow, ComplaintRow
from credit_scoring.governance.objections.objection_tables import ExclusionRow
from credit_scoring.voices.voice_tables import VoiceRow, VoiceWeightRow
from tracker.store.tables import IdentityClaimRow

_RECORDED: tuple[Any, ...] = (
    ArchiveRecordRow.recorded_at,
    DeclaredVolumeRow.recorded_at,
    ComplaintRow.recorded_at,
    ComplaintEventRow.at,
    VoiceRow.recorded_at,
    VoiceWeightRow.weighed_at,
    ExclusionRow.recorded_at,
    IdentityClaimRow.missing_since,  # its parcel's sender counts as not identified from then on
)


def has_news(session: Session, since: datetime) -> bool:
    """Whether one of these came after a moment: what is told of a carrier, or that a sealed record was missed."""
    found = (sa.exists().where(col(recorded) > since) for recorded in _RECORDED)
    return session.connection().scalar(sa.select(sa.or_(*found))) or False
