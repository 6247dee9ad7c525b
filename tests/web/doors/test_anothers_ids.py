"""Another's ids at every door (越权编号): generated from the route table, so that no new route is forgotten."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.conftest import app_of
from tests.web.staff import bearer_for, ensure_account, enter
from tests.web.test_access import routes_of
from tests.web.test_login import entries
from tracker.access.audit import Outcome
from tracker.access.roles import Role, Scope
from tracker.access.tokens import hash_token
from web.access import ACCESS

ANOTHERS = {  # a new part of an address needs a line here: what is another owner's
    "{carrier}": "EVENWAY",
    "{station}": "HZ-12",
    "{login}": "carrier.evenway",
    "{code}": "EVENWAY",
    "{voice_no}": "1",
    "{objection_no}": "1",
    "{holder_kind}": "practitioner",
    "{holder_code:path}": "EVENWAY/c1017",
    "{case_no}": "C-AAAA-BBBB-CCCC",
    "{draft_id}": "1",
    "{request_no}": "R-AAAA-BBBB-CCCC-DDDD",
}
MADE = ("{voice_no}", "{objection_no}", "{case_no}", "{draft_id}", "{holder_code:path}")  # they begin with an act
OWN = {"/practitioners/{code}"}  # a code among one's own people
REACH_ALL = {  # whose reach is everything there; they meet no other owner
    "/api/v1/stations": {Role.ADMINISTRATOR},
    "/admin/accounts": {Role.ADMINISTRATOR},
    "/vault/requests": {Role.VAULT_OFFICER},
}


@pytest.mark.parametrize("role", Role)
def test_no_id_of_another_owner_opens_anything_and_every_try_is_on_record(
    client: TestClient, seeded_engine: Engine, role: Role
) -> None:
    other = ensure_account(seeded_engine, Role.CARRIER, Scope("EVENWAY"))
    theirs = bearer_for(seeded_engine, other, "devices:read")
    staff = enter(seeded_engine, ensure_account(seeded_engine, role))
    asked = 0
    for method, path in sorted(set(routes_of(app_of(client).routes))):
        reaches = any(path.startswith(begin) and role in roles for begin, roles in REACH_ALL.items())
        if "{" not in path or ACCESS[path].everybody or reaches or path in OWN:
            continue
        address = path.replace("{token_no}", "1")
        for part, value in ANOTHERS.items():
            address = address.replace(part, value)
        assert "{" not in address, f"say in ANOTHERS what is another's in {path}"
        body = {"silent_after_hours": 9} if method == "PUT" else None
        answer = client.request(method, address, json=body, headers={**staff.writing, "Accept": "application/json"})
        if any(part in path for part in MADE) and answer.status_code == 404:
            continue  # whose it is, is known only where there is one
        assert answer.status_code == 403, (method, path, answer.text)
        assert entries(seeded_engine, 1), (method, path)
        told = entries(seeded_engine, 1)[0]
        assert (told.actor, told.outcome) == (staff.account.login, Outcome.REFUSED), (method, path)
        asked += 1
    assert asked > 0
    assert client.get("/api/v1/devices", headers=theirs).status_code == 200, "the other's token was not revoked"


def test_no_made_up_cookie_is_a_session(client: TestClient, seeded_engine: Engine) -> None:
    staff = enter(seeded_engine, ensure_account(seeded_engine, Role.ADMINISTRATOR))
    stolen = hash_token(staff.cookie)
    for cookie in (
        "",
        "x",
        "0" * 43,
        stolen.hex(),
        staff.cookie[:-1],
        staff.cookie.swapcase(),
        staff.csrf,
        "a" * 9_000,
    ):
        answer = client.get("/admin/accounts", headers={"Cookie": f"jixin-session={cookie}"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fadmin%2Faccounts"), cookie
    assert client.get("/admin/accounts", headers=staff.headers).status_code == 200


def test_a_host_that_is_not_ours_leads_nobody_there(client: TestClient) -> None:
    answer = client.get("/account", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert answer.headers["location"] == "/login"
    form = client.get("/login", headers={"Host": "evil.example"})
    assert "evil.example" not in form.text


@pytest.mark.parametrize("path", ["/login", "/admin/accounts", "/vault/open", "/rights", "/api/v1/products"])
def test_forty_megabytes_are_refused_wherever_they_are_sent(
    client: TestClient, seeded_engine: Engine, path: str
) -> None:
    staff = enter(seeded_engine, ensure_account(seeded_engine, Role.ADMINISTRATOR))
    photograph = b"x" * 40 * 1024 * 1024
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/json"):
        headers = {**staff.headers, "Content-Type": kind, "Accept": "application/json"}
        answer = client.post(path, content=photograph, headers=headers)
        assert answer.status_code in (403, 413, 422), (kind, answer.status_code)
