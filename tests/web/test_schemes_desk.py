"""The committee's desk: a draft as form and as text, its preview, two signatures, and nothing afterwards."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from credit_scoring.scheme.directory import shipped_schemes
from credit_scoring.scheme.draft import Committee
from credit_scoring.scheme.policy import parse_scheme
from credit_scoring.scheme.rules import Level
from credit_scoring.scheme.write import tell, write_scheme
from tests.web.html import Page
from tests.web.staff import Staff, ensure_account, enter, staff_of
from tests.web.world import NOW
from tracker.access.audit import AuditFilter, find_entries
from tracker.access.roles import EVERYTHING, Role, Scope
from tracker.store.database import reading
from web.runs import previews
from web.runs.previews import Previews

HOME = "/regulator/schemes"
BEGIN = {"base": "2026-1", "version": "2027-1", "year": "2027"}


@pytest.fixture
def member(seeded_engine: Engine) -> Staff:
    return staff_of(seeded_engine, Role.REGULATOR, EVERYTHING)


@pytest.fixture
def second(seeded_engine: Engine) -> Staff:
    return enter(seeded_engine, ensure_account(seeded_engine, Role.REGULATOR, EVERYTHING, login="second"))


def begin(client: TestClient, member: Staff, **told: str) -> str:
    """A new draft's address."""
    answer = client.post(HOME, data=BEGIN | told, headers=member.writing)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def fields_of(client: TestClient, member: Staff, address: str) -> dict[str, list[str]]:
    """The form as a browser would send it back."""
    page = client.get(address, headers=member.headers).text
    found: dict[str, list[str]] = {}
    form = page[page.index('class="sheet-form draft"') : page.index("</form>")]
    for name, value in re.findall(r'<input[^>]*? name="([^"]+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(value)
    return found


def sign(client: TestClient, who: Staff, address: str) -> Any:
    page = client.get(address, headers=who.headers).text
    digest = re.findall(r'name="sha256" value="([0-9a-f]{64})"', page)
    return client.post(f"{address}/sign", data={"sha256": digest[0] if digest else ""}, headers=who.writing)


def test_a_draft_begins_with_a_schemes_rules_for_another_year(client: TestClient, member: Staff) -> None:
    empty = client.get(HOME, headers=member.headers).text
    assert "还没有草案" in empty
    address = begin(client, member)
    page = Page(client.get(address, headers=member.headers).text)
    assert "方案草案 2027-1" in page.text
    fields = fields_of(client, member, address)
    assert (fields["valid_from"], fields["valid_until"]) == (["2027-01-01"], ["2027-12-31"])
    assert fields["points.loss"] == ["40"]
    assert fields["grade_name"] == ["A", "B", "C", "D", ""]
    assert "2027-1" in client.get(HOME, headers=member.headers).text
    assert client.get("/schemes/2027-1").status_code == 404


def test_the_form_writes_the_next_revision(client: TestClient, member: Staff) -> None:
    address = begin(client, member)
    fields = fields_of(client, member, address)
    fields["points.loss"], fields["points.damage"] = ["30"], ["35"]
    fields["full.damage"], fields["zero.damage"] = [""], [""]
    fields["bands.damage"] = ["0-0.01:35; 0.01-:0"]
    assert client.post(address, data=fields, headers=member.writing).status_code == 303
    text = client.get(f"{address}/text", headers=member.headers).text
    assert "bands = [{from = 0, to = 0.01, points = 35}, {from = 0.01, points = 0}]" in text
    again = client.post(address, data=fields, headers=member.writing)  # it was revision 1's form
    assert (again.status_code, "别人已保存了新的修订" in again.text) == (422, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"points.loss": "41"}, "add up to 1000"),
        ({"points.loss": "many"}, "loss: &#39;many&#39; is not a number"),
        ({"bands.loss": "0-0.5:0 0.6-:40", "full.loss": "", "zero.loss": ""}, "leave out 0.5 to 0.6"),
        ({"minimum": "0"}, "minimum_parcels must be at least 1"),
        ({"valid_until": "2026-12-31"}, "valid_until lies before valid_from"),
        ({"version": "2026-1"}, "版本号 2026-1 已有"),
        ({"version": "../x"}, "version is"),
    ],
)
def test_a_form_with_a_fault_is_shown_again_as_it_was_typed(
    client: TestClient, member: Staff, change: dict[str, str], said: str
) -> None:
    address = begin(client, member)
    answer = client.post(address, data=fields_of(client, member, address) | change, headers=member.writing)
    assert (answer.status_code, said in answer.text) == (422, True), answer.text
    assert all(f'value="{typed}"' in answer.text for typed in change.values())
    assert fields_of(client, member, address)["revision"] == ["1"]


def test_a_text_with_a_fault_names_the_line_and_keeps_what_was_typed(client: TestClient, member: Staff) -> None:
    address = begin(client, member)
    file = write_scheme(tell(shipped_schemes().of("2026-1")), Committee(Level.NATIONAL, None)).decode()
    broken = file.replace("2026-1", "2027-1").replace("full = 0.0001", "full = 0.5", 1)
    answer = client.post(f"{address}/text", data={"revision": "1", "text": broken}, headers=member.writing)
    line = broken.splitlines().index('indicator = "loss"')
    assert answer.status_code == 422
    assert f"第 {line} 行 line {line}: 丢失率（loss）：满分值须优于零分值 · loss: full must be better" in answer.text
    assert f"第 {line} 行" in answer.text
    assert "full = 0.5" in answer.text
    large, huge = (
        client.post(f"{address}/text", data={"revision": "1", "text": "x" * length}, headers=member.writing)
        for length in (70_000, 300_000)
    )
    assert (large.status_code, "文件超过 64 KiB" in large.text) == (422, True)
    assert huge.status_code == 400


def test_the_preview_judges_the_same_evidence_twice(client: TestClient, member: Staff) -> None:
    address = begin(client, member)
    fields = fields_of(client, member, address)
    fields["points.delivered_in_time"], fields["points.loss"] = ["10"], ["120"]
    assert client.post(address, data=fields, headers=member.writing).status_code == 303
    answer = client.get(f"{address}/preview", headers=member.headers)
    page = Page(answer.text)
    ranking = client.get("/api/v1/rankings/carriers", params={"from": "2026-09-19", "to": "2026-10-19"}).json()
    for row in ranking["rows"]:
        assert f"第 {row['rank']} 名 · {row['score']} 分" in page.text
    assert "按 2027-1" in page.text
    assert re.search(r"[+−]\d+\.\d", page.text)
    moved = page.text.split("影响最大的指标", 1)[1].split("每家企业列出", 1)[0]
    assert "青鸟速运 按时妥投率 166.7 18.5 −148.1 青鸟速运 丢失率 74.1 222.2 +148.1" in moved
    assert "refresh" not in answer.headers


def test_a_preview_that_takes_long_says_so_and_asks_again(
    client: TestClient, member: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = begin(client, member)
    monkeypatch.setattr(previews, "PATIENCE", 0.01)
    go_on = threading.Event()
    monkeypatch.setattr("web.pages.schemes_desk.collect_last_year", lambda *_, **__: go_on.wait(60) and None)
    answer = client.get(f"{address}/preview", headers=member.headers)
    assert (answer.status_code, answer.headers["refresh"], "正在计算" in answer.text) == (200, "3", True)
    go_on.set()
    monkeypatch.setattr(previews, "PATIENCE", 60)
    assert "没有可试算的数据" in client.get(f"{address}/preview", headers=member.headers).text


def test_evidence_is_collected_once_and_again_after_a_failure() -> None:
    kept, asked = Previews(), []

    def fail() -> None:
        asked.append("failed")
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 the very one that collecting raised
        kept.of(None, fail, now=NOW).wait()
    for _ in range(2):
        assert kept.of(None, lambda: asked.append("collected"), now=NOW).wait()
    assert kept.of(None, lambda: asked.append("later"), now=NOW + timedelta(minutes=11)).wait()
    assert asked == ["failed", "collected", "later"]


def test_two_members_adopt_and_the_scheme_is_published_and_frozen(
    client: TestClient, member: Staff, second: Staff, seeded_engine: Engine
) -> None:
    address = begin(client, member)
    assert sign(client, member, address).status_code == 303
    assert "等待另一名成员" in client.get(address, headers=member.headers).text
    twice = sign(client, member, address)
    assert twice.status_code == 422
    assert client.get("/schemes/2027-1").status_code == 404
    assert sign(client, second, address).status_code == 303
    published = client.get("/schemes/2027-1").text
    assert "已采用" in published
    assert "快递企业信用评定方案 2027-1" in published
    page = client.get(address, headers=member.headers).text
    assert "/schemes/2027-1" in page
    assert "sheet-form draft" not in page
    late = client.post(f"{address}/text", data={"revision": "1", "text": "x"}, headers=member.writing)
    assert late.status_code == 422
    taken = client.post(HOME, data=BEGIN | {"version": "2027-2"}, headers=member.writing)
    assert (taken.status_code, "与已通过的方案 2027-1 重叠" in taken.text) == (422, True)
    with reading(seeded_engine) as session:
        entries = find_entries(session, AuditFilter())
    told = [(each.actor, each.action, each.outcome) for each in reversed(entries) if each.action.startswith("scheme")]
    first = member.account.login
    assert told == [
        (first, "scheme_drafted", "done"),
        (first, "scheme_signed", "done"),
        (first, "scheme_signed", "refused"),
        ("second", "scheme_adopted", "done"),
    ]


def test_a_signature_needs_a_second_factor_of_the_last_ten_minutes(
    client: TestClient, member: Staff, seeded_engine: Engine
) -> None:
    address = begin(client, member)
    stale = enter(seeded_engine, member.account, at=NOW - timedelta(minutes=11))
    answer = sign(client, stale, address)
    assert (answer.status_code, "请再验一次动态码" in answer.text) == (403, True)
    assert "还没有人签署" in client.get(address, headers=member.headers).text


def test_what_was_changed_after_it_was_seen_is_not_signed(client: TestClient, member: Staff, second: Staff) -> None:
    address = begin(client, member)
    seen = shipped_schemes().of("2026-1").sha256
    answer = client.post(f"{address}/sign", data={"sha256": seen}, headers=second.writing)
    assert (answer.status_code, "别人已保存了新的修订" in answer.text) == (422, True)


def test_a_form_of_another_site_changes_nothing(client: TestClient, member: Staff) -> None:
    address = begin(client, member)
    for where, form in ((HOME, BEGIN), (address, {"revision": "1"}), (f"{address}/sign", {"sha256": "0" * 64})):
        assert client.post(where, data=form, headers=member.headers).status_code == 403


def test_each_committee_has_its_own_drafts_and_a_county_has_none(
    client: TestClient, member: Staff, seeded_engine: Engine
) -> None:
    address = begin(client, member)
    province = staff_of(seeded_engine, Role.REGULATOR, Scope(division="500000"))
    assert client.get(address, headers=province.headers).status_code == 404
    assert "重庆市" in client.get(HOME, headers=province.headers).text
    own = begin(client, province, version="500000-2027-1")
    assert 'division = "500000"' in client.get(f"{own}/text", headers=province.headers).text.replace("&#34;", '"')
    county = staff_of(seeded_engine, Role.REGULATOR, Scope(division="500112"))
    assert "县级没有评定委员会" in client.get(HOME, headers=county.headers).text
    assert client.post(HOME, data=BEGIN, headers=county.writing).status_code == 403


def test_what_the_form_writes_reads_as_the_same_scheme() -> None:
    for shipped in shipped_schemes().known:
        again = parse_scheme(write_scheme(tell(shipped), Committee(shipped.level, shipped.division)))
        assert (again.rules, again.grades, again.dimensions) == (shipped.rules, shipped.grades, shipped.dimensions)
        assert (again.title, again.note, again.minimum_parcels) == (shipped.title, shipped.note, 30)
