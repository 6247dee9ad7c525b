"""Collecting from the archives (档案归集): what they say about every carrier in a scope, as integers.

A record belongs to the day of its document, and to its division where it has one. A headquarters answers for its
franchisees, a successor for those whose place it took (see credit_scoring.archive.network). What was recorded after
the scope's `as_of` is not seen. A carrier without USCC, or whose USCC has no archive, is left out, and so is an
indicator of which nothing is known or nothing is due: unknown is never zero.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from credit_scoring.archive.archive import is_valid_on
from credit_scoring.archive.archive_store import build_all, in_force, network_of
from credit_scoring.archive.archive_tables import ArchiveRecordRow
from credit_scoring.archive.checks import areas_of, covers
from credit_scoring.archive.clocks import FILING_DAYS, Month, months_within
from credit_scoring.archive.codes import Severity
from credit_scoring.archive.holder import HolderKind
from credit_scoring.archive.kinds import AT_ACCEPTANCE, KEPT, RecordKind
from credit_scoring.archive.network import Network
from credit_scoring.archive.penalties import POINTS
from credit_scoring.archive.record import Entry
from credit_scoring.archive.volume_store import find_declared
from credit_scoring.evidence.evidence import Counts
from credit_scoring.evidence.scope import Scope
from tracker.store.tables.registry import CarrierRow
from tracker.wire.divisions import division_prefix
from tracker.working_days import local_day_of

ONE_DAY = timedelta(days=1)
Tallies = dict[str, dict[str, list[int]]]  # by USCC and indicator: numerator, denominator
_SINGLE = ("penalties", "misconduct", "honours")  # counted by themselves: nothing of them is zero of one
_DATED = (
    RecordKind.PENALTY,
    RecordKind.MISCONDUCT,
    RecordKind.PROHIBITED_GOODS,
    RecordKind.HONOUR,
    RecordKind.COMMITMENT_JUDGEMENT,
)


def counts_of_archive(session: Session, scope: Scope, *, without: Collection[str] = ()) -> Counts:
    """(numerator, denominator) by carrier code and indicator; `prohibited_goods` has 0 below it: its parcels.

    `without` names records that an objection took out.
    """
    uscc_of = {row.code: row.uscc for row in session.exec(select(CarrierRow)) if row.uscc}
    if not uscc_of:
        return {}
    network = network_of(session, scope.as_of)
    kept = _with_archive(session, scope, network)
    tallies: Tallies = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for uscc in kept:
        for name in (*_SINGLE, "prohibited_goods"):
            tallies[uscc][name] = [0, int(name in _SINGLE)]
    _count_dated(session, scope, network, tallies, without)
    _count_outlets(session, scope, network, tallies, without)
    licences = _licences(session, scope, network, without)
    for uscc, (found, halts) in licences.items():
        _count_days(scope, found, halts, tallies[uscc]["licence_valid"])
    for code, uscc in uscc_of.items():
        uscc_of[code] = network.heir_of(uscc)
    volumes = _count_months(session, scope, uscc_of, licences)
    counts: Counts = {}
    for code, uscc in sorted(uscc_of.items()):
        if uscc not in kept:
            continue
        own = {name: (met, of) for name, (met, of) in tallies[uscc].items() if of or name == "prohibited_goods"}
        counts[code] = own | ({"volume_declared": volumes[code]} if code in volumes else {})
    return counts


def last_day_of(scope: Scope) -> date:
    """The last day of a scope that has begun at its `as_of`."""
    return min(scope.window.to_date - ONE_DAY, local_day_of(scope.as_of))


def _with_archive(session: Session, scope: Scope, network: Network) -> set[str]:
    """The enterprises with an archive, each by its heir."""
    statement = select(col(ArchiveRecordRow.holder_code)).where(
        ArchiveRecordRow.kind == RecordKind.IDENTITY, *_of_enterprises(scope)
    )
    return {network.heir_of(code) for code in session.exec(statement)}


def _count_dated(session: Session, scope: Scope, network: Network, tallies: Tallies, without: Collection[str]) -> None:
    columns: list[Any] = [
        col(ArchiveRecordRow.holder_code),
        col(ArchiveRecordRow.kind),
        col(ArchiveRecordRow.code),
        col(ArchiveRecordRow.document_date),
    ]
    statement = (
        sa.select(*columns, sa.func.count())
        .where(
            col(ArchiveRecordRow.kind).in_(_DATED),
            col(ArchiveRecordRow.document_date) >= scope.window.from_date,
            col(ArchiveRecordRow.document_date) < scope.window.to_date,
            *_of_enterprises(scope, without),
            *_within(scope),
        )
        .group_by(*columns)
    )
    for row in session.connection().execute(statement):
        holder, kind, code, day, count = tuple(row)
        name, met, of = _weight(RecordKind(kind), code, int(count))
        for uscc in network.answering_for(holder, day):
            tallies[uscc][name][0] += met
            tallies[uscc][name][1] += of


def _weight(kind: RecordKind, code: str, count: int) -> tuple[str, int, int]:
    """Which indicator some records speak to, and by how much."""
    if kind is RecordKind.PENALTY:
        return "penalties", POINTS[Severity(code)] * count, 0
    if kind is RecordKind.COMMITMENT_JUDGEMENT:
        return "commitments_kept", count * (code == KEPT), count
    if kind is RecordKind.PROHIBITED_GOODS:
        return "prohibited_goods", count * (code != AT_ACCEPTANCE), 0
    return ("honours" if kind is RecordKind.HONOUR else "misconduct"), count, 0


def _count_outlets(
    session: Session, scope: Scope, network: Network, tallies: Tallies, without: Collection[str]
) -> None:
    """Of the outlets open in the window: those filed by its end, of those filed or whose 20 days are over."""
    last = last_day_of(scope)
    row = ArchiveRecordRow
    filed = sa.and_(col(row.document_date).is_not(None), col(row.document_date) <= last)
    due = col(row.valid_from) < last - FILING_DAYS * ONE_DAY
    statement = (
        sa.select(col(row.holder_code), _sum(filed), _sum(sa.or_(filed, due)))
        .where(
            col(row.kind) == RecordKind.OUTLET,
            col(row.valid_from) <= last,
            sa.or_(col(row.valid_until).is_(None), col(row.valid_until) >= scope.window.from_date),
            *_of_enterprises(scope, without),
            *_within(scope),
        )
        .group_by(col(row.holder_code))
    )
    for holder, met, of in session.connection().execute(statement):
        for uscc in network.answering_for(holder, last):
            tallies[uscc]["outlets_filed"][0] += int(met)
            tallies[uscc]["outlets_filed"][1] += int(of)


Licences = dict[str, tuple[list[Entry], list[Entry]]]


def _licences(session: Session, scope: Scope, network: Network, without: Collection[str]) -> Licences:
    """Licences and halts by the enterprise's heir: a licence is its holder's, no headquarters'."""
    kinds = (RecordKind.LICENCE, RecordKind.LICENCE_HALT)
    statement = select(ArchiveRecordRow).where(col(ArchiveRecordRow.kind).in_(kinds), *_of_enterprises(scope, without))
    found: Licences = defaultdict(lambda: ([], []))
    for entry in build_all(session.exec(statement)):
        found[network.heir_of(entry.told.holder.code)][entry.told.kind is RecordKind.LICENCE_HALT].append(entry)
    return found


def _count_days(scope: Scope, licences: Iterable[Entry], halts: list[Entry], tally: list[int]) -> None:
    """The days of the window, so far as they have come, and those of them with a licence for the scope's division."""
    place = scope.division
    fit = [each for each in licences if place is None or any(covers(area, place) for area in areas_of(each.told))]
    days = (last_day_of(scope) - scope.window.from_date).days + 1
    for each in (scope.window.from_date + number * ONE_DAY for number in range(days)):
        tally[0] += any(is_valid_on(licence, halts, each) for licence in fit)
        tally[1] += 1


def _count_months(
    session: Session, scope: Scope, uscc_of: dict[str, str], licences: Licences
) -> dict[str, tuple[int, int]]:
    """Months declared in time, of those due at `as_of` since the first licence: a duty nationwide, in every scope."""
    today = local_day_of(scope.as_of)
    months = [each for each in months_within(scope.window.from_date, scope.window.to_date) if each.due < today]
    in_time: dict[str, set[Month]] = defaultdict(set)
    for volume in find_declared(session, scope, division=None):
        if volume.in_time:
            in_time[volume.told.carrier].add(volume.told.month)
    counts = {}
    for code, uscc in uscc_of.items():
        starts = (
            [each.told.valid_from for each in licences[uscc][0] if each.told.valid_from] if uscc in licences else []
        )
        due = [each for each in months if starts and each.first >= min(starts)]
        if due:
            counts[code] = (sum(each in in_time[code] for each in due), len(due))
    return counts


def _of_enterprises(scope: Scope, without: Collection[str] = ()) -> tuple[Any, ...]:
    left_out = (col(ArchiveRecordRow.record_id).not_in(sorted(map(UUID, without))),) if without else ()
    return (ArchiveRecordRow.holder_kind == HolderKind.ENTERPRISE, in_force(scope.as_of), *left_out)


def _within(scope: Scope) -> tuple[Any, ...]:
    """In the scope's division; nationwide also what has none."""
    if scope.division is None:
        return ()
    return (col(ArchiveRecordRow.division).startswith(division_prefix(scope.division), autoescape=True),)


def _sum(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))
