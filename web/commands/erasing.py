"""The erasure commands (删除命令): a person's records go on request; every erasure has its certificate."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from tracker.realname.access_ledger import LEDGER, Access
from tracker.realname.case_numbers import parse_case_no
from tracker.realname.erasures import ERASURES, Erasure
from tracker.realname.retention import erase_on_request
from tracker.store.database import transaction
from tracker.store.identity_store import known_records, records_of
from web.commands.running import InstallationError
from web.commands.services import open_store
from web.commands.vault_service import open_vault
from web.settings import Settings


class Erased(Struct, frozen=True):
    """What was erased, and under which line of the list."""

    records: int
    line: int


def run_erase(settings: Settings, *, waybill_no: str | None, record_ids: Sequence[UUID], case_no: str) -> Erased:
    """Erase a parcel's records, or the named ones. Raises InstallationError where there are none."""
    number = parse_case_no(case_no)
    if number is None:
        raise InstallationError(
            "案件编号只能用字母、数字、-/.、括号和第字号，须有数字，不写姓名 · a case number has letters, digits, -/. "
            "and brackets, a digit at least and never a name: the certificate keeps it for ever"
        )
    engine = open_store(settings)
    vault = open_vault(settings.vault_dir)
    with transaction(engine) as session:
        wanted = [each.record_id for each in records_of(session, waybill_no)] if waybill_no else list(record_ids)
        known = sorted(known_records(session, wanted).kept)
        if not known:
            raise InstallationError("没有这样的实名记录 · there is no such identity record")
        records = erase_on_request(session, known, list_=vault.erasures, case_no=number, now=vault.now())
    engine.dispose()
    return Erased(records, vault.erasures.count)


def read_accesses(settings: Settings) -> list[Access]:
    """Every entry of the access ledger. Raises InstallationError."""
    vault = open_vault(settings.vault_dir)
    return [entry for entry, _ in LEDGER.read(vault.ledger.path, vault.keys.signing.verifying)]


def read_erasures(settings: Settings) -> list[tuple[Erasure, str]]:
    """Every erasure with its certificate, a compact JWS by the vault's key. Raises InstallationError."""
    vault = open_vault(settings.vault_dir)
    return list(ERASURES.read(vault.erasures.path, vault.keys.signing.verifying))
