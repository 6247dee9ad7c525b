"""Words, not codes (不露代码): nobody reads an identifier on any page that links lead to, whoever they are."""

import re
from itertools import cycle

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Engine

from tests.web.html import Page
from tests.web.parcels import DELIVERED, GTIN, LOT
from tests.web.staff import staff_of
from tracker.access.roles import Role
from web.words import LANGUAGES

CODE = re.compile(r"(?<![\w/.@:-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w/=(])")
BEGINNINGS = ("/", "/account", "/rankings", f"/t/{DELIVERED}", f"/01/{GTIN}/10/{LOT}", "/complaints", "/rights",
              "/voices/rules", "/nowhere", "/t/NOBODY1", "/rankings?division=000000")  # fmt: skip
NO_PAGES = ("/api/", "/static/", "/qr/", "/logout", "/openapi")
ALIKE = 2  # of pages that differ only by what they are about
ASKING = [*zip((None, *Role), cycle(LANGUAGES), strict=False)]


def kind_of(path: str) -> str:
    """The page without what it is about: a part with a digit or a capital letter is a number or a code."""
    return "/".join("*" if re.search(r"[0-9A-Z]", part) else part for part in path.split("/"))


@pytest.mark.parametrize(("role", "lang"), ASKING)
def test_no_page_shows_a_code(client: TestClient, seeded_engine: Engine, role: Role | None, lang: str) -> None:
    headers = {"Accept": "text/html"} | (staff_of(seeded_engine, role).headers if role else {})
    client.get(f"/?lang={lang}")
    waiting, met, shown = [*BEGINNINGS], dict[str, int](), set[tuple[str, str]]()
    while waiting:
        address = waiting.pop(0).partition("#")[0]
        path = address.partition("?")[0]
        met[kind_of(path)] = met.get(kind_of(path), 0) + 1
        if met[kind_of(path)] > ALIKE or path.startswith(NO_PAGES):
            continue
        cookies = headers.get("Cookie", "")
        answer = client.get(address, headers=headers | {"Cookie": "; ".join(filter(None, (cookies, f"lang={lang}")))})
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        assert f'lang="{lang}"' in answer.text
        page = Page(answer.text)
        shown |= {(path, code) for code in CODE.findall(page.text)}
        waiting += [link for link in page.links if link.startswith("/")]
    assert shown == set()
    assert len(met) > len(BEGINNINGS)
