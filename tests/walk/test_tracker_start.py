"""A tracker that cannot begin ends, with all of it, and says why."""

from tests.walk.installation import Installation
from tests.walk.processes import free_port


def test_without_its_database_it_ends_at_once_and_leaves_no_process(place: Installation) -> None:
    place.variables["JIXIN_DATABASE_URL"] = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    place.variables["JIXIN_BROKER_URL"] = f"mqtt://127.0.0.1:{free_port()}"
    result = place.run("tracker", seconds=30)
    assert result.returncode == 1
    assert "✗" in result.stderr
    assert place.processes() == []
