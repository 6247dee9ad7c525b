"""The vault's door (保险库之门): how the web asks the vault's process, for whoever is logged in.

To open a record, to erase what a request names, or to show the access ledger.
"""

import http.client
import socket
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from tracker.realname.ledger_reading import LedgerPage
from tracker.realname.vault import Erased
from tracker.wire.sealing import PersonalContent

DOOR, ERASE, LEDGER_DOOR = "/open", "/erase", "/ledger"
PATIENCE = 10.0  # seconds
A = TypeVar("A")


class Opening(Struct, frozen=True):
    """The question. `cookie` is the session's token as the browser sent it: the vault looks it up itself."""

    cookie: str
    record_id: UUID
    purpose: str
    case_no: str

    def __repr__(self) -> str:
        return f"Opening(record_id={self.record_id}, purpose={self.purpose!r})"


class Erasing(Struct, frozen=True):
    """What to erase for a deletion request; `cookie` as in Opening."""

    cookie: str
    request_no: str
    record_ids: list[UUID]

    def __repr__(self) -> str:
        return f"Erasing(request_no={self.request_no!r})"


class LedgerQuestion(Struct, frozen=True):
    """What to show of the access ledger: the newest lines of the ledger below number `before`, at most `limit`."""

    cookie: str
    before: int | None
    limit: int

    def __repr__(self) -> str:
        return f"LedgerQuestion(before={self.before}, limit={self.limit})"


class VaultShut(RuntimeError):
    """The vault did not open it; `code` says why: `vault_away`, or what tracker.realname.vault gives."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Refusal(Struct, frozen=True):
    code: str


class _DoorConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("vault", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(str(self._path))


def socket_of(vault_dir: Path) -> Path:
    """Where the vault listens."""
    return vault_dir / "door"


def ask_vault(vault_dir: Path, opening: Opening) -> PersonalContent:
    """What is in a record, written into the ledger before it opened. Raises VaultShut."""
    return _ask(vault_dir, DOOR, opening, PersonalContent)


def ask_erasure(vault_dir: Path, erasing: Erasing) -> Erased:
    """Records gone, certified before they went. Raises VaultShut."""
    return _ask(vault_dir, ERASE, erasing, Erased)


def ask_ledger(vault_dir: Path, question: LedgerQuestion) -> LedgerPage:
    """A part of the ledger, as far as the asker may see it. Raises VaultShut."""
    return _ask(vault_dir, LEDGER_DOOR, question, LedgerPage)


def _ask(vault_dir: Path, path: str, question: Struct, answer_type: type[A]) -> A:
    connection = _DoorConnection(socket_of(vault_dir))
    try:
        connection.request("POST", path, msgspec.json.encode(question))
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise VaultShut(msgspec.json.decode(body, type=_Refusal).code)
        return msgspec.json.decode(body, type=answer_type)
    except (OSError, http.client.HTTPException, msgspec.MsgspecError) as error:
        raise VaultShut("vault_away") from error
    finally:
        connection.close()
