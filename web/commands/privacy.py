"""The privacy check (查漏命令): `doctor --privacy` in a house of its own, or an operator's list in what is here."""

import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from secrets import randbelow

import msgspec

from web.privacy.checking import check_privacy
from web.privacy.installation_search import read_needles, search_installation
from web.privacy.report import lines_of_blind, lines_of_media, tell_checked, tell_hits, tell_media
from web.settings import Settings

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FAILED = 1
Say = Callable[[str], None]


def run_privacy(*, parcels: int, seed: int | None, as_json: bool, say: Say, note: Say) -> bool:
    """Whether every medium shows its needle and nothing known lies open; `note` hears of each step.

    The house is kept where something was found, and said. Raises HouseFailed, Unreadable, OSError.
    """
    began, seed = time.monotonic(), randbelow(10**6) if seed is None else seed
    end_on_signals()
    folder = Path(tempfile.mkdtemp(prefix="jixin-privacy-"))  # for its owner only
    is_kept = False
    try:
        checked = check_privacy(folder, parcels=parcels, random=Random(seed), say=note)
        is_kept = bool(checked.hits)
        seconds = round(time.monotonic() - began, 1)
        if as_json:
            kept = str(folder) if is_kept else None
            say(_written(tell_checked(checked) | {"seed": seed, "seconds": seconds, "kept": kept}))
            return checked.is_well
        for line in lines_of_blind(checked):
            say(line)
        if checked.blind:
            say("✗ 有介质看不见，未再查 · a reader is blind: what it finds is worth nothing, so no day was searched")
            return False
        day = checked.day
        say(
            f"✓ 一日业务 a day: {len(day.waybill_nos)} 件 parcels and labels, {checked.sealed} 份证件已封存 documents"
            f" sealed, {day.refused} 次拒收 refusals, {checked.quarantined} 份隔离 quarantined"
        )
        for line in lines_of_media(checked.octets, checked.hits, folder):
            say(line)
        told = f"{checked.values:,} 个值 values · {checked.patterns:,} 种形式 forms · {seconds} s · --seed {seed}"
        say(
            f"✓ 无一处外露 nothing lies open · {told}"
            if checked.is_well
            else f"✗ 有个人信息外露 personal data lie open · {told}"
        )
        if is_kept:
            say(f"  试验安装留在 the house is kept: {folder} · 看完请删除 remove it once you have looked")
        return checked.is_well
    finally:
        if not is_kept:
            shutil.rmtree(folder, ignore_errors=True)


def end_on_signals() -> None:
    """The first signal ends what runs, as an error would: processes stop and folders go. Later ones change nothing."""

    def end(*_: object) -> None:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise SystemExit(FAILED)

    for number in ENDING:
        signal.signal(number, end)


def run_search(settings: Settings, file: Path, *, as_json: bool, say: Say, note: Say) -> bool:
    """Whether none of the file's values lies open in this installation.

    Raises Misused, InstallationError, Unreadable, OSError.
    """
    needles = read_needles(file)
    search = search_installation(settings, needles, say=note)
    if as_json:
        told = {
            "ok": not search.hits, "values": len(needles), "patterns": search.patterns,
            "octets": tell_media(search.octets), "hits": tell_hits(search.hits, settings.data_dir),
        }  # fmt: skip
        say(_written(told))
        return not search.hits
    for line in lines_of_media(search.octets, search.hits, settings.data_dir):
        say(line)
    told_values = f"{len(needles):,} 个值 values · {search.patterns:,} 种形式 forms"
    say(
        f"✗ 有值外露 values lie open · {told_values}"
        if search.hits
        else f"✓ 无一处外露 nothing lies open · {told_values}"
    )
    return not search.hits


def _written(told: object) -> str:
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
