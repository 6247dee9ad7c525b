"""The report (查漏结果): what was searched and what was found, never a value itself; as lines and as JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from web.privacy.checking import Checked
from web.privacy.media import TITLES, Hit, Medium
from web.privacy.planting import Plant

MOST = 50  # groups of hits that are listed


def tell_blind(blind: Sequence[Plant]) -> list[dict[str, Any]]:
    """Where a planted needle was not found: the medium, and what the file's path contains."""
    return [{"medium": each.medium.value, "file": each.part} for each in blind]


def tell_hits(hits: Sequence[Hit], root: Path) -> list[dict[str, Any]]:
    """Hits of one kind and form in one place as one: the first offset, and how many."""
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for hit in hits:
        path = hit.path.relative_to(root) if hit.path.is_relative_to(root) else hit.path
        told = {
            "medium": hit.medium.value, "file": path.as_posix(), "inside": hit.inside, "kind": hit.needle.kind.value,
            "line": hit.needle.line, "form": hit.form, "offset": hit.offset,
        }  # fmt: skip
        key = (hit.medium, path, hit.inside, hit.needle.kind, hit.needle.line, hit.form)
        groups.setdefault(key, told | {"count": 0})["count"] += 1
    return list(groups.values())


def tell_media(octets: Mapping[Medium, int]) -> dict[str, int]:
    """How many octets were read of each medium, unpacked ones too."""
    return {medium.value: octets.get(medium, 0) for medium in Medium}


def tell_checked(checked: Checked) -> dict[str, Any]:
    """The whole check, JSON-ready."""
    day = checked.day
    return {
        "ok": checked.is_well,
        "plants": len(checked.plants),
        "blind": tell_blind(checked.blind),
        "day": {
            "parcels": len(day.waybill_nos), "refused": day.refused, 
            "quarantined": checked.quarantined, "sealed": checked.sealed,
        },
        "values": checked.values,
        "patterns": checked.patterns,
        "octets": tell_media(checked.octets),
        "hits": tell_hits(checked.hits, checked.root),
    }  # fmt: skip


def lines_of_blind(checked: Checked) -> list[str]:
    """Whether every reader sees."""
    if not checked.blind:
        return [f"✓ 埋针 {len(checked.plants)} 处全部找到 planted needles, each found in its medium"]
    return [
        f"✗ {TITLES[each.medium]} · 查不到埋的针 blind: the needle in {each.part} was not found"
        for each in checked.blind
    ]


def lines_of_media(octets: Mapping[Medium, int], hits: Sequence[Hit], root: Path) -> list[str]:
    """A line a medium that was read, then where something lies open."""
    counts = {medium: sum(hit.medium is medium for hit in hits) for medium in Medium}
    lines = [
        f"{'✗' if counts[medium] else '✓'} {TITLES[medium]} · {octets[medium]:,} 字节 octets · {counts[medium]} 处 hits"
        for medium in Medium
        if octets.get(medium)
    ]
    groups = tell_hits(hits, root)
    for each in groups[:MOST]:
        inside = f" › {each['inside']}" if each["inside"] else ""
        whose = each["kind"] if each["line"] is None else f"第 {each['line']} 行 line {each['line']}"
        lines.append(
            f"  {each['medium']} · {each['file']}{inside} · {whose} · {each['form']} · 偏移 offset {each['offset']:,}"
            f" · {each['count']} 次 times"
        )
    if len(groups) > MOST:
        lines.append(f"  另有 {len(groups) - MOST} 处，见 --json · and more, see --json")
    return lines
