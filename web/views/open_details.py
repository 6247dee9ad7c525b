"""Open details (可公开要素): what a step tells to who has the label or the telephone's digits, and nothing personal.

Never the contents, references, documents, lanes, vehicles, counterparts: closed by listing what is open.
"""

from tracker.chain.scan import Scan
from tracker.wire.details import (
    AcceptedDetails,
    ArrivedDetails,
    DeliveredDetails,
    DepartedDetails,
    HandedOverDetails,
    ReasonDetails,
    ReturnedDetails,
    ScreenedDetails,
    StoredDetails,
)
from web.views.names import Directory, carrier_name, station_name
from web.words import Words

Told = dict[str, str | int]


def open_details(scan: Scan) -> Told:
    """The step's open details by name; those that are absent left out."""
    return {name: value for name, value in _find(scan).items() if value is not None}


def write_details(words: Words, scan: Scan, known: Directory) -> tuple[str, ...]:
    """The same in words."""
    told = ((name, _write(words, name, value, scan, known)) for name, value in open_details(scan).items())
    return tuple(words(f"detail.{name}", value=text) for name, text in told)


def _find(scan: Scan) -> dict[str, str | int | None]:
    details = scan.details
    found: dict[str, str | int | None] = {}
    if isinstance(details, AcceptedDetails):
        inspected = details.inspection.result if details.inspection else None
        found = {"weight_g": details.weight_g, "inspection_result": inspected}
    elif isinstance(details, ScreenedDetails):
        found = {"screening_result": details.result}
    elif isinstance(details, DepartedDetails):
        found = {"next_station": details.next_station}
    elif isinstance(details, ArrivedDetails):
        found = {"from_station": details.from_station}
    elif isinstance(details, HandedOverDetails):
        found = {"to_carrier": details.to_carrier, "to_station": details.to_station}
    elif isinstance(details, ReasonDetails):
        found = {"reason": details.reason}
    elif isinstance(details, StoredDetails):
        found = {"place_kind": details.place_kind, "consent_kind": details.consent.kind if details.consent else None}
    elif isinstance(details, DeliveredDetails | ReturnedDetails):
        found = {"signer": details.signer}
    return found


def _write(words: Words, name: str, value: str | int, scan: Scan, known: Directory) -> str:
    if isinstance(value, int):
        return f"{value / 1000:.2f} kg"
    if name == "to_carrier":
        return carrier_name(words, value, known.carriers.get(value)).text
    if name.endswith("_station"):
        owner = getattr(scan.details, "to_carrier", None) or scan.carrier
        return station_name(words, value, known.stations.get((owner, value))).text
    return words.find(f"detail.code.{value}") or value
