"""Lists of archives (档案列表): the regulator's search, and an employer's practitioners."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from credit_scoring.archive.holder import HolderKind
from credit_scoring.archive.holder_store import HolderLine
from web.views.parts import Choice
from web.words import Words


@dataclass(frozen=True, slots=True)
class ArchiveLine:
    """One holder."""

    name: str
    code: str
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class ArchivesPage:
    """Everything the template places; `form_path` is where a new archive is opened, `kinds` empty: no search."""

    title: str
    lead: str
    rows: tuple[ArchiveLine, ...]
    kinds: tuple[Choice, ...]
    kind: str
    typed: str
    empty: str
    empty_hint: str
    form_path: str
    opening: tuple[Choice, ...]
    is_first: bool
    first_href: str
    next_href: str | None


def build_archives_page(
    words: Words,
    found: Sequence[HolderLine],
    *,
    kind: HolderKind,
    typed: str,
    next_token: str | None,
    is_first: bool,
) -> ArchivesPage:
    """The regulator's list."""
    query = {"kind": kind, "q": typed}
    kinds = tuple(Choice(each, words(f"archive_holder.{each}")) for each in HolderKind)
    return ArchivesPage(
        title=words("archives.title"),
        lead=words("archives.lead"),
        rows=tuple(_line(words, each, f"/regulator/archives/{each.holder.kind}/{each.holder.code}") for each in found),
        kinds=kinds,
        kind=kind,
        typed=typed,
        empty=words("archives.none_found" if typed else "archives.none"),
        empty_hint=words("archives.none_hint"),
        form_path="/regulator/archives/record",
        opening=kinds,
        is_first=is_first,
        first_href=f"/regulator/archives?{urlencode(query)}",
        next_href=f"/regulator/archives?{urlencode({**query, 'next': next_token})}" if next_token else None,
    )


def build_practitioners_page(words: Words, found: Sequence[HolderLine], *, may_open: bool) -> ArchivesPage:
    """An employer's list; a carrier opens archives, a station's manager only reads."""
    kind = HolderKind.PRACTITIONER
    return ArchivesPage(
        title=words("practitioners.title"),
        lead=words("archive.never_public"),
        rows=tuple(_line(words, each, f"/practitioners/{each.holder.code.partition('/')[2]}") for each in found),
        kinds=(),
        kind=kind,
        typed="",
        empty=words("practitioners.none"),
        empty_hint=words("practitioners.none_hint"),
        form_path="/carrier/archive/record",
        opening=(Choice(kind, words(f"archive_holder.{kind}")),) if may_open else (),
        is_first=True,
        first_href="/practitioners",
        next_href=None,
    )


def _line(words: Words, line: HolderLine, href: str) -> ArchiveLine:
    note = words("archives.station", code=line.station) if line.station else ""
    return ArchiveLine(line.name or line.holder.code, line.holder.code, note, href)
