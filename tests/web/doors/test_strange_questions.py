"""Strange questions at every door (模糊测试): each role asks all of them, nothing fails, and nothing slips out.

Schemathesis makes the questions out of the description; `JIXIN_QUESTIONS=200` asks that many of each operation.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.python.asgi import get_client
from sqlalchemy.engine import Engine

from tests.web.conftest import app_of, build_client
from tests.web.doors.described import describe_everything, known_path
from tests.web.doors.guarded import Guarded, open_door, prepare
from tests.web.staff import bearer_for, ensure_account, enter
from tracker.access.api_tokens import TokenScope
from tracker.access.roles import Role
from web.settings import Settings

QUESTIONS = int(os.environ.get("JIXIN_QUESTIONS", "4"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ASKERS = ("nobody", "token", *Role)
REFUSALS = {400, 401, 403, 404}
LOGIN_PAGES = ("/login", "/account")  # where a browser is sent that has to log in, or to finish it
OPENING = ("post", "/vault/open")


@pytest.fixture
def guarded(seeded_engine: Engine, tmp_path: Path, quick_hashes: None) -> Iterator[Guarded]:
    """The small world with a person in it, and the vault's process beside it."""
    told = Settings(data_dir=tmp_path)
    prepared = prepare(seeded_engine, told)
    with open_door(prepared.vault, seeded_engine, told.vault_dir):
        yield prepared


@pytest.mark.parametrize("who", ASKERS)
def test_whatever_is_asked_nothing_fails_and_nothing_slips_out(
    seeded_engine: Engine, tmp_path: Path, guarded: Guarded, who: str
) -> None:
    app = app_of(build_client(seeded_engine, tmp_path))
    description = schemathesis.openapi.from_dict(describe_everything(app, {"record_id": [guarded.record_id]}))
    description.app = app
    came_in, bearer = 0, headers_of(seeded_engine, who) if who == "token" else None  # an account has few tokens
    for found in description.get_all_operations():
        operation = found.ok()
        audience = operation.definition.raw["x-audience"]
        if who != "nobody" and not audience["roles"]:
            continue  # nobody looks at who asks
        statuses = ask(operation, app, bearer or headers_of(seeded_engine, who), guarded, who=who)
        came_in += any(status < 400 for status in statuses)
    assert came_in > 0


def headers_of(engine: Engine, who: str) -> dict[str, str]:
    """A new session of a role, with its token for forms; a program's token, or nothing."""
    if who == "nobody":
        return {}
    if who == "token":
        return bearer_for(engine, ensure_account(engine, Role.ADMINISTRATOR), *TokenScope)
    return enter(engine, ensure_account(engine, Role(who))).writing


def may_come_in(audience: dict[str, Any], who: str) -> bool:
    """Whether the description promises that who asks gets in."""
    if audience["everybody"]:
        return True
    return audience["token_scope"] is not None if who == "token" else who in audience["roles"]


def ask(operation: Any, app: Any, headers: dict[str, str], guarded: Guarded, *, who: str) -> set[int]:
    """Ask one operation some questions; the statuses that came."""
    audience, answered = operation.definition.raw["x-audience"], set()
    promised = may_come_in(audience, who)

    @settings(max_examples=QUESTIONS if promised else 1, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy(path_parameters=known_path(operation.definition.raw)) | operation.as_strategy())
    def put(case: Any) -> None:
        with get_client(app) as client:
            answer = case.call(session=client, headers=headers, allow_redirects=False)
        case.validate_response(answer, checks=CHECKS)
        answered.add(answer.status_code)
        if not promised:
            onward = answer.headers.get("location", [""])[0]
            assert answer.status_code in REFUSALS or onward.startswith(LOGIN_PAGES), (answer.status_code, onward)
        if (who, operation.method, operation.path) != (Role.VAULT_OFFICER, *OPENING):
            told = answer.content + repr(answer.headers).encode()
            assert guarded.found_in(told) == [], operation.label

    put()
    return answered
