"""The search of an installation (查本安装): an operator's own list of values, in the data dir and the database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from web.commands.running import InstallationError, Misused
from web.commands.services import open_store
from web.privacy.contents import Stream, values_of
from web.privacy.media import TITLES, Medium, Search, files_of
from web.privacy.needles import Needle, NeedleKind
from web.privacy.spellings import SHORTEST
from web.settings import Settings


def read_needles(path: Path) -> list[Needle]:
    """A value a line, UTF-8. Raises Misused, which repeats none of them; OSError."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise Misused(f"{path} 不是 UTF-8 · is not UTF-8: write it so") from None
    needles = [
        Needle(NeedleKind.NAMED, line.strip(), line=number) for number, line in enumerate(lines, 1) if line.strip()
    ]
    if not needles:
        raise Misused(f"{path} 没有要查的值 · names no value: one a line")
    for needle in needles:
        if len(needle.value.encode()) < SHORTEST:
            raise Misused(
                f"第 {needle.line} 行太短 · line {needle.line} is too short to be told from noise: {SHORTEST} octets of"
                " UTF-8 at least, which two Chinese characters have"
            )
    return needles


def search_installation(settings: Settings, needles: list[Needle], *, say: Callable[[str], None]) -> Search:
    """What lies open of these. Nothing is written. Raises InstallationError, Unreadable, OSError."""
    if not settings.data_dir.is_dir():
        raise InstallationError(f"没有数据目录 · there is no data dir {settings.data_dir}: see JIXIN_DATA_DIR")
    search = Search.of(needles)
    for medium in search.run(files_of(settings.data_dir)):
        say(f"查 searching {TITLES[medium]}")
    if not settings.store_url.startswith("sqlite"):
        engine = open_store(settings)
        say(f"查 searching {TITLES[Medium.DATABASE]}: {engine.dialect.name}")
        search.look_at(Medium.DATABASE, tables_of(engine))
        engine.dispose()
    return search


def tables_of(engine: Engine) -> Iterator[Stream]:
    """Every table's values, as the server shows them; what it deleted and has not yet given up is on its own disk."""
    with engine.connect().execution_options(stream_results=True) as connection:
        for name in sa.inspect(engine).get_table_names():
            rows = connection.execute(sa.select(sa.text("*")).select_from(sa.table(name)))
            yield Stream(Path(engine.dialect.name), name, values_of(rows))
