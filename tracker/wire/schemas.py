"""JSON Schemas (报文格式): the wire for readers in other languages, written from the models that we decode with.

`python -m tracker.wire.schemas docs/wire` writes them. Size limits in bytes, check digits and times are told in
docs/wire/README.md: a schema cannot say them.
"""

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tracker.wire.details import DETAILS
from tracker.wire.enrolment import Enrolment
from tracker.wire.event import ScanEvent
from tracker.wire.identity_record import IdentityRecord
from tracker.wire.message import HEAD_TYPE, IDENTITIES_TYPE, MAX_EVENTS, BatchHead, Envelope, RecordEnvelope
from tracker.wire.receipt import RECEIPT_TYPE, STORE_TYPE, Receipt, StoreState
from tracker.wire.remote_check import Voucher
from tracker.wire.signature import JwsHeader
from tracker.wire.status import DeviceStatus
from tracker.wire.tracker_keys import NOTICE_TYPE, KeyNotice
from tracker.wire.vault_keys import VAULT_TYPE, VaultNotice
from tracker.wire.versions import VERSION

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://jixin.example/wire/v1/"
SUFFIX = ".schema.json"
DIGEST = "^[A-Za-z0-9_-]{43}$"
COMPACT_JWS = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$"
UUID_V7 = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-7[0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$"

RFC_3339 = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"


def build_schemas() -> dict[str, Schema]:
    """Every schema by its file name."""
    schemas = {
        "event": _event(),
        "batch": _batch(Envelope, "scans", "events", HEAD_TYPE, "event"),
        "identity-record": _record(),
        "identities": _batch(RecordEnvelope, "identities", "records", IDENTITIES_TYPE, "identity-record"),
        "batch-head": _batch_head(),
        "receipt": _receipt(),
        "store": _store(),
        "vault-notice": _versioned(_model(VaultNotice)),
        "key-notice": _versioned(_model(KeyNotice)),
        "remote-check": _versioned(_model(Voucher)),
        "status": _versioned(_model(DeviceStatus)),
        "jws-header": _jws_header(),
        "enrolment": _model(Enrolment),
    }
    return {name + SUFFIX: {"$schema": DIALECT, "$id": BASE + name + SUFFIX, **s} for name, s in schemas.items()}


def encode_schema(schema: Schema) -> bytes:
    """A schema as it stands in its file."""
    return (json.dumps(schema, ensure_ascii=False, indent=2) + "\n").encode()


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder."""
    for name, schema in build_schemas().items():
        (folder / name).write_bytes(encode_schema(schema))


def _event() -> Schema:
    """An event's fields, and by its step which details it may carry."""
    schema, *details = _components(_without_details(), *dict.fromkeys(DETAILS.values()))
    fields = schema["$defs"]["ScanEvent"]["properties"]
    fields["event_id"] |= {"pattern": UUID_V7, "description": "UUIDv7, made when the scan is made"}
    fields["details"] = {"type": "object", "default": {}, "description": "closed by step: see allOf"}
    reference = dict(zip(dict.fromkeys(DETAILS.values()), details, strict=True))
    event: Schema = schema["$defs"].pop("ScanEvent")
    one_number = [{"required": [name], "properties": {name: {"type": "string"}}} for name in ("waybill_no", "bag_no")]
    by_step = [
        {
            "if": {"properties": {"step": {"const": step.value}}, "required": ["step"]},
            "then": {"properties": {"details": reference[model]}},
        }
        for step, model in DETAILS.items()
    ]
    return event | {"oneOf": one_number, "allOf": by_step, "$defs": schema["$defs"]}


def _without_details() -> type[Struct]:
    """The event's model without `details`, which it keeps as raw bytes and a schema cannot name."""
    fields = [
        (field.encode_name, field.type) if field.required else (field.encode_name, field.type, field.default)
        for field in msgspec.structs.fields(ScanEvent)
        if field.name != "details"
    ]
    model = msgspec.defstruct(ScanEvent.__name__, fields, forbid_unknown_fields=True, kw_only=True)
    model.__doc__ = ScanEvent.__doc__
    return model


def _batch(envelope: type[Struct], channel: str, member: str, typ: str, item: str) -> Schema:
    """The payload on `…/scans` or `…/identities`."""
    names = {"head", member}
    if {field.encode_name for field in msgspec.structs.fields(envelope)} != names:
        raise TypeError("the envelope's model has other members than its schema")
    return {
        "title": envelope.__name__,
        "description": f"The payload on …/{channel}, at most 1 MiB; `{member}` are hashed as the bytes that stand here",
        "type": "object",
        "properties": {
            "head": _jws(typ, "batch-head"),
            member: {"type": "array", "items": {"$ref": item + SUFFIX}, "minItems": 1, "maxItems": MAX_EVENTS},
        },
        "required": sorted(names),
        "additionalProperties": False,
    }


def _record() -> Schema:
    schema = _model(IdentityRecord)
    schema["properties"]["record_id"] |= {"pattern": UUID_V7, "description": "UUIDv7, made when the record is made"}
    return schema


def _batch_head() -> Schema:
    schema = _versioned(_model(BatchHead))
    digests = {"items": {"type": "string", "pattern": DIGEST}, "minItems": 1, "maxItems": MAX_EVENTS}
    schema["properties"]["digests"] |= digests | {"description": "base64url SHA-256 of each item's exact bytes"}
    return schema


def _receipt() -> Schema:
    schema = _versioned(_model(Receipt))
    schema["$defs"]["VaultWord"]["properties"]["notice"] = _jws(VAULT_TYPE, "vault-notice")
    return schema


def _store() -> Schema:
    schema = _model(StoreState)
    schema["properties"]["keys"]["items"] = _jws(NOTICE_TYPE, "key-notice")
    return schema


def _jws_header() -> Schema:
    schema = _model(JwsHeader)
    schema["properties"]["alg"] = {"const": "EdDSA", "description": "what we write; the tracker also reads Ed25519"}
    schema["properties"]["kid"] |= {"pattern": DIGEST, "description": "RFC 7638 thumbprint of the signing key"}
    schema["properties"]["typ"] = {
        "enum": [HEAD_TYPE, IDENTITIES_TYPE, RECEIPT_TYPE, STORE_TYPE, NOTICE_TYPE, VAULT_TYPE]
    }
    return schema


def _jws(typ: str, claims: str) -> Schema:
    told = {"contentMediaType": typ, "description": f"compact JWS, typ {typ}, claims as {claims}{SUFFIX}"}
    return {"type": "string", "pattern": COMPACT_JWS} | told


def _versioned(schema: Schema) -> Schema:
    schema["properties"]["v"] = {"const": VERSION}
    return schema


def _model(model: type[Struct]) -> Schema:
    """A model's schema, what it refers to under $defs."""
    [schema] = _components(model)
    own: Schema = schema["$defs"].pop(model.__name__)
    return own | ({"$defs": schema["$defs"]} if schema["$defs"] else {})


def _components(*models: type[Struct]) -> list[Schema]:
    """First {"$defs"} of all that the models need, then a reference to each model but the first."""
    references, definitions = msgspec.json.schema_components(models, ref_template="#/$defs/{name}")
    return [{"$defs": _portable(definitions)}, *map(dict, references[1:])]


def _portable(schema: Any) -> Any:
    """The schema with patterns as ECMA-262 reads them, times with offset, and descriptions on one line."""
    if isinstance(schema, list):
        return [_portable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: _portable(value) for name, value in schema.items()}
    if isinstance(pattern := told.get("pattern"), str):
        told["pattern"] = pattern.replace(r"$(?!\n)", "$").replace(r"\"", '"')
    if told.get("format") == "date-time":
        told["pattern"] = RFC_3339
    if isinstance(text := told.get("description"), str):
        told["description"] = " ".join(inspect.cleandoc(text).split())
    return told


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
