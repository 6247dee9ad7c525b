"""What leaves an installation (离开安装的内容): metrics, exports and a backup, taken as an operator takes them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from io import StringIO
from pathlib import Path

import msgspec
from rich.console import Console

from tracker.access.api_tokens import TokenScope
from tracker.access.roles import Role
from tracker.archive.writing import write_archive
from tracker.store.database import reading
from tracker.store.months import Month
from web.commands.accounts import make_account, make_api_token
from web.commands.assessing import run_assess
from web.commands.backing_up import run_backup
from web.commands.quarantining import run_export
from web.commands.receipt_keys import read_key_file
from web.privacy.browser import Browser
from web.privacy.house import BACKUPS, EXPORTS, METRICS, House, HouseFailed
from web.privacy.needles import Needle, NeedleKind


@dataclass(frozen=True, slots=True)
class Administrator:
    """An account whose name is `login`, and its token for everything that a token may do."""

    login: str
    token: str = field(repr=False)

    @staticmethod
    def of(house: House, login: str) -> "Administrator":
        """Make the account."""
        make_account(house.engine, login, Role.ADMINISTRATOR)
        _, token = make_api_token(house.engine, login, list(TokenScope), days=1)
        return Administrator(login, token)

    @property
    def needle(self) -> Needle:
        """The name, where it was planted."""
        return Needle(NeedleKind.PLANTED, self.login)


def take_out(house: House, when: str, asked_by: Administrator, waybill_nos: Sequence[str], *, opened: bool) -> None:
    """Write metrics, exports and a backup below folders of these names. `opened`: with the vault's keys at hand, the
    quarantine goes out as it came; without them it stays sealed. Raises HouseFailed, OSError."""
    _take_metrics(house, house.folder / METRICS / when)
    quiet = Console(file=StringIO())
    exports = house.folder / EXPORTS / when
    exports.mkdir(parents=True)
    seen = Browser(house.settings.web_port, token=asked_by.token)
    pages = {
        "audit.csv": "/admin/audit.csv",
        "rankings.csv": "/rankings.csv",
        "quarantine-list.json": "/api/v1/quarantine",
        "devices.json": "/api/v1/devices",
    }
    for number, waybill_no in enumerate(waybill_nos):
        pages[f"proof-{number}.json"] = f"/api/v1/parcels/{waybill_no}/proof"
        pages[f"trace-{number}.json"] = f"/api/v1/parcels/{waybill_no}/trace"
    for name, path in pages.items():
        answer = seen.get(path)
        if answer.status != 200:
            raise HouseFailed(f"{path.partition('?')[0]} answered {answer.status}: nothing was exported")
        (exports / name).write_bytes(answer.body)
    shut = house.settings.model_copy(update={"vault_folder": house.folder / "no-vault"})
    run_export(house.settings if opened else shut, exports / "quarantine.jsonl", before=None, code=None, console=quiet)
    run_assess(house.settings, from_=None, to=None, division=None, scheme=None, export=exports / "run.json",
               console=quiet)  # fmt: skip
    _archive(house, exports / "archive")
    run_backup(house.settings, house.folder / BACKUPS / when, console=quiet)


def _take_metrics(house: House, folder: Path) -> None:
    """What each process shows to Prometheus: where it is, its own file says."""
    folder.mkdir(parents=True)
    for file in sorted(house.settings.metrics_folder.glob("*.json")):
        (told,) = msgspec.json.decode(file.read_bytes())
        line = HTTPConnection(told["targets"][0], timeout=30)
        line.request("GET", "/metrics")
        (folder / f"{file.stem}.txt").write_bytes(line.getresponse().read())
        line.close()


def _archive(house: House, folder: Path) -> None:
    """This month, which the command would not archive before its end."""
    folder.mkdir()
    now = datetime.now(UTC)
    key = read_key_file(house.settings.receipt_key_file).signing
    with reading(house.engine) as session:
        write_archive(session, Month.at(now), folder, revision="", key=key, notices=(), now=now,
                      progress=lambda *_: None)  # fmt: skip
