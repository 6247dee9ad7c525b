"""Collecting (归集): the evidence of every carrier in a scope, counted by the database in one pass an area.

The database gives whole numbers only: how many parcels, how many of them met a condition, how many milliseconds
together. Every division is made afterwards, in decimals.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlmodel import Session

from credit_scoring.archive.collect_archive import counts_of_archive
from credit_scoring.archive.volume_store import declared_volumes
from credit_scoring.complaints.collector import counts_of_complaints
from credit_scoring.evidence.evidence import CarrierEvidence, Count, Counts
from credit_scoring.evidence.indicators import IndicatorName
from credit_scoring.evidence.log_point import LogPoint
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.subject import carrier
from credit_scoring.governance.objections.exclusions import exclusions
from credit_scoring.scoring.conditions import COUNTED, TIMES
from credit_scoring.scoring.counting import Ask, Row, asking, count_hidden, count_months, count_parcels
from credit_scoring.voices.counts import counts_of_voices
from tracker.store.event_store import log_head

_NO_COMPLAINT = dict.fromkeys((IndicatorName.COMPLAINTS, IndicatorName.EFFECTIVE_COMPLAINTS), Count(0, 0))


def collect_evidence(session: Session, scope: Scope, *, ask: Ask | None = None) -> list[CarrierEvidence]:
    """The evidence of every carrier with a parcel in the scope, scanned or hidden, by carrier code.

    The parcels are counted in the store, or by whom `ask` names (see credit_scoring.scoring.parcel_files).
    """
    ask = ask or asking(session)
    records = replace(scope, as_of=scope.recorded_until)
    excluded = exclusions(session, records)
    waybill_nos = _all(excluded.parcels)
    return build_evidence(
        ask(count_parcels(scope, without=waybill_nos)),
        hidden={row["carrier"]: int(row["hidden"]) for row in ask(count_hidden(scope, without=waybill_nos))},
        short_of_declared=_short_of_declared(session, records, ask),
        others=[
            counts_of_archive(session, records, without=_all(excluded.records)),
            counts_of_complaints(session, records, without=_all(excluded.findings)),
            counts_of_voices(session, records),
        ],
    )


def _all(keys: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*keys.values())


def build_evidence(
    rows: Iterable[Row],
    *,
    hidden: Mapping[str, int],
    short_of_declared: Mapping[str, int],
    others: Iterable[Counts],
) -> list[CarrierEvidence]:
    """Pure: the evidence from what was counted, over parcels and in the other areas, by carrier and indicator.

    `hidden`: how many parcels were announced for a carrier and never scanned.
    `short_of_declared`: by how many the scans fall short of what a carrier declared.
    """
    by_carrier = {row["carrier"]: row for row in rows}
    counts: dict[str, dict[IndicatorName, Count]] = defaultdict(dict)
    for area in others:
        for code, found in area.items():
            counts[code].update({IndicatorName(name): Count(*pair) for name, pair in found.items()})
    codes = by_carrier.keys() | hidden.keys()
    codes |= {code for code, short in short_of_declared.items() if short}
    return [
        _evidence(code, by_carrier.get(code), hidden.get(code, 0), short_of_declared.get(code), counts[code])
        for code in sorted(codes)
    ]


def log_point_of(session: Session) -> LogPoint:
    """How far the log had come in what this session sees."""
    head = log_head(session)
    return LogPoint(head.position, head.rolling.hex())


def _short_of_declared(session: Session, scope: Scope, ask: Ask) -> dict[str, int]:
    """By how many parcels each carrier that declared its volumes fell short of them, month by month."""
    declared = declared_volumes(session, scope)
    if not declared:
        return {}
    months = sorted({month for told in declared.values() for month in told})
    scanned = {row["carrier"]: row for row in ask(count_months(scope, declared, months))}
    return {
        code: sum(max(0, told - int(scanned[code][month] if code in scanned else 0)) for month, told in volumes.items())
        for code, volumes in declared.items()
    }


def _evidence(
    code: str,
    row: Row | None,
    never_scanned: int,
    short_of_declared: int | None,
    others: Mapping[IndicatorName, Count],
) -> CarrierEvidence:
    parcels = int(row["parcels"]) if row is not None else 0
    hidden = max(never_scanned, short_of_declared or 0)
    announced = row is not None and int(row["announced"]) > 0
    told = announced or never_scanned > 0 or short_of_declared is not None
    of_parcels = {name: _told(row, name) for name in (*COUNTED, *TIMES)}
    return CarrierEvidence(
        subject=carrier(code),
        parcels=parcels,
        own_parcels=int(row["own_parcels"]) if row is not None else 0,
        on_the_way=int(row["on_the_way"]) if row is not None else 0,
        expected=parcels + hidden if told else None,
        counts={**of_parcels, **_NO_COMPLAINT, **others},
    )


def _told(row: Row | None, name: IndicatorName) -> Count:
    return Count(int(row[f"{name}_met"]), int(row[f"{name}_counted"])) if row is not None else Count(0, 0)
