"""The quarantine list (隔离区): code, size and hash, page by page, never the body."""

import json
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.conftest import ADMIN, MakeClient
from tests.web.world import NOW
from tracker.store.database import transaction
from tracker.store.quarantine import Kept, save_quarantined
from tracker.wire.topics import Post

SECRET = b'{"head":"secret-of-a-person","events":[]}'


@pytest.fixture
def refused(seeded_engine: Engine) -> None:
    post = Post("BLUEBIRD", "CQ-01", "PDA-1")
    with transaction(seeded_engine) as session:
        for number in range(7):
            body, code = SECRET + b"%d" % number, "signature_invalid" if number % 2 else "too_large"
            seen_at = NOW + timedelta(seconds=number)
            save_quarantined(session, [Kept(body, code, "not signed by this device", post)], seen_at=seen_at)


@pytest.mark.usefixtures("refused")
def test_the_list_shows_code_size_and_hash_and_never_the_body(client: TestClient) -> None:
    answer = client.get("/api/v1/quarantine", headers=ADMIN)
    items = answer.json()["items"]
    assert len(items) == 7
    assert set(items[0]) == {"code", "reason", "carrier", "station", "device", "size", "sha256", "times_seen",
                             "first_seen", "last_seen"}  # fmt: skip
    assert items[0]["last_seen"] == "2026-10-18T06:03:06Z"
    assert "secret-of-a-person" not in answer.text


@pytest.mark.usefixtures("refused")
def test_metrics_say_how_much_is_kept_and_how_near_the_bound_is(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIXIN_QUARANTINE_DEVICE_ROWS", "28")
    lines = make_client().get("/metrics").text.splitlines()
    assert f"jixin_quarantine_bytes {7.0 * (len(SECRET) + 1)}" in lines
    assert "jixin_quarantine_fullness 0.25" in lines


@pytest.mark.usefixtures("refused")
def test_pages_follow_one_another_without_gap_or_repeat(client: TestClient) -> None:
    seen: list[str] = []
    token = None
    for _ in range(10):
        page = client.get("/api/v1/quarantine", headers=ADMIN, params={"limit": 3} | ({"next": token} if token else {}))
        seen += [item["sha256"] for item in page.json()["items"]]
        token = page.json()["next"]
        if token is None:
            break
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.usefixtures("refused")
def test_one_code_can_be_asked_for(client: TestClient) -> None:
    page = client.get("/api/v1/quarantine?code=too_large", headers=ADMIN).json()
    assert {item["code"] for item in page["items"]} == {"too_large"}
    assert len(page["items"]) == 4


@pytest.mark.parametrize("query", ["code=A;B", "code=%00", "limit=0", "limit=501", "limit=x", "next=x", "next=W10",
                                   "next=WyJxdWFyYW50aW5lIiwtMV0", "next=" + "x" * 300])  # fmt: skip
def test_a_bad_question_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/v1/quarantine?{query}", headers=ADMIN)
    assert answer.status_code in (400, 422)
    assert json.loads(answer.text)["type"].startswith("urn:jixin:problem:")
