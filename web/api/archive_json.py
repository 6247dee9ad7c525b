"""Archives as JSON (档案数据): entries as they were told, with when and by whom."""

from typing import Any

from credit_scoring.archive.archive import Archive
from credit_scoring.archive.codes import CodeBook
from credit_scoring.archive.holder import Holder
from credit_scoring.archive.kinds import KINDS
from credit_scoring.archive.record import Entry
from credit_scoring.archive.volume_store import Volume
from web.api.shapes import write_time


def archive_json(holder: Holder, archive: Archive, *, documents: bool) -> dict[str, Any]:
    """What holds now, and under each record what it replaced; what was revoked apart."""

    def told(entry: Entry) -> dict[str, Any]:
        before = [entry_json(each, documents=documents) for each in archive.history_of(entry)]
        return entry_json(entry, documents=documents) | {"replaced": before}

    return {
        "holder_kind": holder.kind,
        "holder": holder.code,
        "records": [told(entry) for entry in archive.in_force],
        "revoked": [told(entry) for entry in archive.revoked],
    }


def entry_json(entry: Entry, *, documents: bool) -> dict[str, Any]:
    """One entry; its document and who entered it only with `documents`."""
    told, day = entry.told, {name: getattr(entry.told, name) for name in ("document_date", "valid_from", "valid_until")}
    kind = KINDS[told.kind]
    columns = {field.name: getattr(told, field.column) for field in kind.fields if field.column in ("key", "code")}
    fields = {name: value for name, value in ({} if told.revokes else columns | dict(told.details)).items() if value}
    shown: dict[str, Any] = {
        "record_id": str(entry.record_id),
        "holder_kind": told.holder.kind,
        "holder": told.holder.code,
        "kind": told.kind,
        "class": told.info_class,
        "code": told.code,
        "division": told.division,
        **{name: value.isoformat() if value else None for name, value in day.items()},
        "fields": fields,
        "source": told.source,
        "department": told.department,
        "recorded_at": write_time(entry.recorded_at),
        "replaces": str(told.replaces) if told.replaces else None,
        "revokes": told.revokes,
    }
    if documents:
        proof = told.proof
        names = ("sha256", "type", "name", "held_by")
        shown["proof"] = {name: getattr(proof, name) for name in names} if proof else None
        shown["entered_by"] = entry.entered_by
    return shown


def volume_json(volume: Volume) -> dict[str, Any]:
    """One declaration."""
    return {
        "carrier": volume.told.carrier,
        "month": str(volume.told.month),
        "division": volume.told.division,
        "parcels": volume.told.parcels,
        "recorded_at": write_time(volume.recorded_at),
        "in_time": volume.in_time,
    }


def codes_json(book: CodeBook) -> dict[str, Any]:
    """The code lists of one version, and the catalogue of kinds."""
    lists = {
        str(name): [
            {
                "code": each.code, "zh": each.zh, "en": each.en, "tag": each.tag, "source": each.source,
                "class": each.info_class, "severity": each.severity,
                "valid_from": each.valid_from.isoformat() if each.valid_from else None,
                "valid_until": each.valid_until.isoformat() if each.valid_until else None,
            }
            for each in codes.values()
        ]
        for name, codes in book.lists.items()
    }  # fmt: skip
    kinds = [
        {
            "kind": str(kind.name),
            "holders": sorted(kind.holders),
            "declared": kind.declared,
            "fields": [{"name": each.name, "form": str(each.shape), "required": each.required} for each in kind.fields],
        }
        for kind in KINDS.values()
    ]
    return {"version": book.version, "lists": lists, "kinds": kinds}
