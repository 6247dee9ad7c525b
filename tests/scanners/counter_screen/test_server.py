"""The counter's server answers our own page and a signed-in clerk, keeps whole acceptances, and forgets who sent."""

import base64
import json
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog

from scanners.counter.own_page import MAX_BODY
from tests.scanners.counter_screen.world import BADGE, CLERK, HOST, NEEDLES, NUMBER, PERSON, PIN, World, acceptance
from tests.scanners.label.listening_printer import READY, Listener, flagged
from tracker.wire.event import decode_event
from tracker.wire.steps import Step
from web.logs import configure_logs

JPEG = b"\xff\xd8\xff" + b"0" * 500


def bad(world: World, path: str, form: Any) -> tuple[int, str]:
    answer = world.client.post(path, json=form)
    return answer.status_code, answer.json()["fault"]


@pytest.fixture
def as_they_were() -> Iterator[None]:
    """Logging is one for the whole process: afterwards it is as it was."""
    root, hook = logging.getLogger(), threading.excepthook
    handlers = list(root.handlers)
    yield
    root.handlers[:] = handlers
    threading.excepthook = hook
    structlog.reset_defaults()


# ---- who may ask ----


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8787", "127.0.0.1", "127.0.0.1:80", ""])
def test_another_host_is_answered_nothing(world: World, host: str) -> None:
    for path in ("/", "/api/state", "/static/counter.js"):
        assert world.client.get(path, headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8000"},
        {"Origin": f"https://{HOST}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_page_can_do_nothing(world: World, headers: dict[str, str]) -> None:
    for path in ("/api/scan", "/api/sign-in", "/api/accept", "/api/card"):
        assert world.client.post(path, json={}, headers=headers).status_code == 403
    assert world.bodies() == []


def test_a_request_without_an_origin_or_a_length_is_none_of_our_pages(world: World) -> None:
    del world.client.headers["Origin"]
    assert world.client.post("/api/sign-out", json={}).status_code == 403
    world.client.headers["Origin"] = f"http://{HOST}"
    assert world.client.post("/api/sign-out", content=iter([b"{}"])).status_code == 413
    assert world.client.post("/api/sign-out", content=b" " * (MAX_BODY + 1)).status_code == 413


def test_without_a_sign_in_only_the_door_answers(world: World) -> None:
    world.client.cookies.clear()
    for path in ("/api/read", "/api/card", "/api/check", "/api/accept", "/api/scan", "/api/undo", "/api/print"):
        assert bad(world, path, {}) == (401, "signed_out"), path
    assert world.client.get("/labels/0198c3f0-0000-7000-8000-000000000000.png").status_code == 401
    assert set(world.state()) == {"carrier", "station", "operator", "has_operators"}


def test_a_cookie_of_before_the_sign_in_is_worth_nothing_after_it(world: World) -> None:
    world.client.cookies.set("jixin-counter", "chosen-by-another")
    answer = world.client.post("/api/sign-in", json={"badge": BADGE})
    cookie = answer.headers["set-cookie"]
    assert "chosen-by-another" not in cookie
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))
    assert bad(world, "/api/sign-in", {"code": CLERK, "pin": "000000"}) == (403, "sign_in_refused")


def test_every_answer_says_what_a_page_may_do(world: World) -> None:
    for path in ("/", "/static/counter.js", "/api/state", "/nothing"):
        headers = world.client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "DENY"


# ---- accepting ----


def test_an_acceptance_is_one_event_and_its_sealed_records(world: World) -> None:
    form = acceptance(photograph=base64.b64encode(JPEG).decode())
    assert world.ask("/api/check", form)["verdict"] == "ready"
    assert world.bodies() == []
    told = world.ask("/api/accept", form)
    assert (told["verdict"], told["waybill_no"], told["label"]) == ("accepted", "QN1408223190755", True)
    (body,) = world.bodies()
    read, records = decode_event(body), world.records()
    assert (read.scan.step, read.scan.operator) == (Step.ACCEPTED, CLERK)
    assert set(records) == {"register", "sender", "recipient", "photograph"}
    record, content = records["register"]
    assert read.details.identity.commitment == record.commitment
    assert (content.document_number, content.name) == (NUMBER, PERSON["name"])
    assert records["photograph"][1].image == JPEG
    assert world.reporter.woken == 1


def test_nobody_is_left_on_the_disk_in_the_log_or_in_what_the_page_is_told(
    world: World, capfd: pytest.CaptureFixture[str], as_they_were: None
) -> None:
    configure_logs(process="test", level="debug", json=True)
    said = json.dumps([world.ask("/api/check", acceptance()), world.ask("/api/accept", acceptance()), world.state()])
    said += json.dumps(
        world.ask("/api/accept", acceptance(waybill_no="QN2", goods=f"汽油 {NUMBER}")), ensure_ascii=False
    )
    said += json.dumps(world.ask("/api/accept", acceptance(weight_g="heavy")), ensure_ascii=False)
    out, err = capfd.readouterr()
    kept = world.on_disk()
    for needle in NEEDLES:
        assert needle.encode() not in kept
        assert needle not in said
        assert needle not in out + err


def test_a_refusal_keeps_no_event_and_says_what_why_and_by_which_law(world: World) -> None:
    form = acceptance()
    form["evidence"]["document"]["valid_until"] = "2025-01-31"
    form["recipient"] = {}
    told = world.ask("/api/accept", form)
    assert told["verdict"] == "refused"
    (reason,) = told["reasons"]
    assert reason["what"] == {"zh-CN": "证件已过期", "en": "the document has expired"}
    assert "第23条" in reason["law"]["zh-CN"]
    assert world.bodies() == []
    (line,) = world.state()["day"]["lines"]
    assert (line["state"], line["codes"], line["operator"]) == ("turned_away", ["document_expired"], CLERK)


def test_while_something_is_not_told_yet_the_verdict_waits(world: World) -> None:
    told = world.ask("/api/check", {"waybill_no": "QN1"})
    assert told["verdict"] == "pending"
    assert all(reason["pending"] for reason in told["reasons"])
    form = acceptance(weight_g=0)
    form["evidence"]["document"]["number"] = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")
    told = world.ask("/api/check", form)
    assert told["verdict"] == "refused"
    assert [reason["pending"] for reason in told["reasons"]] == [False, True]
    world.ask("/api/accept", form)
    assert world.state()["day"]["lines"][0]["codes"] == ["check_digit_wrong"]


def test_the_same_parcel_is_accepted_once_until_it_is_undone(world: World) -> None:
    event_id = world.ask("/api/accept", acceptance())["event_id"]
    assert bad(world, "/api/accept", acceptance()) == (409, "already_accepted")
    world.ask("/api/undo", {"event_id": event_id})
    assert world.ask("/api/accept", acceptance())["verdict"] == "accepted"


def test_without_the_vaults_key_nothing_is_accepted_and_other_steps_go_on(world: World) -> None:
    world.reporter.month = None
    assert not world.state()["can_seal"]
    assert bad(world, "/api/accept", acceptance()) == (503, "no_sealing_key")
    assert world.bodies() == []
    assert world.ask("/api/scan", {"step": "arrived", "typed": "W1"})["kept"]


def test_a_card_goes_from_the_reader_to_the_vault_past_the_page(world: World) -> None:
    told = world.ask("/api/card")
    assert "*" in told["name"]
    assert len(told["number"]) == 4
    form = acceptance(evidence={"how": "card"})
    form["sender"]["name"] = ""
    assert world.ask("/api/accept", form)["verdict"] == "accepted"
    content = world.records()["register"][1]
    assert content.document_number is not None
    assert content.document_number.endswith(told["number"])
    assert world.records()["sender"][1].name == content.name
    assert world.ask("/api/check", form)["verdict"] == "pending", "the card is not kept"


def test_a_card_that_was_put_away_is_gone(world: World) -> None:
    world.ask("/api/card")
    world.ask("/api/put-away")
    assert world.ask("/api/check", acceptance(evidence={"how": "card"}))["verdict"] == "pending"


def test_a_letter_needs_no_document_and_commits_to_none(world: World) -> None:
    form = acceptance(evidence={"how": "letter"}, category="LETTER", goods="信件", quantity=1, result="LETTER_UNOPENED")
    assert world.ask("/api/accept", form)["verdict"] == "accepted"
    assert decode_event(world.bodies()[0]).details.identity.commitment is None
    assert set(world.records()) == {"sender", "recipient"}


def test_a_label_is_drawn_from_masked_persons(world: World) -> None:
    event_id = world.ask("/api/accept", acceptance())["event_id"]
    answer = world.client.get(f"/labels/{event_id}.png")
    assert answer.headers["content-type"] == "image/png"
    shown = repr(world.desk.labels)
    assert not any(needle in shown for needle in NEEDLES)
    assert world.ask("/api/print", {"event_id": event_id}) == {"fault": "not_printed", "why": "no_printer"}


def test_a_label_goes_to_the_printer_and_the_clerk_hears_what_ails_it(world: World) -> None:
    event_id = world.ask("/api/accept", acceptance())["event_id"]
    for answer, told in ((READY, {}), (flagged(0, 1), {"fault": "not_printed", "why": "paper_out"})):
        listener = Listener(answer)
        with listener.open() as world.desk.labels.printer:
            assert world.ask("/api/print", {"event_id": event_id}) == told
        assert (b"^XA" in listener.sent, b"^BC" in listener.sent) == (told == {}, told == {})
    assert world.ask("/api/print", {"event_id": event_id}) == {"fault": "not_printed", "why": "away"}
    gone = {"event_id": "0198c3f0-0000-7000-8000-000000000000"}
    assert world.ask("/api/print", gone) == {"fault": "not_printed", "why": "no_label"}


# ---- the other steps ----


def scan(world: World, step: str, typed: str = "W1", **told: Any) -> Any:
    return world.ask("/api/scan", {"step": step, "typed": typed} | told)


@pytest.mark.parametrize(
    ("step", "details", "field"),
    [
        ("stored", {"place_kind": "locker"}, "consent"),
        ("stored", {"consent": {"kind": "app"}}, "place_kind"),
        ("stored", {"place_kind": "locker", "consent": {"kind": "guessed"}}, "consent"),
        ("delivered", {}, "signer"),
        ("delivered", {"signer": "agent"}, "agent"),
        ("delivered", {"signer": "self", "proof": {"kind": "signature"}}, "signature"),
        ("attempted", {}, "reason"),
        ("damaged", {"reason": "no_one_home"}, "reason"),
        ("screened", {"lane": "X1"}, "result"),
        ("bagged", {}, "bag_no"),
        ("handed_over", {"to_station": "S2"}, "counterpart"),
        ("accepted", {}, "step"),
        ("destroyed", {}, "step"),
    ],
)
def test_a_step_without_what_it_must_say_is_not_kept(world: World, step: str, details: Any, field: str) -> None:
    assert scan(world, step, details=details) == {"fault": "missing", "field": field}
    assert world.bodies() == []


@pytest.mark.parametrize(
    ("step", "details"),
    [
        ("stored", {"place_kind": "locker", "consent": {"kind": "app", "ref": "A1"}}),
        ("delivered", {"signer": "self", "proof": {"kind": "hand"}}),
        ("screened", {"lane": "X1", "result": "passed"}),
        ("bagged", {"bag_no": "B1"}),
        ("refused", {"reason": "recipient_refused"}),
        ("departed", {}),
        ("returning", {}),
        ("returned", {"signer": "self"}),
    ],
)
def test_a_step_that_says_all_is_kept_under_the_clerks_name(world: World, step: str, details: Any) -> None:
    assert [each["waybill_no"] for each in scan(world, step, details=details)["kept"]] == ["W1"]
    read = decode_event(world.bodies()[0])
    assert (read.scan.step, read.scan.operator) == (step, CLERK)


def test_what_is_none_of_the_steps_is_unreadable_and_repeated_nowhere(world: World) -> None:
    assert bad(world, "/api/scan", {"step": "arrived", "typed": "W1", "details": {"name": "张三"}}) == (
        422, "form_unreadable")  # fmt: skip
    assert bad(world, "/api/scan", {"step": "arrived", "typed": "没有号"}) == (422, "not_a_waybill")
    assert bad(world, "/api/scan", {"step": "nowhere", "typed": "W1"}) == (422, "form_unreadable")


def test_an_agent_and_a_signature_are_sealed_and_the_event_commits_to_the_signature(world: World) -> None:
    details = {"signer": "agent", "proof": {"kind": "signature"}}
    agent, drawn = {"name": "王五", "phone": "13700137000"}, base64.b64encode(b"\x89PNG\r\n\x1a\n0").decode()
    scan(world, "delivered", details=details, agent=agent, signature=drawn)
    records = world.records()
    assert records["agent"][1].name == "王五"
    commitment = decode_event(world.bodies()[0]).details.proof.commitment
    assert commitment == records["signature"][0].commitment
    assert "王五".encode() not in world.on_disk()


def test_a_double_read_is_one_scan_and_another_step_is_another(world: World) -> None:
    scan(world, "arrived")
    assert scan(world, "arrived")["kept"] == []
    assert scan(world, "departed")["kept"]
    world.now += timedelta(seconds=2)
    assert scan(world, "arrived")["kept"]
    assert len(world.bodies()) == 3


# ---- the day ----


def test_the_day_shows_what_waits_and_what_was_undone(world: World) -> None:
    scan(world, "arrived", "W1")
    world.now += timedelta(minutes=1)
    event_id = scan(world, "departed", "W2")["kept"][0]["event_id"]
    world.ask("/api/undo", {"event_id": event_id})
    day = world.state()["day"]
    assert [(each["waybill_no"], each["state"], each["can_undo"]) for each in day["lines"]] == [
        ("W2", "undone", False), ("W1", "waiting", True)]  # fmt: skip
    assert (day["parcels"], day["turned_away"]) == (1, 0)
    corrected = decode_event(world.bodies()[-1]).scan
    assert (str(corrected.corrects.event_id), corrected.corrects.reason) == (event_id, "did_not_occur")


def test_what_is_old_or_undone_or_not_here_cannot_be_undone(world: World) -> None:
    event_id = scan(world, "arrived")["kept"][0]["event_id"]
    undone = world.ask("/api/undo", {"event_id": event_id})["event_id"]
    for each in (event_id, undone, "0198c3f0-0000-7000-8000-000000000000"):
        assert bad(world, "/api/undo", {"event_id": each}) == (409, "cannot_undo")
    later = scan(world, "departed")["kept"][0]["event_id"]
    world.now += timedelta(hours=24, seconds=1)
    assert bad(world, "/api/undo", {"event_id": later}) == (409, "cannot_undo")


def test_looking_at_the_day_does_not_keep_a_screen_open(world: World) -> None:
    for world.clock in (300.0, 599.0):
        assert world.state()["operator"] == CLERK
    world.clock = 601.0
    assert world.state()["operator"] is None


def test_signing_out_ends_it(world: World) -> None:
    world.ask("/api/sign-out")
    assert world.state()["operator"] is None
    assert bad(world, "/api/sign-in", {"code": CLERK, "pin": PIN, "more": 1}) == (422, "form_unreadable")
