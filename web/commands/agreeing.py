"""The agreements commands (协议客户命令): file a carrier's safety agreements, list them, sign them for its stations."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from stdnum.cn import uscc as uscc_rules

from tracker.store.agreement_store import find_agreements, save_agreements
from tracker.store.database import reading, transaction
from tracker.wire.agreements import Agreement, AgreementList, sign_agreements
from tracker.wire.private_file import write_private
from tracker.wire.topics import is_code
from tracker.wire.versions import VERSION
from web.commands.installation import receipt_key
from web.commands.running import Misused
from web.commands.services import open_store
from web.settings import Settings

COLUMNS = ("carrier", "agreement_no", "customer", "uscc", "valid_from", "valid_until")
OPTIONAL = "ended_on"


class NotFiled(ValueError):
    """The file could not be taken: nothing of it was. The message names each line."""


def run_import(settings: Settings, path: Path) -> int:
    """File a CSV of agreements, all or none; how many. The same file twice changes nothing. Raises NotFiled."""
    agreements = read_agreement_file(path)
    engine = open_store(settings)
    with transaction(engine) as session:
        save_agreements(session, agreements, filed_at=datetime.now(UTC))
    return len(agreements)


def run_list(settings: Settings, carrier: str | None, *, today: date) -> Iterator[str]:
    """One line an agreement, with whether it is in force."""
    engine = open_store(settings)
    with reading(engine) as session:
        agreements = find_agreements(session, carrier)
    for each in agreements:
        mark = "✓" if each.is_in_force(today) else "–"
        until = each.ended_on or each.valid_until
        yield f"{mark} {each.carrier} {each.agreement_no} {each.valid_from}..{until} {each.uscc} {each.customer}"


def run_export(settings: Settings, carrier: str, out: Path, *, now: datetime) -> int:
    """Sign one carrier's agreements for its stations; how many. Raises Misused where the carrier has filed none."""
    engine = open_store(settings)
    with reading(engine) as session:
        agreements = find_agreements(session, carrier)
    if not agreements:
        raise Misused(f"{carrier} 没有登记协议 · this carrier has filed no agreement: `jixin agreements import`")
    listed = AgreementList(VERSION, carrier, now, agreements)
    write_private(out, sign_agreements(listed, receipt_key(settings)).encode())
    return len(agreements)


def read_agreement_file(path: Path) -> list[Agreement]:
    """The agreements of a CSV (UTF-8, header). Raises NotFiled with every line that cannot be taken."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
                raise NotFiled(f"{path} 缺列 columns are missing: {', '.join(missing)}")
            told = [(rows.line_num, row) for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotFiled(f"{path} 不是 UTF-8 的 CSV · is no CSV in UTF-8") from error
    agreements, faults = [], []
    for line, row in told:
        try:
            agreements.append(_parse_row(row))
        except ValueError as error:
            faults.append(f"第 {line} 行 line {line}: {error}")
    if faults:
        raise NotFiled("没有登记任何一条 nothing was filed:\n" + "\n".join(faults))
    return agreements


def _parse_row(row: dict[str, str]) -> Agreement:
    cells = {name: (row.get(name) or "").strip() for name in (*COLUMNS, OPTIONAL)}
    for name in ("carrier", "agreement_no"):
        if not is_code(cells[name]):
            raise ValueError(f"{name}: 1 to 64 letters, digits, - and _")
    if not 0 < len(cells["customer"]) <= 120:
        raise ValueError("customer: 客户名称 the organisation's name, up to 120 characters")
    if not uscc_rules.is_valid(cells["uscc"]):
        raise ValueError("uscc: 统一社会信用代码不符 not a unified social credit code")
    start, end = _parse_day(cells, "valid_from"), _parse_day(cells, "valid_until")
    if end < start:
        raise ValueError("valid_until 早于 valid_from · it ends before it begins")
    ended = _parse_day(cells, OPTIONAL) if cells[OPTIONAL] else None
    customer, code = cells["customer"], uscc_rules.compact(cells["uscc"])
    return Agreement(cells["carrier"], cells["agreement_no"], customer, code, start, end, ended)


def _parse_day(cells: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(cells[name])
    except ValueError:
        raise ValueError(f"{name}: YYYY-MM-DD") from None
