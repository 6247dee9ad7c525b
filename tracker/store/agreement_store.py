"""Agreements in the store (安全协议登记): what carriers filed, and what acceptances are held against."""

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from tracker.store.tables.identities import AgreementRow
from tracker.wire.agreements import Agreement


def save_agreements(session: Session, agreements: Iterable[Agreement], *, filed_at: datetime) -> None:
    """Write agreements; one that is there already takes what is told now. Twice changes nothing."""
    for agreement in agreements:
        session.merge(
            AgreementRow(
                carrier=agreement.carrier,
                agreement_no=agreement.agreement_no,
                customer=agreement.customer,
                uscc=agreement.uscc,
                valid_from=agreement.valid_from,
                valid_until=agreement.valid_until,
                ended_on=agreement.ended_on,
                filed_at=filed_at,
            )
        )


def agreements_of(session: Session, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Agreement]:
    """The agreements of these (carrier, number); those unknown are absent. One query; none for no keys."""
    if not keys:
        return {}
    named = sa.tuple_(col(AgreementRow.carrier), col(AgreementRow.agreement_no))
    rows = session.exec(select(AgreementRow).where(named.in_(list(keys))))
    return {(row.carrier, row.agreement_no): _build_agreement(row) for row in rows}


def find_agreements(session: Session, carrier: str | None = None) -> list[Agreement]:
    """All agreements, or one carrier's, in order."""
    asked = select(AgreementRow).order_by(col(AgreementRow.carrier), col(AgreementRow.agreement_no))
    if carrier is not None:
        asked = asked.where(col(AgreementRow.carrier) == carrier)
    return [_build_agreement(row) for row in session.exec(asked)]


def _build_agreement(row: AgreementRow) -> Agreement:
    return Agreement(
        carrier=row.carrier,
        agreement_no=row.agreement_no,
        customer=row.customer,
        uscc=row.uscc,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        ended_on=row.ended_on,
    )
