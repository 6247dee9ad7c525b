"""The language (语言): Chinese unless somebody chose English, and then remembered."""

from fastapi.testclient import TestClient

from tests.web.conftest import MakeClient
from tests.web.html import Page


def lang_of(html: str) -> str | None:
    return Page(html).attributes_of("html")[0]["lang"]


def test_chinese_is_the_default_whatever_the_browser_prefers(client: TestClient) -> None:
    answer = client.get("/", headers={"Accept-Language": "en-GB,en"})
    assert lang_of(answer.text) == "zh-CN"
    assert "set-cookie" not in answer.headers


def test_a_choice_is_remembered(client: TestClient) -> None:
    chosen = client.get("/?lang=en")
    assert lang_of(chosen.text) == "en"
    cookie = chosen.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("lang=en", "httponly", "samesite=lax", "path=/"))
    assert lang_of(client.get("/rankings").text) == "en"
    assert lang_of(client.get("/rankings?lang=zh-CN").text) == "zh-CN"
    assert lang_of(client.get("/").text) == "zh-CN"


def test_an_unknown_language_changes_nothing(client: TestClient) -> None:
    answer = client.get("/?lang=xx")
    assert (lang_of(answer.text), "set-cookie" in answer.headers) == ("zh-CN", False)


def test_the_link_to_the_other_language_keeps_the_question(client: TestClient) -> None:
    links = Page(client.get("/rankings?from=2026-10-01&division=500000&lang=zh-CN").text).links
    assert "?from=2026-10-01&division=500000&lang=en" in links


def test_over_https_the_cookie_travels_over_https_only(make_client: MakeClient) -> None:
    client = make_client()
    client.base_url = client.base_url.copy_with(scheme="https")
    assert "secure" in client.get("/?lang=en").headers["set-cookie"].lower()


def test_an_error_speaks_the_chosen_language(client: TestClient) -> None:
    assert "This waybill was not found" in Page(client.get("/t/NOBODY1?lang=en").text).text
