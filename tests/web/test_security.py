"""Security (安全响应头), HEAD and static files."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.web.html import Page
from tests.web.parcels import DELIVERED, GTIN
from web.assets import FOLDER
from web.security import SECURITY_HEADERS

TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
PAGES = ["/", f"/?no={DELIVERED}%0AX", f"/t/{DELIVERED}", "/t/NOBODY1", "/rankings",
         "/rankings?from=2020-01-01&to=2020-02-01",
         "/carriers/FLYGRAIN", "/carriers/SMALLTOWN", "/carriers/FLYGRAIN/parcels?indicator=loss", "/schemes/2026-1",
         f"/01/{GTIN}", "/nope"]  # fmt: skip
OTHERS = ["/api/v1/rankings/carriers", "/api/v1/parcels/NOBODY1/trace", "/metrics", "/rankings.csv", "/static/site.css",
          f"/t/{DELIVERED}/qr.svg", "/openapi.json", "/health/ready"]  # fmt: skip


@pytest.mark.parametrize("address", [*PAGES, *OTHERS])
def test_every_answer_carries_the_security_headers(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    assert {name: headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert headers["content-security-policy"].startswith("default-src 'self'")


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_page_holds_no_inline_style_or_script_and_fetches_nothing_from_elsewhere(
    client: TestClient, address: str, lang: str
) -> None:
    html = client.get(address, params={"lang": lang} if "?" not in address else None).text
    page = Page(html)
    assert "<style" not in html
    assert [tag for tag, attributes in page.elements if "style" in attributes] == []
    assert [tag for tag, attributes in page.elements if any(name.startswith("on") for name in attributes)] == []
    assert all(each.get("src") for each in page.attributes_of("script"))
    fetched = [
        each.get("src") or each.get("href") for tag in ("script", "link", "img") for each in page.attributes_of(tag)
    ]
    assert [address for address in fetched if not str(address).startswith("/")] == []


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_usable_with_a_screen_reader(client: TestClient, address: str) -> None:
    page = Page(client.get(address).text)
    assert page.attributes_of("html") == [{"lang": "zh-CN"}]
    assert page.links[0] == "#main"
    assert page.attributes_of("main")[0]["id"] == "main"
    assert len(page.attributes_of("h1")) == 1
    assert all(each.get("alt") for each in page.attributes_of("img"))
    labelled = {each.get("for") for each in page.attributes_of("label")}
    for field in (*page.attributes_of("textarea"), *page.attributes_of("input")):
        assert field.get("id") in labelled or field.get("type") == "date"


@pytest.mark.parametrize("address", [*PAGES, *OTHERS])
def test_head_answers_as_get_without_a_body(client: TestClient, address: str) -> None:
    head, get = client.head(address), client.get(address)
    assert head.status_code == get.status_code
    assert head.content == b""
    if "content-length" in get.headers and address != "/metrics":
        assert head.headers["content-length"] == get.headers["content-length"]


def test_a_file_asked_for_by_its_version_may_be_kept_for_ever(client: TestClient) -> None:
    [address] = re.findall(r'href="(/static/site\.css\?v=[0-9a-f]{12})"', client.get("/").text)
    assert client.get(address).headers["cache-control"] == "public, max-age=31536000, immutable"
    for other in ("/static/site.css", "/static/site.css?v=000000000000"):
        assert client.get(other).headers["cache-control"] == "no-cache"


def test_a_file_that_the_browser_has_is_not_sent_again(client: TestClient) -> None:
    etag = client.get("/static/site.css").headers["etag"]
    assert client.get("/static/site.css", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/", "/static/nothing.css"])
def test_nothing_beside_the_static_files_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_styles_and_scripts_fetch_nothing_from_elsewhere() -> None:
    for file in (*FOLDER.rglob("*"), *TEMPLATES.rglob("*")):
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//[a-z]+\.|@import|url\((?!#)", text), file.name


def test_pages_follow_the_reader_and_are_not_kept_for_others(client: TestClient) -> None:
    headers = client.get("/").headers
    assert (headers["cache-control"], headers["vary"]) == ("private, no-cache", "Cookie")
