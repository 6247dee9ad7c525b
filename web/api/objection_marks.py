"""Objections beside what they concern (异议标注): what everybody may know of them, as JSON."""

from collections.abc import Iterable
from typing import Any

from credit_scoring.governance.objections.objection import Objection, PointKind
from credit_scoring.scoring.export import time_json


def objection_json(objection: Objection) -> dict[str, Any]:
    """Against what kind of point it is, and how it stands; not by whom, why, or about which parcel or person."""
    decision, name = objection.decision, indicator_in(objection)
    return {
        "objection_no": objection.objection_no,
        "kind": objection.point.kind.value,
        "indicator": name,
        "run": objection.point.key.partition("/")[0] if name else None,
        "year": objection.point.year,
        "state": objection.state.value,
        "open": objection.is_open,
        "filed_at": time_json(objection.filed_at),
        "due": objection.due.isoformat() if objection.due else None,
        "decided_at": time_json(decision.at) if decision else None,
        "remedy": decision.remedy.value if decision and decision.remedy else None,
    }


def indicator_in(objection: Objection) -> str | None:
    """The indicator that an objection is against; None of another kind."""
    return objection.point.key.partition("/")[2] if objection.point.kind is PointKind.INDICATOR else None


def open_by_carrier(objections: Iterable[Objection]) -> dict[str, list[Objection]]:
    """The open ones of each carrier."""
    found: dict[str, list[Objection]] = {}
    for each in objections:
        if each.is_open:
            found.setdefault(each.carrier, []).append(each)
    return found
