"""Devices (终端状况): silent ones on a page, as JSON and as metrics, as far as the asker's scope reaches."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from tests.web.conftest import ADMIN
from tests.web.staff import staff_of
from tests.web.world import NOW
from tracker.access.roles import Role, Scope
from tracker.store.database import transaction
from tracker.store.device_status import KnownStatus, save_statuses
from tracker.store.registry import save_device_key
from tracker.store.tables.registry import DeviceKeyRow
from tracker.wire.topics import Post
from web.page_tokens import write_page_token

PATHS = ("/regulator/devices", "/api/v1/devices")


def enrol(engine: Engine, post: Post, status: KnownStatus | None = None) -> None:
    with transaction(engine) as session:
        save_device_key(
            session, carrier=post.carrier, station=post.station, device=post.device, kid=post.username,
            public_key=b"k" * 32, enrolled_at=NOW - timedelta(days=90),
        )  # fmt: skip
        session.flush()
        if status is not None:
            save_statuses(session, {post: status})


@pytest.fixture
def devices(seeded_engine: Engine) -> None:
    """One offline with a backlog, one that never spoke, one that spoke a minute ago."""
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    stranded = KnownStatus(False, 3, NOW - 30 * hour, NOW - 5 * hour)
    enrol(seeded_engine, Post("BLUEBIRD", "CQ-01", "COUNTER-1"), KnownStatus(True, 0, None, NOW - minute))
    enrol(seeded_engine, Post("POSTROAD", "HZ-11", "COUNTER-2"))
    enrol(seeded_engine, Post("EVENWAY", "HZ-12", "COUNTER-3"), stranded)


@pytest.mark.usefixtures("devices")
def test_the_list_is_the_worst_first_and_says_what_is_known(client: TestClient) -> None:
    answer = client.get("/api/v1/devices", headers=ADMIN)
    assert answer.headers["cache-control"] == "no-store"
    items = answer.json()["items"]
    assert [(each["device"], each["state"]) for each in items] == [
        ("COUNTER-3", "stranded"), ("COUNTER-2", "silent"), ("COUNTER-1", "reporting"),
    ]  # fmt: skip
    assert items[0] == {
        "carrier": "EVENWAY", "station": "HZ-12", "device": "COUNTER-3", "state": "stranded",
        "last_word": "2026-10-18T01:03:00Z", "last_recorded_at": None, "last_status_at": "2026-10-18T01:03:00Z",
        "online": False, "waiting": 3, "oldest_waiting": "2026-10-17T00:03:00Z",
        "enrolled_at": "2026-07-20T06:03:00Z", "silent_after_hours": 24,
        "certificate_ends": None, "clock_off_ms": None,
    }  # fmt: skip
    assert (items[1]["last_word"], items[1]["online"], items[1]["waiting"]) == (None, None, None)


@pytest.mark.usefixtures("devices")
def test_pages_follow_each_other(client: TestClient) -> None:
    seen, query = [], "limit=1"
    for _ in range(3):
        page = client.get(f"/api/v1/devices?{query}", headers=ADMIN).json()
        seen += [each["device"] for each in page["items"]]
        query = f"limit=1&next={page['next']}"
    assert (seen, page["next"]) == (["COUNTER-3", "COUNTER-2", "COUNTER-1"], None)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("told", ["", "1,2,3", "1,2,3,x", "9,9,9,9", f"{10**30},1,1,1", "1,0,0,0", f"1,1,1,{2**40}"])
def test_a_token_of_another_making_is_refused(client: TestClient, path: str, told: str) -> None:
    for token in (write_page_token("devices", told), write_page_token("quarantine", 3), "%%%"):
        answer = client.get(path, params={"next": token}, headers=ADMIN)
        assert answer.status_code == 400, token


@pytest.mark.usefixtures("devices")
@pytest.mark.parametrize(("lang", "said"), [("zh-CN", "离线，有积压"), ("en", "Offline, scans waiting")])
def test_the_page_names_the_silent_in_both_languages(client: TestClient, lang: str, said: str) -> None:
    text = client.get(f"/regulator/devices?lang={lang}", headers=ADMIN).text
    assert said in text
    assert text.index("EVENWAY/HZ-12/COUNTER-3") < text.index("POSTROAD/HZ-11/COUNTER-2")
    assert text.index("POSTROAD/HZ-11/COUNTER-2") < text.index("BLUEBIRD/CQ-01/COUNTER-1")


def test_without_devices_the_page_says_how_to_enrol_one(client: TestClient) -> None:
    assert "jixin enrol" in client.get("/regulator/devices", headers=ADMIN).text


def test_a_long_list_has_a_next_page(client: TestClient, seeded_engine: Engine) -> None:
    for number in range(60):
        enrol(seeded_engine, Post("BLUEBIRD", "CQ-01", f"D{number:02}"))
    first = client.get("/regulator/devices", headers=ADMIN).text
    onward = first.partition('href="/regulator/devices?next=')[2].partition('"')[0]
    second = client.get(f"/regulator/devices?next={onward}", headers=ADMIN).text
    for number in range(60):
        assert (f"/D{number:02}<" in first) != (f"/D{number:02}<" in second)
    assert 'rel="next"' in first
    assert 'rel="next"' not in second


@pytest.mark.parametrize("asked", ["/regulator/devices", "/regulator/devices?lang=en&next=x"])
def test_a_browser_without_a_login_is_led_to_it_and_back(client: TestClient, asked: str) -> None:
    answer = client.get(asked, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?{urlencode({'next': asked})}")
    assert "www-authenticate" not in answer.headers


REACHES = [
    (Role.ADMINISTRATOR, Scope(), {"BLUEBIRD/CQ-01", "POSTROAD/HZ-11", "EVENWAY/HZ-12"}),
    (Role.REGULATOR, Scope(), {"BLUEBIRD/CQ-01", "POSTROAD/HZ-11", "EVENWAY/HZ-12"}),
    (Role.REGULATOR, Scope(division="330000"), {"POSTROAD/HZ-11", "EVENWAY/HZ-12"}),
    (Role.REGULATOR, Scope(division="330106"), {"POSTROAD/HZ-11", "EVENWAY/HZ-12"}),
    (Role.REGULATOR, Scope(division="330110"), set()),
    (Role.REGULATOR, Scope(division="500000"), {"BLUEBIRD/CQ-01"}),
    (Role.CARRIER, Scope("POSTROAD"), {"POSTROAD/HZ-11"}),
    (Role.CARRIER, Scope("POST"), set()),
    (Role.STATION_MANAGER, Scope("POSTROAD", "HZ-11"), {"POSTROAD/HZ-11"}),
    (Role.STATION_MANAGER, Scope("POSTROAD", "CQ-01"), set()),
]


@pytest.mark.usefixtures("devices")
@pytest.mark.parametrize(("role", "scope", "reach"), REACHES)
def test_everybody_sees_the_devices_within_their_scope_only(
    client: TestClient, seeded_engine: Engine, role: Role, scope: Scope, reach: set[str]
) -> None:
    save_ends(seeded_engine)
    staff = staff_of(seeded_engine, role, scope)
    items = client.get("/api/v1/devices", headers=staff.headers).json()["items"]
    assert {f"{each['carrier']}/{each['station']}" for each in items} == reach
    page = client.get("/regulator/devices?lang=en", headers=staff.headers).text
    for post in ("BLUEBIRD/CQ-01", "POSTROAD/HZ-11", "EVENWAY/HZ-12"):
        assert (f"{post}/" in page) is (post in reach)
    counted = [part.partition("</strong>")[0] for part in page.split("<strong>")[1:]]
    assert counted == ([counted[0], str(len(reach)), str(len(reach))] if reach else [])


def save_ends(engine: Engine) -> None:
    """Every device's certificate has ended."""
    with transaction(engine) as session:
        for row in session.exec(select(DeviceKeyRow)):
            row.certificate_ends = NOW


@pytest.mark.usefixtures("devices")
def test_a_station_gets_its_own_threshold_and_loses_it(client: TestClient) -> None:
    def threshold() -> int:
        items = client.get("/api/v1/devices", headers=ADMIN).json()["items"]
        return next(int(each["silent_after_hours"]) for each in items if each["station"] == "HZ-11")

    for hours, seen in ((48, 48), (None, 24)):
        answer = client.put("/api/v1/stations/POSTROAD/HZ-11", json={"silent_after_hours": hours}, headers=ADMIN)
        assert answer.json() == {"carrier": "POSTROAD", "station": "HZ-11", "silent_after_hours": hours}
        assert threshold() == seen


@pytest.mark.parametrize("body", [{}, {"silent_after_hours": 0}, {"silent_after_hours": 8761}, {"name": "x"}, []])
def test_a_threshold_that_is_none_is_refused(client: TestClient, body: object) -> None:
    assert client.put("/api/v1/stations/BLUEBIRD/CQ-01", json=body, headers=ADMIN).status_code == 422


def test_a_station_that_nobody_knows_has_no_threshold(client: TestClient) -> None:
    answer = client.put("/api/v1/stations/BLUEBIRD/NOWHERE", json={"silent_after_hours": 2}, headers=ADMIN)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:jixin:problem:station-not-found")
    assert client.put("/api/v1/stations/BLUEBIRD/A B", json={"silent_after_hours": 2}, headers=ADMIN).status_code == 422


@pytest.mark.parametrize(("days", "chip", "ending"), [(400, "", 0), (29, "enrol again", 1), (-1, "ended", 1)])
def test_the_end_of_a_certificate_is_on_the_page_and_in_the_metrics(
    client: TestClient, seeded_engine: Engine, days: int, chip: str, ending: int
) -> None:
    ends = NOW + timedelta(days=days)
    with transaction(seeded_engine) as session:
        save_device_key(
            session, carrier="BLUEBIRD", station="CQ-01", device="COUNTER-1", kid="a", public_key=b"k" * 32,
            enrolled_at=NOW, certificate_ends=ends,
        )  # fmt: skip
    row = client.get("/regulator/devices?lang=en", headers=ADMIN).text.partition("<tbody")[2]
    assert f"{ends + timedelta(hours=8):%Y-%m-%d}" in row
    assert [word for word in ("enrol again", "ended") if word in row] == ([chip] if chip else [])
    text = client.get("/metrics").text
    assert f"\njixin_device_certificates_ending {ending}.0\n" in text
    (soonest,) = re.findall(r"\njixin_device_certificate_soonest_expiry_timestamp_seconds (\S+)", text)
    assert float(soonest) == ends.timestamp()


@pytest.mark.usefixtures("devices")
def test_the_metrics_count_the_silent_and_age_the_stations(client: TestClient) -> None:
    text = client.get("/metrics").text
    for line in (
        'jixin_devices{carrier="EVENWAY"} 1.0',
        'jixin_devices_silent{carrier="EVENWAY"} 1.0',
        'jixin_devices_silent{carrier="BLUEBIRD"} 0.0',
        'jixin_station_last_word_age_seconds{carrier="BLUEBIRD",station="CQ-01"} 60.0',
        f'jixin_station_outbox_age_seconds{{carrier="EVENWAY",station="HZ-12"}} {30 * 3600}.0',
    ):
        assert f"\n{line}\n" in text
    assert text.count("jixin_station_outbox_age_seconds{") == 1


def test_the_metrics_name_a_hundred_stations_however_many_there_are(client: TestClient, seeded_engine: Engine) -> None:
    status = KnownStatus(False, 1, NOW - timedelta(hours=9), NOW - timedelta(hours=9))
    for number in range(130):
        enrol(seeded_engine, Post("BLUEBIRD", f"S{number}", "D"), status)
    text = client.get("/metrics").text
    assert 'jixin_devices_silent{carrier="BLUEBIRD"} 130.0' in text
    assert text.count("jixin_station_outbox_age_seconds{") == 100
    assert text.count("jixin_station_last_word_age_seconds{") == 100


@pytest.mark.usefixtures("devices")
@pytest.mark.parametrize(
    ("off_ms", "said"), [(-3 * 3_600_000, "clock set back by 3 h"), (2 * 86_400_000, "clock ahead by 48 h"), (None, "")]
)
def test_a_clock_that_is_off_is_shown_and_counted(
    client: TestClient, seeded_engine: Engine, off_ms: int | None, said: str
) -> None:
    with seeded_engine.begin() as connection:
        changing = sa.text("UPDATE device SET clock_off_ms = :off WHERE device = 'COUNTER-1' AND carrier = 'BLUEBIRD'")
        connection.execute(changing, {"off": off_ms})
    page = client.get("/regulator/devices?lang=en", headers=ADMIN).text
    assert said in page
    assert ("clock" in page.partition("<tbody")[2]) is bool(said)
    items = client.get("/api/v1/devices", headers=ADMIN).json()["items"]
    assert [each["clock_off_ms"] for each in items if each["device"] == "COUNTER-1"] == [off_ms]
    assert f'jixin_devices_clock_off{{carrier="BLUEBIRD"}} {float(bool(said))}' in client.get("/metrics").text
