"""Where a login goes on (登录后去向): to this site, whatever was asked."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from web.accounts.addresses import counted_address, truncate_address
from web.accounts.next_address import HOME, parse_next

EVIL = [
    "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:evil.example", "///evil",
    "/\t/evil.example", "\n//evil", "/ /evil", "javascript:alert(1)", "evil", "", " /", "/\r\nSet-Cookie: a=b", "/\x7f",
    "/" + "a" * 3_000, "/a\\..\\..//evil",
]  # fmt: skip


@pytest.mark.parametrize("text", [*EVIL, None])
def test_what_leads_elsewhere_leads_home(text: str | None) -> None:
    assert parse_next(text) == HOME


@pytest.mark.parametrize("text", ["/regulator/devices?next=x&lang=en", "/t/AB1", "/", "/a//b", "/轨迹"])
def test_an_address_of_ours_is_kept(text: str) -> None:
    assert parse_next(text) == text


@given(st.text(alphabet=st.sampled_from("/\\:.@?#%ahtps \t\n\r\x00evil"), max_size=20) | st.text())
@example("/\\/evil")
@example("/%2F/evil")
def test_no_text_leads_to_another_host(text: str) -> None:
    """As browsers read it: backslashes are slashes, tabs and line ends are not there (WHATWG URL)."""
    onward = parse_next(text)
    read = "".join(letter for letter in onward if letter not in "\t\n\r").replace("\\", "/")
    found = urlsplit(urljoin("https://jixin.example/login", read))
    assert (found.scheme, found.netloc) == ("https", "jixin.example")
    assert not any(letter in onward for letter in "\r\n")


@pytest.mark.parametrize(("host", "kept", "counted"), [
    ("203.0.113.77", "203.0.113.0/24", "203.0.113.77/32"),
    ("::ffff:203.0.113.77", "203.0.113.0/24", "203.0.113.77/32"),
    ("2001:db8:1:2:3::4", "2001:db8:1::/48", "2001:db8:1:2::/64"),
    ("fe80::1%eth0", "fe80::/48", "fe80::/64"),
    ("testclient", "", ""),
    ("", "", ""),
])  # fmt: skip
def test_an_address_is_kept_without_its_end(host: str, kept: str, counted: str) -> None:
    assert (truncate_address(host), counted_address(host)) == (kept, counted)
