"""The parcels behind a score (扣分件): which ones lost points, page by page."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from credit_scoring.evidence.catalogue import indicator_of
from credit_scoring.evidence.indicators import IndicatorName, Needs
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from credit_scoring.governance.objections.exclusions import is_excluded
from credit_scoring.governance.objections.objection import PointKind
from credit_scoring.scoring.conditions import ON_THE_WAY, OWN, in_scope, loses_points
from tracker.store.tables.parcel import ParcelRow


def find_parcels(
    session: Session,
    *,
    carrier: str,
    indicator: IndicatorName,
    window: Window,
    division: str | None,
    as_of: datetime,
    after: str | None = None,
    limit: int = 50,
) -> list[str]:
    """Waybill numbers that lost the carrier points in an indicator, in their order, those after `after`.

    At most `limit`; the last one is the next page's `after`. An indicator that the carrier's feed does not cover is
    unknown and lost nothing: no parcels.
    """
    scope = Scope(window, division, as_of)
    of_carrier = [col(ParcelRow.carrier) == carrier, *in_scope(scope)]
    if indicator_of(indicator).needs is Needs.JOURNEY and not _covers_journey(session, of_carrier):
        return []
    waybill_no = col(ParcelRow.waybill_no)
    excluded = is_excluded(PointKind.PARCEL, waybill_no, as_of=scope.recorded_until)
    statement = sa.select(waybill_no).where(*of_carrier, loses_points(indicator, as_of=as_of), ~excluded)
    if after is not None:
        statement = statement.where(waybill_no > after)
    return list(session.connection().scalars(statement.order_by(waybill_no).limit(max(0, limit))))


def _covers_journey(session: Session, of_carrier: list[sa.ColumnElement[bool]]) -> bool:
    statement = sa.select(sa.literal(1)).select_from(ParcelRow).where(*of_carrier, sa.or_(OWN, ON_THE_WAY)).limit(1)
    return session.connection().scalar(statement) is not None
