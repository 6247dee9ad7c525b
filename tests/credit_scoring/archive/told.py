"""Records told by hand (手工录入): invented enterprises with valid codes, and what a form would send about them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.engine import Engine
from stdnum.cn import uscc as uscc_rules

from credit_scoring.archive.archive_store import Appended, append_record
from credit_scoring.archive.parse import parse_record
from credit_scoring.evidence.scope import Scope
from credit_scoring.evidence.window import Window
from tracker.store.database import transaction
from tracker.store.registry import Carrier, save_carrier
from tracker.working_days import local_day_of

NOW = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = Window(date(2026, 1, 1), date(2027, 1, 1))
SCOPE = Scope(YEAR, None, datetime(2027, 2, 15, 12, 0, tzinfo=UTC))
PROOF = {
    "proof_sha256": "ab" * 32,
    "proof_type": "decision",
    "proof_name": "渝邮罚〔2026〕1号",
    "proof_held_by": "administration",
}


def invented_uscc(number: int) -> str:
    """A code whose check character is right and whose division does not exist."""
    bare = f"91990000JX{number:07}"
    return bare + str(uscc_rules.calc_check_digit(bare))


BIRD, ROAD, SHOP, HEAD = (invented_uscc(number) for number in range(1, 5))


def about(holder: str = BIRD, kind: str = "identity", **fields: Any) -> dict[str, Any]:
    """What a regulator's form sends."""
    told = {
        "holder_kind": "enterprise",
        "holder": holder,
        "kind": kind,
        "source": "entered",
        "document_date": "2026-03-01",
        **fields,
    }
    if kind == "identity" and told["holder_kind"] != "practitioner":
        told.setdefault("name_zh", "青鸟速运有限公司")
    return told


def licence(number: str = "国邮20200001A", holder: str = BIRD, **fields: Any) -> dict[str, Any]:
    told = {"number": number, "areas": ["*"], "valid_from": "2022-01-01", "valid_until": "2026-12-31", **fields}
    return about(holder, "licence", **told)


def penalty(number: str = "渝邮罚〔2026〕1号", holder: str = BIRD, **fields: Any) -> dict[str, Any]:
    told = {"number": number, "about": "safety", "measures": ["fine"], **PROOF, **fields}
    return about(holder, "penalty", **told)


def outlet(code: str, *, opened: str, filed: str = "", holder: str = BIRD, **fields: Any) -> dict[str, Any]:
    told = {"outlet": code, "valid_from": opened, "division": "500112", **fields, "document_date": filed}
    return about(holder, "outlet", **told)


def tell(engine: Engine, *told: dict[str, Any], at: datetime = NOW, by: str = "regulator") -> list[Appended]:
    """Append what is told, one transaction for all."""
    with transaction(engine) as session:
        return [
            append_record(session, parse_record(each, today=local_day_of(at)), entered_by=by, recorded_at=at)
            for each in told
        ]


def open_archives(engine: Engine, **uscc_of: str) -> None:
    """Carriers by code with their USCC, and an archive of each."""
    with transaction(engine) as session:
        for code, uscc in uscc_of.items():
            save_carrier(session, Carrier(code, uscc=uscc))
    tell(engine, *(about(uscc) for uscc in dict.fromkeys(uscc_of.values())))
