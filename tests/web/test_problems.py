"""Problems (错误): one table, a page for people, problem+json for programs, never a stack."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.web.conftest import build_client
from tests.web.html import Page
from tracker.store.database import build_engine
from web.errors import WebError
from web.problems import HTTP_PROBLEMS, PROBLEMS, problem_of
from web.runs.map_paths import FIGURES
from web.views.ranking_order import Column
from web.words import LANGUAGES, load_words

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"}


def every_error(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(deeper for each in kind.__subclasses__() for deeper in every_error(each))]


def test_every_error_of_the_web_has_its_line() -> None:
    families = {"WebError", "NotKnown", "QuestionRefused", "AccessRefused"}
    assert [
        kind.__name__ for kind in every_error(WebError) if kind not in PROBLEMS and kind.__name__ not in families
    ] == []


def test_a_type_names_one_status() -> None:
    statuses: dict[str, set[int]] = {}
    for problem in (*PROBLEMS.values(), *HTTP_PROBLEMS.values()):
        statuses.setdefault(problem.type, set()).add(problem.status)
    assert [name for name, found in statuses.items() if len(found) > 1] == []


@pytest.mark.parametrize("address", ["/nope", "/t/", "/carriers/", "/rankings/x"])
def test_a_person_gets_a_page_and_a_program_a_problem(client: TestClient, address: str) -> None:
    page = client.get(address, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "没有这个页面" in Page(page.text).text
    problem = client.get(address, headers={"Accept": "application/json"})
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json() == {"type": "urn:jixin:problem:not-found", "title": "There is nothing at this address",
                              "status": 404}  # fmt: skip


def test_under_api_a_browser_too_gets_a_problem(client: TestClient) -> None:
    assert client.get("/api/v1/nothing", headers=BROWSER).headers["content-type"] == "application/problem+json"


def test_a_wrong_method_is_a_problem(client: TestClient) -> None:
    answer = client.post("/api/v1/quarantine")
    assert (answer.status_code, answer.json()["type"]) == (405, "urn:jixin:problem:method-not-allowed")
    assert answer.headers["allow"] == "GET"


def test_a_failure_of_ours_says_what_is_safe_and_shows_nothing_of_itself(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret in a message")

    monkeypatch.setattr("web.pages.trace_page.trace_of", fail)
    monkeypatch.setattr("web.api.parcel_api.trace_of", fail)
    page = client.get("/t/AB1", headers=BROWSER)
    assert page.status_code == 500
    assert "已经记录的都安全保存着" in Page(page.text).text
    assert "content-security-policy" in page.headers
    problem = client.get("/api/v1/parcels/AB1/trace")
    assert problem.json()["type"] == "urn:jixin:problem:internal-error"
    assert "secret" not in page.text + problem.text


def test_a_store_that_is_away_is_a_passing_problem(tmp_path: Path) -> None:
    client = build_client(build_engine("sqlite:////nonexistent/folder/x.db"), tmp_path)
    page = client.get("/t/AB1", headers=BROWSER)
    assert (page.status_code, "retry-after" in page.headers) == (503, True)
    assert "数据库一时没有答复" in Page(page.text).text
    problem = client.get("/api/v1/parcels/AB1/trace").json()
    assert problem == {"type": "urn:jixin:problem:store-unreachable", "status": 503,
                       "title": "The store does not answer at the moment; what was recorded is safe"}  # fmt: skip


def test_an_error_is_told_by_its_nearest_class() -> None:
    class Odd(LookupError):
        """Not in the table."""

    assert problem_of(Odd()).name == "internal-error"


def test_the_machine_readable_description_is_served(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert "/api/v1/parcels/{waybill_no}/trace" in described["paths"]
    assert not [path for path in described["paths"] if not path.startswith(("/api/", "/health/"))]
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404


@pytest.mark.parametrize("address", ["/rankings", "/rankings.csv", "/carriers/BLUEBIRD"])
@pytest.mark.parametrize(("asked", "first", "among"), [
    ("999999", "110000", "330000 浙江省"),
    ("x", "110000", "330000 浙江省"),
    ("339900", "330000", "330100 浙江省 杭州市"),
    ("330199", "330100", "330106 浙江省 杭州市 西湖区"),
])  # fmt: skip
def test_an_unknown_division_shows_which_codes_exist_around_it(
    client: TestClient, address: str, asked: str, first: str, among: str
) -> None:
    answer = client.get(f"{address}?from=2026-10-01&division={asked}", headers=BROWSER)
    page = Page(answer.text)
    assert answer.status_code == 422
    assert among in page.text
    links = [link for link in page.links if "division=" in link and "lang" not in link]
    assert links[0] == f"{address}?from=2026-10-01&division={first}"
    assert client.get(links[0]).status_code == 200


@pytest.mark.parametrize(("address", "said", "told"), [
    ("/rankings?dimension=nonsense", "参数 dimension 收到“nonsense”：可以是 licensing、safety、service、social",
     [("query/dimension", "nonsense", ["licensing", "safety", "service", "social"])]),
    ("/rankings?sort=zz&turned=7", "参数 turned 收到“7”：可以是 1",
     [("query/sort", "zz", list(Column)), ("query/turned", "7", ["1"])]),
    ("/rankings/trend?count=99", "参数 count 收到“99”：不大于 36", [("query/count", "99", None)]),
    ("/rankings/trend?count=ten", "参数 count 收到“ten”：须为整数", [("query/count", "ten", None)]),
    ("/rankings/trend?carrier=**", "参数 carrier 收到“**”：企业代码是 1 至 64 个", [("query/carrier", "**", None)]),
    ("/rankings/map?figure=zz", "参数 figure 收到“zz”：可以是 parcels、score、",
     [("query/figure", "zz", ["parcels", "score", *FIGURES])]),
    ("/rankings?division=zz", "参数 division 收到“zz”：写 6 位区划代码", [("query/division", "zz", None)]),
    ("/rankings?to=yesterday", "参数 to 收到“yesterday”：不是日历里的日期", [("query/to", "yesterday", None)]),
    ("/rankings/compare?from=2026-02-01&to=2026-01-01", "参数 from 收到“2026-02-01”：须早于 to",
     [("query/from", "2026-02-01", None)]),
    ("/complaints/bulletin?month=2026-13", "参数 month 收到“2026-13”：", [("query/month", "2026-13", None)]),
    (f"/rankings/trend?scheme={'x' * 50}", f"参数 scheme 收到“{'x' * 40}…”：至多 32 个字符",
     [("query/scheme", "x" * 40 + "…", None)]),
    ("/rankings?from=13800138000", "参数 from：不是日历里的日期", [("query/from", None, None)]),
])  # fmt: skip
def test_a_wrong_parameter_is_named_with_what_it_got_and_what_it_may_be(
    client: TestClient, address: str, said: str, told: list[tuple[str, str | None, list[str] | None]]
) -> None:
    page = client.get(address, headers=BROWSER)
    assert page.status_code == 422
    assert said in Page(page.text).text
    assert "/rankings" in Page(page.text).links or "month" in address
    errors = client.get(address, headers={"Accept": "application/json"}).json()["errors"]
    assert [(each["at"], each.get("got"), each.get("allowed")) for each in errors] == told
    assert all(each["message"] for each in errors)
    assert "13800138000" not in Page(page.text).text + str(errors)


def test_a_host_name_longer_than_any_is_refused(client: TestClient) -> None:
    for address in ("/t/QN1408223190755/qr.svg", "/t/QN1408223190755/qr.png", "/t/QN1408223190755"):
        answer = client.get(address, headers={"Host": "a" * 4096, "Accept": "application/json"})
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:jixin:problem:request-malformed")
        assert client.get(address, headers={"Host": f"{'a' * 253}:65535"}).status_code == 200


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_problem_says_what_happened_and_what_to_do(lang: str) -> None:
    words = load_words()[lang]
    names = {problem.name for problem in (*PROBLEMS.values(), *HTTP_PROBLEMS.values())}
    parts = ("title", "happened", "action_1")
    assert [
        f"{name}.{part}" for name in sorted(names) for part in parts if not words.find(f"problem.{name}.{part}")
    ] == []
