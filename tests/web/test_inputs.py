"""Bad input (错误输入): whatever an address holds, the answer is never a failure of ours."""

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from web.page_tokens import parse_numeric_page_token, parse_page_token, write_page_token

ADDRESSES = ["/?no={}", "/t/{}", "/t/{}/qr.svg", "/carriers/{}", "/schemes/{}", "/01/{}", "/qr/png/01/{}",
             "/rankings?from={}", "/rankings?to={}", "/rankings?division={}", "/rankings.csv?division={}", "/{}",
             "/carriers/FARREACH/parcels?indicator={}", "/carriers/FARREACH/parcels?indicator=loss&next={}",
             "/api/v1/parcels/{}/trace", "/api/v1/parcels/{}/proof", "/api/v1/carriers/{}/credit",
             "/rankings/trend?carrier={}", "/rankings/trend?division={}", "/rankings/trend.csv?scheme={}",
             "/rankings/map?figure={}", "/rankings/map?to={}", "/api/v1/rankings/map?carrier={}",
             "/rankings/compare?carrier={}", "/rankings/compare?from={}", "/api/v1/rankings/compare?carrier={}",
             "/api/v1/rankings/trend?carrier={}", "/api/v1/rankings/carriers?from={}",
             "/api/v1/rankings/carriers?division={}"]  # fmt: skip
NASTY = ["%00", "a%00b", "%FF%FE", "%ED%A0%80", "A" * 5000, "../../etc/passwd", "%2e%2e%2f", "'%20OR%201=1--",
         "2026-02-30", "-1", "99999999999999999999", "%F0%9F%93%A6", "%0d%0aX-Evil:1", "{{7*7}}", "%25", "%",
         "%zz"]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("value", NASTY)
def test_no_value_is_a_failure_of_ours(client: TestClient, address: str, value: str) -> None:
    answer = client.get(address.format(value))
    assert answer.status_code < 500
    assert "49" not in answer.text or "{{7*7}}" not in value or address == "/?no={}"
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize("address", ["/t/{}", "/rankings?division={}", "/api/v1/parcels/{}/trace", "/?no={}"])
def test_a_nul_is_refused_as_such(client: TestClient, address: str) -> None:
    assert client.get(address.format("A%00B")).status_code == 400


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(address=st.sampled_from(ADDRESSES), value=st.text(max_size=80))
def test_hypothesis_finds_no_failure_of_ours(client: TestClient, address: str, value: str) -> None:
    assert client.get(address.format(quote(value.encode("utf-8", "surrogatepass"), safe=""))).status_code < 500


@given(last=st.text(max_size=64).filter(lambda text: "\0" not in text))
def test_a_page_token_gives_back_what_it_was_made_of(last: str) -> None:
    assert parse_page_token("parcels", write_page_token("parcels", last)) == last


@given(last=st.integers(min_value=0, max_value=2**63 - 1))
def test_a_numeric_page_token_gives_back_what_it_was_made_of(last: int) -> None:
    assert parse_numeric_page_token("quarantine", write_page_token("quarantine", last)) == last
