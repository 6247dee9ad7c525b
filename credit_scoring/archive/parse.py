"""Parsing (录入校验): what a form, a CSV row or a JSON object tells becomes a record, or a fault with its field."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from credit_scoring.archive.codes import CodeList, InfoClass, code_of
from credit_scoring.archive.commitments import template_of
from credit_scoring.archive.holder import Holder, parse_holder, parse_uscc
from credit_scoring.archive.kinds import REVOKED, Field, Kind, RecordKind, Shape, kind_of
from credit_scoring.archive.penalties import severity_of
from credit_scoring.archive.record import Detail, NewRecord, Proof, ProofHolder, Source
from credit_scoring.errors import ArchiveRefused, RecordFault
from tracker.access.roles import AccountMalformed, parse_login
from tracker.wire.divisions import division_of
from tracker.wire.goods import PROHIBITED
from tracker.wire.topics import is_code

COMMON = (
    "holder_kind", "holder", "kind", "source", "department", "division", "document_date",
    "proof_sha256", "proof_type", "proof_name", "proof_held_by", "replaces", "revokes",
)  # fmt: skip
NATION = "*"
LONGEST = 120
FIRST_DAY = date(1949, 10, 1)
_PERSONAL = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx]|\d{15})(?!\d)")  # a mobile number, a resident's number
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST = 10**12


def parse_record(told: Mapping[str, Any], *, today: date) -> NewRecord:
    """The record that is told; values are text, lists of text or numbers, empty ones as if absent.

    Raises ArchiveRefused. `today` is the local day: no document is of a later one.
    """
    given = {name: value for name, value in told.items() if value not in (None, "", [], False)}
    holder = parse_holder(_text(given, "holder_kind", required=True), _text(given, "holder", required=True))
    kind = kind_of(_text(given, "kind", required=True), holder.kind)
    if _truth(given, "revokes"):
        return _parse_revocation(given, holder, kind, today)
    fields = kind.fields_for(holder.kind)
    _check_names(given, {each.name for each in fields})
    day = _document_date(given, today, required=kind.needs_document_date)
    values = {each.name: _parse_field(given, each, day) for each in fields}
    columns = {each.column: values[each.name] for each in fields if each.column}
    record = NewRecord(
        holder=holder,
        kind=kind.name,
        info_class=_class_of(kind, values, day),
        code=_severity(values, day) if kind.name is RecordKind.PENALTY else columns.get("code"),
        key=columns.get("key"),
        division=_division(given, required=kind.needs_division),
        document_date=day,
        valid_from=columns.get("valid_from"),
        valid_until=columns.get("valid_until"),
        details={each.name: values[each.name] for each in fields if not each.column and values[each.name] is not None},
        proof=_proof(given, required=kind.needs_proof),
        replaces=_record_id(given, "replaces"),
        **_source(given),
    )
    if record.source is Source.DECLARED and not kind.declared:
        raise ArchiveRefused(RecordFault.NOT_DECLARABLE, "kind")
    _check_dates(record)
    return record


def _parse_revocation(given: Mapping[str, Any], holder: Holder, kind: Kind, today: date) -> NewRecord:
    _check_names(given, {"valid_from"})
    record = NewRecord(
        holder=holder,
        kind=kind.name,
        info_class=kind.info_class or InfoClass.OTHER,
        division=_division(given, required=False),
        document_date=_document_date(given, today, required=True),
        valid_from=_day(given, "valid_from", required=True),
        proof=_proof(given, required=True),
        replaces=_record_id(given, "replaces"),
        revokes=True,
        **_source(given),
    )
    if record.replaces is None:
        raise ArchiveRefused(RecordFault.FIELD_MISSING, "replaces")
    return record


def _check_names(given: Mapping[str, Any], fields: set[str]) -> None:
    for name in given:
        if name not in fields and name not in COMMON:
            raise ArchiveRefused(RecordFault.FIELD_UNKNOWN, name)


def _source(given: Mapping[str, Any]) -> dict[str, Any]:
    told = _text(given, "source", required=True)
    if told not in set(Source):
        raise ArchiveRefused(RecordFault.FIELD_INVALID, "source")
    shared = told == Source.SHARED
    department = _text(given, "department", required=shared)
    if department and not shared:
        raise ArchiveRefused(RecordFault.FIELD_UNKNOWN, "department")
    if department:
        code_of(CodeList.DEPARTMENT, department, day=None, field="department")
    return {"source": Source(told), "department": department or None}


def _proof(given: Mapping[str, Any], *, required: bool) -> Proof | None:
    names = ("proof_sha256", "proof_type", "proof_name", "proof_held_by")
    required = required or any(name in given for name in names)
    digest, kind, name, held_by = (_text(given, each, required=required) for each in names)
    if not required:
        return None
    if not _SHA256.fullmatch(digest.lower()):
        raise ArchiveRefused(RecordFault.FIELD_INVALID, "proof_sha256")
    code_of(CodeList.PROOF, kind, day=None, field="proof_type")
    if held_by not in set(ProofHolder):
        raise ArchiveRefused(RecordFault.FIELD_INVALID, "proof_held_by")
    return Proof(digest.lower(), kind, _check_text(name, "proof_name"), ProofHolder(held_by))


def _class_of(kind: Kind, values: Mapping[str, Any], day: date | None) -> InfoClass:
    if kind.info_class is not None:
        return kind.info_class
    if kind.name is RecordKind.MISCONDUCT:
        found = code_of(CodeList.MISCONDUCT, values["misconduct"], day=day, field="misconduct").info_class
        return found or InfoClass.OTHER
    return InfoClass(values["about"]) if "about" in values else InfoClass.OTHER


def _severity(values: Mapping[str, Any], day: date | None) -> str:
    assert day is not None, "a penalty has a document"
    return severity_of(values["measures"], day=day)


def _check_dates(record: NewRecord) -> None:
    if record.valid_from and record.valid_until and record.valid_until < record.valid_from:
        raise ArchiveRefused(RecordFault.VALIDITY_EMPTY, "valid_until")
    if record.kind is RecordKind.OUTLET and record.document_date and record.source is Source.DECLARED:
        raise ArchiveRefused(RecordFault.NOT_DECLARABLE, "document_date")  # a filing is the administration's word
    halted = record.kind is RecordKind.LICENCE_HALT
    if halted and record.code == REVOKED and record.valid_until:
        raise ArchiveRefused(RecordFault.FIELD_UNKNOWN, "valid_until")
    if halted and record.code != REVOKED and not record.valid_until:
        raise ArchiveRefused(RecordFault.FIELD_MISSING, "valid_until")


def _parse_field(given: Mapping[str, Any], field: Field, day: date | None) -> Any:
    if field.name not in given:
        if field.required:
            raise ArchiveRefused(RecordFault.FIELD_MISSING, field.name)
        return None
    if field.shape is Shape.DAY:
        return _day(given, field.name, required=True)
    if field.shape is Shape.NUMBER:
        return parse_number(given[field.name], field.name)
    if field.shape in (Shape.LISTED_MANY, Shape.DIVISIONS, Shape.ALL):
        return _parse_many(field, _texts(given[field.name], field.name), day)
    return _parse_one(field, _text(given, field.name, required=True), day)


def _parse_one(field: Field, text: str, day: date | None) -> Detail:
    if field.shape is Shape.USCC:
        return parse_uscc(text, field.name)
    if field.shape is Shape.LISTED and field.listed:
        return code_of(field.listed, text, day=day, field=field.name).code
    if field.shape is Shape.RECORD:
        return str(_uuid(text, field.name))
    if field.shape is Shape.LOGIN:
        text = _login(text)
    if field.shape is Shape.CODE and not is_code(text):
        raise ArchiveRefused(RecordFault.FIELD_INVALID, field.name)
    if field.name == "category" and text not in PROHIBITED:
        raise ArchiveRefused(RecordFault.CODE_UNKNOWN, field.name)
    if field.name == "template":
        return template_of(text).code
    if field.shape is Shape.CHOICE and text not in field.choices:
        raise ArchiveRefused(RecordFault.FIELD_INVALID, field.name)
    return _check_text(text, field.name)


def _login(text: str) -> str:
    try:
        return parse_login(text)
    except AccountMalformed:
        raise ArchiveRefused(RecordFault.FIELD_INVALID, "login") from None


def _parse_many(field: Field, texts: list[str], day: date | None) -> list[str]:
    if field.shape is Shape.ALL:
        if set(texts) != set(field.choices):
            raise ArchiveRefused(RecordFault.COMMITMENT_INCOMPLETE, field.name)
        return list(field.choices)
    if field.shape is Shape.DIVISIONS:
        if texts != [NATION] and not all(division_of(each) for each in texts):
            raise ArchiveRefused(RecordFault.FIELD_INVALID, field.name)
        return sorted(set(texts))
    assert field.listed is not None
    return [code_of(field.listed, each, day=day, field=field.name).code for each in sorted(set(texts))]


def _document_date(given: Mapping[str, Any], today: date, *, required: bool) -> date | None:
    day = _day(given, "document_date", required=required)
    if day is not None and day > today:
        raise ArchiveRefused(RecordFault.DOCUMENT_IN_FUTURE, "document_date")
    return day


def _division(given: Mapping[str, Any], *, required: bool) -> str | None:
    text = _text(given, "division", required=required)
    if text and division_of(text) is None:
        raise ArchiveRefused(RecordFault.FIELD_INVALID, "division")
    return text or None


def _day(given: Mapping[str, Any], name: str, *, required: bool) -> date | None:
    text = _text(given, name, required=required)
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day < date(2200, 1, 1):
        raise ArchiveRefused(RecordFault.FIELD_INVALID, name)
    return day


def _record_id(given: Mapping[str, Any], name: str) -> UUID | None:
    text = _text(given, name, required=False)
    return _uuid(text, name) if text else None


def _uuid(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ArchiveRefused(RecordFault.FIELD_INVALID, name) from None


def parse_number(value: object, name: str) -> int:
    """A whole number from 0 on. Raises ArchiveRefused `field_invalid`."""
    text = str(value).strip() if isinstance(value, str | int) else ""
    if not (text.isascii() and text.isdigit()) or len(text) > 13 or int(text) > _MOST:
        raise ArchiveRefused(RecordFault.FIELD_INVALID, name)
    return int(text)


def _truth(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name, False)
    if value not in (True, False, "true", "1", "false", "0"):
        raise ArchiveRefused(RecordFault.FIELD_INVALID, name)
    return value in (True, "true", "1")


def _texts(value: object, name: str) -> list[str]:
    """Many codes: a list, or text with blanks between."""
    found = value.split() if isinstance(value, str) else value
    if not isinstance(found, list) or not found or not all(isinstance(each, str) for each in found):
        raise ArchiveRefused(RecordFault.FIELD_INVALID, name)
    return found


def _text(given: Mapping[str, Any], name: str, *, required: bool) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise ArchiveRefused(RecordFault.FIELD_INVALID, name)
    text = value.strip()
    if required and not text:
        raise ArchiveRefused(RecordFault.FIELD_MISSING, name)
    return text


def _check_text(text: str, name: str) -> str:
    """Text for people, without what could name one. Raises ArchiveRefused `field_invalid` or `personal_data`."""
    folded = unicodedata.normalize("NFKC", text)
    if len(text) > LONGEST or not text.isprintable():
        raise ArchiveRefused(RecordFault.FIELD_INVALID, name)
    if _PERSONAL.search(re.sub(r"[\s-]", "", folded)):
        raise ArchiveRefused(RecordFault.PERSONAL_DATA, name)
    return text
