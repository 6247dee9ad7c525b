"""The media (介质): where values may lie open, which file is of which, and what was found in each."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from web.privacy.contents import Stream, streams_of
from web.privacy.finder import Finder
from web.privacy.needles import Needle
from web.privacy.spellings import patterns_of

Read = Callable[[Path], Iterable[Stream]]


class Medium(StrEnum):
    """Where it may lie."""

    DATABASE = "database"
    WAL = "wal"
    BROKER = "broker"
    STATION = "station"
    VAULT = "vault"
    LOGS = "logs"
    METRICS = "metrics"
    EXPORTS = "exports"
    BACKUPS = "backups"
    CAPTURE = "capture"
    REST = "rest"


TITLES = {
    Medium.DATABASE: "数据库文件 database files",
    Medium.WAL: "预写日志 write-ahead log",
    Medium.BROKER: "代理存储 broker store",
    Medium.STATION: "网点磁盘 station's disk",
    Medium.VAULT: "保险库目录 vault's folder",
    Medium.LOGS: "日志 logs",
    Medium.METRICS: "指标 metrics",
    Medium.EXPORTS: "导出 exports",
    Medium.BACKUPS: "备份 backups",
    Medium.CAPTURE: "抓包 packet capture",
    Medium.REST: "其余文件 other files",
}
_FOLDERS = {"outbox": Medium.STATION} | {
    each.value: each
    for each in (
        Medium.BROKER, Medium.STATION, Medium.VAULT, Medium.LOGS, Medium.METRICS, Medium.EXPORTS, Medium.BACKUPS,
        Medium.CAPTURE,
    )
}  # fmt: skip
_DATABASES = (".db", ".sqlite", ".db-shm")


@dataclass(frozen=True, slots=True)
class Hit:
    """A needle that lies open: where, in which form, and at which octet of the file or of the part `inside`."""

    medium: Medium
    path: Path
    inside: str
    offset: int
    needle: Needle
    form: str


def medium_of(path: Path) -> Medium:
    """The medium of a file, from its path below the folder that is searched: the outermost folder's name decides."""
    if path.name.endswith(".log"):
        return Medium.LOGS
    medium = next((_FOLDERS[part] for part in path.parts[:-1] if part in _FOLDERS), None)
    if medium in (None, Medium.STATION) and path.name.endswith("-wal"):
        return Medium.WAL
    if medium is None:
        return Medium.DATABASE if path.name.endswith(_DATABASES) else Medium.REST
    return medium


def files_of(root: Path) -> list[tuple[Medium, Path]]:
    """Every file below a folder with its medium, in order of the media and of their names."""
    order = list(Medium)
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    told = [(medium_of(path.relative_to(root)), path) for path in files]
    return sorted(told, key=lambda one: (order.index(one[0]), one[1]))


@dataclass(slots=True)
class Search:
    """One search over a folder; `octets` counts what was read of each medium, as it lies and as it is read."""

    finder: Finder
    patterns: int
    read: Read
    octets: Counter[Medium] = field(default_factory=Counter)
    hits: list[Hit] = field(default_factory=list)

    @staticmethod
    def of(needles: Iterable[Needle], *, read: Read = streams_of) -> "Search":
        """A search for every form of these that has seen nothing yet."""
        patterns = [pattern for needle in needles for pattern in patterns_of(needle)]
        return Search(Finder(patterns), len(patterns), read)

    def run(self, files: Sequence[tuple[Medium, Path]]) -> Iterator[Medium]:
        """Look through files; each medium is said when it begins. Raises Unreadable, OSError."""
        present = None
        for medium, path in files:
            if medium is not present:
                present = medium
                yield medium
            with suppress(FileNotFoundError):  # a broker and a database give files up while we look
                self.look_at(medium, self.read(path))

    def look_at(self, medium: Medium, streams: Iterable[Stream]) -> None:
        """Look through streams. Raises Unreadable, OSError."""
        for stream in streams:
            for found in self.finder.find(self._counted(medium, stream)):
                self.hits.append(
                    Hit(medium, stream.path, stream.inside, found.offset, found.pattern.needle, found.pattern.form)
                )

    def _counted(self, medium: Medium, stream: Stream) -> Iterator[bytes]:
        for chunk in stream.chunks:
            self.octets[medium] += len(chunk)
            yield chunk
