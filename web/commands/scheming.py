"""The schemes commands (评定方案命令): what there is, one as it was written, and whether a file would be one."""

from collections.abc import Iterator
from pathlib import Path

from credit_scoring.scheme.directory import Schemes
from credit_scoring.scheme.draft import MOST_OCTETS, DraftFault, DraftRefused
from credit_scoring.scheme.policy import parse_scheme
from credit_scoring.scheme.rules import Level, Scheme
from credit_scoring.scheme.scheme_store import schemes_of
from tracker.store.database import reading
from web.commands.services import open_store
from web.settings import Settings

LEVELS = {Level.NATIONAL: "全国 nation", Level.PROVINCIAL: "省级 province", Level.CITY: "市级 city"}


def run_list(settings: Settings) -> Iterator[str]:
    """One line a scheme, in the order in which they begin to hold."""
    return (_line(scheme) for scheme in _schemes(settings).known)


def run_show(settings: Settings, version: str) -> bytes:
    """A scheme's file. Raises SchemeUnknown."""
    return _schemes(settings).of(version).file


def run_check(file: Path) -> str:
    """What a file holds; needs no store. Raises SchemeInvalid with the line, DraftRefused, OSError."""
    with file.open("rb") as opened:
        content = opened.read(MOST_OCTETS + 1)
    if len(content) > MOST_OCTETS:
        raise DraftRefused(DraftFault.TOO_LARGE, f"{MOST_OCTETS // 1024} KiB")
    return f"✓ {_line(parse_scheme(content))}"


def _schemes(settings: Settings) -> Schemes:
    with reading(open_store(settings)) as session:
        return schemes_of(session)


def _line(scheme: Scheme) -> str:
    status = "建议稿 proposal" if scheme.proposal else "已通过 adopted"
    place = " ".join(filter(None, (LEVELS[scheme.level], scheme.division)))
    days = f"{scheme.valid_from}..{scheme.valid_until}"
    return f"{scheme.version} {days} · {place} · {status} · sha256 {scheme.sha256}"
