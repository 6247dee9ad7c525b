"""The website on both engines (两种数据库): the same answers from SQLite and from PostgreSQL."""

from pathlib import Path

from sqlalchemy.engine import Engine

from tests.web.conftest import ADMIN, build_client, fill
from tests.web.parcels import DELIVERED, GTIN, LOT


def test_every_page_reads_from_either_engine(engine: Engine, tmp_path: Path) -> None:
    fill(engine)
    client = build_client(engine, tmp_path)
    addresses = ["/", f"/t/{DELIVERED}", "/rankings", "/rankings.csv", "/carriers/BLUEBIRD", "/metrics",
                 "/carriers/FLYGRAIN/parcels?indicator=delivered_in_time", f"/01/{GTIN}/10/{LOT}/21/K7QX%2F9M2T",
                 f"/api/v1/parcels/{DELIVERED}/proof", "/api/v1/rankings/carriers", "/api/v1/carriers/LADE/credit",
                 "/api/v1/quarantine", f"/t/{DELIVERED}/qr.svg"]  # fmt: skip
    assert {address: client.get(address, headers=ADMIN).status_code for address in addresses} == dict.fromkeys(
        addresses, 200
    )


def test_an_empty_store_answers_too(engine: Engine, tmp_path: Path) -> None:
    client = build_client(engine, tmp_path)
    for address in ("/", "/rankings", "/metrics", "/api/v1/rankings/carriers", "/api/v1/quarantine"):
        assert client.get(address, headers=ADMIN).status_code == 200, address
    assert client.get("/t/AB1").status_code == 404
