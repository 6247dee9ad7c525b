"""The walk on PostgreSQL (换库走全程): the same commands and the same code, another address."""

from pathlib import Path
from uuid import UUID

import psycopg

from tests.walk.installation import Installation
from tests.walk.shift import write_shift

PARCELS = 250


def test_a_file_walks_onto_postgresql_once_and_is_known_the_second_time(
    postgres_url: str, place: Installation, tmp_path: Path
) -> None:
    plain = postgres_url.replace("postgresql+psycopg://", "postgresql://")
    place.variables["JIXIN_DATABASE_URL"] = plain
    shift = write_shift(tmp_path, "ELEPHANT", parcels=PARCELS)
    with place.up():
        first, second = place.replay(shift.file), place.replay(shift.file)
        trace = place.get(f"/api/v1/parcels/{shift.waybills[0]}/trace").json
        ranking = place.get("/api/v1/rankings/carriers").json
        place.must("assess")
        assert place.get("/api/v1/rankings/carriers").json["rows"][0]["parcels"] == PARCELS
    assert (first["recorded"], first["known"], first["unreadable"]) == (PARCELS * 4, 0, 0)
    assert (second["recorded"], second["known"]) == (0, PARCELS * 4)
    assert [each["step"] for each in trace["events"]] == ["announced", "accepted", "departed", "arrived"]
    assert [row["parcels"] for row in ranking["rows"]] == [PARCELS]
    assert not (place.data_dir / "jixin.db").exists()
    with psycopg.connect(plain) as connection:
        stored = connection.execute("SELECT event_id FROM event").fetchall()
        positions = connection.execute("SELECT count(*), min(position), max(position) FROM event").fetchone()
    assert sorted(row[0] for row in stored) == sorted(shift.listed)
    assert positions == (PARCELS * 4, 1, PARCELS * 4)
    assert all(isinstance(row[0], UUID) for row in stored)
