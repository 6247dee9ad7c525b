"""The JSON that leaves the house (公开数据), byte for byte."""

import json
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.web.parcels import CORRECTED, DELIVERED, IMPORTED

ADDRESSES = {
    "trace": f"/api/v1/parcels/{DELIVERED}/trace",
    "trace-corrected": f"/api/v1/parcels/{CORRECTED}/trace",
    "trace-imported": f"/api/v1/parcels/{IMPORTED}/trace",
    "ranking": "/api/v1/rankings/carriers",
    "credit": "/api/v1/carriers/FARREACH/credit",
    "problem": "/api/v1/parcels/NOBODY1/trace",
    "problem-input": "/api/v1/carriers/FARREACH/credit?from=yesterday",
}


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_the_json_is_what_others_were_told(client: TestClient, golden: Callable[[str, bytes], None], name: str) -> None:
    """Laid out in lines here, so that a change can be read."""
    answer = client.get(ADDRESSES[name]).json()
    golden(f"web/{name}.json", (json.dumps(answer, ensure_ascii=False, indent=1) + "\n").encode())
