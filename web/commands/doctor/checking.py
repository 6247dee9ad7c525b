"""The doctor (自检): looks at an installation, one line a check, and says what to do."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from web.commands.doctor.chain_checks import check_access_ledger, check_audit_log, check_erasures
from web.commands.doctor.installation_checks import check_broker, check_database_file, check_disk, check_modes
from web.commands.doctor.rights_checks import check_calendar, check_rights
from web.commands.doctor.store_checks import (
    check_certificates,
    check_clock,
    check_durability,
    check_parcels,
    check_positions,
    check_rolling_hash,
)
from web.commands.running import InstallationDoubt, InstallationError
from web.commands.services import open_store
from web.settings import Settings
from web.unknown_settings import find_unknown_settings


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; where it is not `ok`, or `warns`, `said` also says what to do."""

    check: str
    ok: bool
    said: str
    warns: bool = False

    @property
    def mark(self) -> str:
        return "!" if self.warns else "✓" if self.ok else "✗"


def run_doctor(settings: Settings, *, as_json: bool, say: Callable[[str], None]) -> bool:
    """Say every check's finding; whether all is well."""
    found = []
    for finding in examine(settings):
        found.append(finding)
        if not as_json:
            say(f"{finding.mark} {finding.check} · {finding.said}")
    if as_json:
        say(msgspec.json.format(msgspec.json.encode([asdict(each) for each in found]), indent=2).decode())
    return all(finding.ok for finding in found)


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check in order; those of what the store holds only where it opens."""
    yield _look("设置 settings", partial(_check_settings, settings))
    yield _look("权限 modes", partial(check_modes, settings))
    yield _look("磁盘 disk", partial(check_disk, settings))
    yield _look("代理 broker", partial(check_broker, settings))
    database = _look("数据库 database", partial(_check_database, settings))
    yield database
    if database.ok:
        engine = open_store(settings)
        yield _look("时钟 clock", partial(check_clock, engine))
        yield _look("落盘 durability", partial(check_durability, engine))
        yield _look("序号 positions", partial(check_positions, engine))
        yield _look("滚动哈希 rolling hash", partial(check_rolling_hash, engine))
        yield _look("邮件现状 parcel rows", partial(check_parcels, engine))
        yield _look("终端证书 device certificates", partial(check_certificates, engine))
        yield _look("审计日志 audit log", partial(check_audit_log, engine))
        yield _look("查阅台账 access ledger", partial(check_access_ledger, settings, engine))
        yield _look("删除清单 erasures", partial(check_erasures, settings, engine))
        yield _look("权利请求 rights requests", partial(check_rights, engine))
        yield _look("工作日历 calendar", check_calendar)
        engine.dispose()


def _check_settings(settings: Settings) -> str:
    if unknown := find_unknown_settings():
        raise InstallationDoubt(f"有不认识的设置 · nobody reads {', '.join(unknown)}: see docs/settings.md")
    return f"data dir {settings.data_dir.absolute()}"


def _check_database(settings: Settings) -> str:
    check_database_file(settings)
    engine = open_store(settings)
    engine.dispose()
    return f"{engine.dialect.name}, at this version's schema"


def _look(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ok=True, said=check())
    except InstallationDoubt as doubt:
        return Finding(name, ok=True, said=str(doubt), warns=True)
    except InstallationError as fault:
        return Finding(name, ok=False, said=str(fault))
    except SQLAlchemyError as fault:
        return Finding(
            name, ok=False, said=f"数据库没有应答 · the database does not answer ({type(fault).__name__}): see its log"
        )
