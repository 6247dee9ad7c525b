"""Everything that can be asked (全部接口): the published description, and the pages and forms that it leaves out."""

from collections.abc import Iterator
from copy import copy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from tests.web.parcels import DELIVERED, GTIN
from web.api.description import Json, declare
from web.app import MODULES

FORMS: dict[str, tuple[str, ...]] = {  # each form's fields, its token left out: a session's header stands for it
    "/t/{waybill_no}": ("tail",),
    "/login": ("csrf", "login", "password", "next"),
    "/login/code": ("code", "next"),
    "/logout": (),
    "/account/password": ("present", "new", "again"),
    "/account/second-factor": ("code", "present"),
    "/account/tokens": ("scope", "days", "present"),
    "/account/tokens/{token_no}/revoke": (),
    "/admin/accounts": ("login", "role", "carrier", "station", "division", "platform"),
    "/admin/accounts/{login}/scope": ("carrier", "station", "division", "platform"),
    "/admin/accounts/{login}/disable": (),
    "/admin/accounts/{login}/reset": (),
    "/admin/accounts/{login}/tokens": ("scope", "days"),
    "/admin/accounts/{login}/tokens/{token_no}/revoke": (),
    "/t/{waybill_no}/review": ("tail", "code", "tag"),
    "/carriers/{code}/reviews/{voice_no}/notes": ("phrase",),
    "/carrier/objections": ("kind", "key", "ground", "parcels"),
    "/objections/{objection_no}": ("act", "reason", "remedy"),
    "/regulator/evaluations": ("carrier", "station", "inspection", "day"),
    "/regulator/schemes": ("base", "version", "year"),
    "/regulator/schemes/{draft_id}": ("revision", "version", "valid_from", "minimum", "points.loss", "bands.loss"),
    "/regulator/schemes/{draft_id}/text": ("revision", "text"),
    "/regulator/schemes/{draft_id}/sign": ("sha256",),
    "/t/{waybill_no}/complaint": ("tail", "matter", "cause"),
    "/t/{waybill_no}/complaints/{case_no}": ("tail", "act"),
    "/complaints": ("receipt", "tail"),
    "/carrier/complaints/{case_no}": ("act", "cause"),
    "/regulator/complaints/{case_no}": ("act", "effective", "cause", "carrier"),
    "/carrier/archive/record": ("holder_kind", "holder", "kind", "code", "document_date", "valid_from", "revokes"),
    "/regulator/archives/record": ("holder_kind", "holder", "kind", "code", "document_date", "valid_from", "revokes"),
    "/carrier/archive/volumes": ("month", "division", "parcels"),
    "/rights": ("kind", "waybill_no", "tail", "requester"),
    "/vault/requests": ("waybill_nos", "kind", "requester", "name", "phone", "address"),
    "/vault/requests/{request_no}": ("step", "reason", "record_id"),
    "/vault/open": ("waybill_no", "record_id", "purpose", "case_no"),
}
KNOWN: dict[str, list[str]] = {  # beside anything: what is there, so that questions come further than "not known"
    "waybill_no": [DELIVERED, "W1"],
    "code": ["BLUEBIRD"],
    "carrier": ["BLUEBIRD"],
    "station": ["CQ-01"],
    "version": ["2026-1"],
    "key": [GTIN],
    "login": ["courier.bluebird-cq-01", "vault-officer.all"],
    "tail": ["8000"],
    "purpose": ["court_order"],
    "case_no": ["(2026)沪0101刑初12号"],
    "scope": ["devices:read"],
    "role": ["courier", "carrier"],
    "days": ["1"],
    "token_no": ["1"],
    "voice_no": ["1"],
    "objection_no": ["1"],
    "request_no": ["R-AAAA-BBBB-CCCC-DDDD"],
    "kind": ["deletion", "penalty", "honour"],
    "holder_kind": ["enterprise", "practitioner"],
    "holder_code": ["91110000600037341L", "BLUEBIRD/c1017"],
    "holder": ["91110000600037341L"],
    "draft_id": ["1"],
    "document_date": ["2026-10-01"],
    "month": ["2026-09"],
    "matter": ["signed_not_received"],
    "step": ["extend", "refuse", "answer"],
    "division": ["500000"],
    "next": ["//evil.example", "/account"],
}


def describe_everything(app: FastAPI, known: dict[str, list[str]]) -> Json:
    """The description of `app` with its pages; `known` are more values to try by name."""
    pages = get_openapi(title="pages", version="1", routes=list(page_routes()))
    told: Json = declare(get_openapi(title=app.title, version=app.version, routes=app.routes))
    for path, operations in declare(pages)["paths"].items():
        for method, operation in operations.items():
            operation["responses"] = {"default": {"description": "a page"}}
            if method == "post":
                operation["requestBody"] = _form(FORMS[path])
        told["paths"].setdefault(path, {}).update(operations)
    told["components"]["schemas"] = pages["components"]["schemas"] | told["components"]["schemas"]
    _mix_in(told["paths"], KNOWN | known)
    return told


def page_routes() -> Iterator[APIRoute]:
    """The routes that the published description leaves out, as if it did not."""
    for module in MODULES:
        if not module.router.include_in_schema:
            for route in module.router.routes:
                assert isinstance(route, APIRoute)
                page = copy(route)
                page.include_in_schema = True
                yield page


def known_path(operation: Json) -> dict[str, str]:
    """Values for the address of an operation that lead to something that is there."""
    names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "path"]
    return {name: KNOWN[name][0] for name in names}


def _form(fields: tuple[str, ...]) -> Json:
    properties = {name: {"type": "string"} for name in fields}
    return {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": properties}}}}


def _mix_in(paths: Json, known: dict[str, list[str]]) -> None:
    def mixed(name: str, schema: Any) -> Any:
        return {"anyOf": [{"enum": known[name]}, schema]} if name in known else schema

    for operations in paths.values():
        for operation in operations.values():
            operation.pop("security", None)  # who asks is the test's to say
            for parameter in operation.get("parameters", []):
                parameter["schema"] = mixed(parameter["name"], parameter["schema"])
            content = operation.get("requestBody", {}).get("content", {})
            form = content.get("application/x-www-form-urlencoded", {}).get("schema", {}).get("properties", {})
            form.update({name: mixed(name, schema) for name, schema in form.items()})
