"""The door (查件门): a label or four digits open one parcel, wrong tries are few, nothing personal is behind it."""

from datetime import datetime, timedelta

import pytest
import structlog
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy.engine import Engine

from tests.web.html import Page
from tests.web.parcels import DELIVERED, IMPORTED, UNDER_WAY, accepted
from tests.web.parties import SECRET
from tests.web.world import NOW, World
from tracker.store.database import transaction
from tracker.wire.label_token import derive_label_key, label_token
from tracker.wire.topics import Post
from web.doors.door import MISSES_ADDRESS, MISSES_PARCEL, parse_tail

POST = Post("BLUEBIRD", "CQ-01", "PDA-1")  # where the parcels were accepted
NEVER = ("C0421", "106.55", "29.56", "RESIDENT_ID", "FOOD", "L2", "002X", "7777")
OPEN = ("重量 0.82 kg", "验视 合格", "安检 未见异常")


def token_of(number: str, post: Post = POST) -> str:
    return label_token(derive_label_key(SECRET, post), number)


def page(client: TestClient, number: str = DELIVERED, **asked: str) -> Response:
    answer = client.get(f"/t/{number}", params=asked)
    assert not any(word in answer.text for word in NEVER)
    return answer


def type_digits(client: TestClient, digits: str, number: str = DELIVERED) -> Response:
    return client.post(f"/t/{number}", data={"tail": digits})


def is_open(answer: Response) -> bool:
    text = Page(answer.text).text
    assert all(word in text for word in OPEN) or not any(word in text for word in (*OPEN, "欧阳**"))
    return OPEN[0] in text


def test_the_label_opens_its_own_parcel_and_no_other(door: TestClient) -> None:
    answer = page(door, k=token_of(DELIVERED))
    assert (answer.status_code, is_open(answer)) == (200, True)
    text = Page(answer.text).text
    assert "欧阳** *******8000" in text
    assert "李* ********3210 深圳市****" in text
    assert answer.headers["cache-control"] == "no-store"
    for wrong in (token_of(UNDER_WAY), token_of(DELIVERED, Post("BLUEBIRD", "HZ-HUB", "PDA-1")), "", "x" * 22):
        answer = page(door, k=wrong)
        assert (answer.status_code, is_open(answer)) == (200, False)
        assert "面单码与这件邮件快件不符" in answer.text
    assert not is_open(page(door))


def test_the_small_print_says_what_is_shown(door: TestClient) -> None:
    assert "页面不显示姓名" in page(door).text
    opened = page(door, k=token_of(DELIVERED)).text
    assert "页面不显示姓名" not in opened
    assert "均已脱敏" in opened


def test_a_device_of_another_carrier_that_accepts_it_too_cannot_make_its_label(
    door: TestClient, seeded_engine: Engine
) -> None:
    with transaction(seeded_engine) as session:
        World(session).record(DELIVERED, "POSTROAD", [accepted(0.5, promised=None)])
    answer = page(door, k=token_of(DELIVERED, Post("POSTROAD", "CQ-01", "PDA-1")))
    assert "驿路邮政" in answer.text
    assert not is_open(answer)
    assert is_open(page(door, k=token_of(DELIVERED)))


def test_an_imported_parcel_has_no_label_of_ours(door: TestClient) -> None:
    assert page(door, IMPORTED, k=token_of(IMPORTED, Post("LADE", "CQ-01", "replay"))).status_code == 200


def test_wrong_labels_are_limited_and_the_right_one_opens_all_the_same(door: TestClient, clock: list[datetime]) -> None:
    for _ in range(MISSES_PARCEL):
        assert page(door, k="wrong").status_code == 200
    answer = page(door, k="wrong")
    assert answer.status_code == 429
    assert 3590 <= int(answer.headers["retry-after"]) <= 3601
    assert "1 小时后再试" in answer.text
    assert "签收" in Page(answer.text).text
    assert is_open(page(door, k=token_of(DELIVERED)))
    assert page(door, UNDER_WAY, k="wrong").status_code == 200
    clock[0] = NOW + timedelta(minutes=61)
    assert page(door, k="wrong").status_code == 200


def test_json_opens_the_same_way(door: TestClient) -> None:
    address = f"/api/v1/parcels/{DELIVERED}/trace"
    shut = door.get(address).json()
    opened = door.get(address, params={"k": token_of(DELIVERED)})
    assert opened.headers["cache-control"] == "no-store"
    told = opened.json()
    details = {event["step"]: event.pop("details") for event in told["events"]}
    parties = told.pop("parties")
    assert told == shut
    assert details["accepted"] == {"weight_g": 820, "inspection_result": "PASSED"}
    assert details["screened"] == {"screening_result": "CLEAR"}
    assert details["delivered"] == {"signer": "self"}
    assert parties["recipient"] == {"name": "欧阳**", "phone": "*******8000"}
    assert set(parties) == {"sender", "recipient"}
    assert not any(word in opened.text for word in NEVER)
    for _ in range(MISSES_PARCEL):
        assert door.get(address, params={"k": "wrong"}).json() == shut
    refused = door.get(address, params={"k": "wrong"})
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:jixin:problem:too-many-tries")
    assert int(refused.headers["retry-after"]) > 3500
    assert door.get(address).json() == shut


@pytest.mark.parametrize("digits", ["8000", "3210", " 80 00 ", "８０００"])
def test_four_digits_of_sender_or_recipient_open_this_parcel_for_a_while(
    door: TestClient, clock: list[datetime], digits: str
) -> None:
    answer = type_digits(door, digits)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/t/{DELIVERED}")
    cookie = answer.headers["set-cookie"]
    assert f"Path=/t/{DELIVERED};" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert is_open(page(door))
    kept = door.cookies["door"]
    assert not is_open(page(door, UNDER_WAY))
    other = door.get(f"/t/{UNDER_WAY}", headers={"Cookie": f"door={kept}"})
    assert not is_open(other)
    clock[0] = NOW + timedelta(minutes=16)
    assert not is_open(page(door))


@pytest.mark.parametrize("kept", ["", "9999999999.", "9999999999.x", "x.y", "99999999999999999.x", "１.x"])
def test_a_pass_that_is_not_ours_opens_nothing(door: TestClient, kept: str) -> None:
    answer = door.get(f"/t/{DELIVERED}", headers={"Cookie": f"door={kept}".encode()})
    assert not is_open(answer)


@pytest.mark.parametrize("digits", ["7777", "0000", "002X", "", "80", "80001", "八零零零", "<script>", "8000&k="])
def test_other_digits_open_nothing_and_say_so(door: TestClient, digits: str) -> None:
    answer = type_digits(door, digits)
    assert answer.status_code == 422
    assert not is_open(answer)
    assert ("不是这件邮件快件" if digits in ("7777", "0000") else "要填 4 个数字") in answer.text
    assert "<script>" not in answer.text


def test_wrong_digits_are_limited_so_that_the_right_ones_are_no_longer_looked_at(
    door: TestClient, clock: list[datetime]
) -> None:
    assert [type_digits(door, f"000{number}").status_code for number in range(MISSES_PARCEL)] == [422] * MISSES_PARCEL
    refused = type_digits(door, "8000")
    assert (refused.status_code, int(refused.headers["retry-after"]) > 3500) == (429, True)
    assert "1 小时后再试" in refused.text
    assert "set-cookie" not in refused.headers
    clock[0] = NOW + timedelta(minutes=61)
    assert type_digits(door, "8000").status_code == 303


def test_hits_are_not_limited(door: TestClient) -> None:
    assert {type_digits(door, "8000").status_code for _ in range(3 * MISSES_PARCEL)} == {303}


def test_one_address_may_not_try_many_parcels(door: TestClient) -> None:
    numbers = [f"{UNDER_WAY[:-1]}{digit}" for digit in "56789"]
    for _ in range(MISSES_ADDRESS // 4):
        for number in numbers[:4]:
            type_digits(door, "0000", number)
    assert type_digits(door, "0000", "QN1408223190760").status_code == 429


def test_the_form_is_there_only_where_digits_are_known(door: TestClient) -> None:
    def fields(number: str) -> list[str | None]:
        return [each.get("name") for each in Page(page(door, number).text).attributes_of("input")]

    assert fields(DELIVERED) == ["tail"]
    assert fields(UNDER_WAY) == []
    assert type_digits(door, "0000", UNDER_WAY).status_code == 422


def test_without_the_label_secret_there_is_no_door(client: TestClient) -> None:
    answer = page(client, k=token_of(DELIVERED))
    assert (answer.status_code, is_open(answer)) == (200, False)
    assert "面单码" not in answer.text
    assert type_digits(client, "8000").status_code == 422


def test_in_english_it_says_the_same(door: TestClient) -> None:
    text = Page(page(door, k=token_of(DELIVERED), lang="en").text).text
    assert "Weight 0.82 kg" in text
    assert "For sender and recipient" in text
    wrong = Page(page(door, k="wrong", lang="en").text).text
    assert "does not belong to this parcel" in wrong


def test_neither_token_nor_digits_are_in_a_log_or_in_the_table(
    door: TestClient, capsys: pytest.CaptureFixture[str], seeded_engine: Engine
) -> None:
    structlog.reset_defaults()
    token = token_of(DELIVERED)
    page(door, k=token)
    page(door, k="wrong-token")
    type_digits(door, "4711")
    type_digits(door, "8000")
    door.get(f"/api/v1/parcels/{DELIVERED}/trace", params={"k": token})
    said = capsys.readouterr()
    assert "request_answered" in said.out + said.err
    for secret in (token, "wrong-token", "4711", "8000", "k="):
        assert secret not in said.out + said.err
    with seeded_engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT subject FROM door_miss").scalars().all()
    assert kept
    assert all(len(subject) == 64 and DELIVERED not in subject and "testclient" not in subject for subject in kept)


def test_the_page_gives_its_token_to_nobody(door: TestClient) -> None:
    """Neither the code on the page nor a link to elsewhere holds it; the languages keep it, for the same reader."""
    token = token_of(DELIVERED)
    read = Page(page(door, k=token).text)
    assert {link for link in read.links if token in link} == {f"?k={token}&lang={lang}" for lang in ("zh-CN", "en")}
    assert page(door, k=token).headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(("typed", "tail"), [("8000", "8000"), ("８０ ００", "8000"), ("800", None), ("٨٠٠٠", None)])
def test_digits_are_read_as_they_are_typed(typed: str, tail: str | None) -> None:
    assert parse_tail(typed) == tail
