"""The receipt keys on disk (回执密钥文件): the one that signs, the next where one is announced, and how they follow.

The file is the present private key as JWK with members of ours beside it. Everything is in this one file, so that a
change is whole or did not happen. A past key's private half is gone with the change.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tracker.intake.recorder import ReceiptKeys
from tracker.store.key_record import RecordedKey, Standing
from tracker.wire.private_file import write_private
from tracker.wire.signature import Jwk, PrivateJwk, SigningKey, VerifyingKey
from tracker.wire.tracker_keys import KeyNotice, follow_keys, sign_notice
from tracker.wire.versions import VERSION
from web.commands.running import InstallationError

ANNOUNCED_FOR = timedelta(days=1)  # every station that opened its doors meanwhile knows the next key
LOOK_EVERY = 1.0  # seconds between two looks of a running tracker at the file


class Link(Struct, frozen=True):
    """How a key came `after` another (kids): the past one names it, and it names the past one."""

    kid: str
    after: str
    made_at: datetime
    by_past: str
    of_past: str


class NextKey(Struct, frozen=True):
    """An announced key; its link is the last of the file's."""

    private_key: PrivateJwk
    announced_at: datetime


class ReceiptKeyFile(Struct, frozen=True, omit_defaults=True):
    """The file. `made_at` is None in one that was made before keys could change."""

    x: str
    d: str
    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    made_at: datetime | None = None
    next: NextKey | None = None
    links: list[Link] = []

    def __repr__(self) -> str:
        return f"ReceiptKeyFile(x={self.x!r})"

    @property
    def signing(self) -> SigningKey:
        return SigningKey.from_jwk(PrivateJwk(x=self.x, d=self.d))

    @property
    def upcoming(self) -> SigningKey | None:
        return SigningKey.from_jwk(self.next.private_key) if self.next else None

    @property
    def pinned(self) -> list[Jwk]:
        """What a device that is enrolled now believes: the present key, and the next where one is announced."""
        return [key.verifying.to_jwk() for key in (self.signing, self.upcoming) if key is not None]

    @property
    def receipt_keys(self) -> ReceiptKeys:
        """What the tracker signs with, and what it tells devices."""
        return ReceiptKeys(self.signing, tuple(link.by_past for link in self.links))

    @property
    def kids(self) -> set[str]:
        """Every key that this file knows of: past, present and next."""
        return {self.signing.kid} | {kid for link in self.links for kid in (link.kid, link.after)}

    @property
    def public(self) -> list[VerifyingKey]:
        """Every key that signs, will sign or has signed receipts."""
        present, notices = (
            self.signing.verifying,
            [notice for link in self.links for notice in (link.by_past, link.of_past)],
        )
        return list(follow_keys(notices, {present.kid: present}, into_past=True).values())

    def record(self, *, now: datetime) -> list[RecordedKey]:
        """The keys as the store should tell them."""
        present, upcoming = self.signing.kid, self.upcoming
        standing = {present: Standing.PRESENT} | ({upcoming.kid: Standing.NEXT} if upcoming else {})
        keys = [
            RecordedKey(link.kid, standing.get(link.kid, Standing.PAST), link.made_at, (link.by_past, link.of_past))
            for link in self.links
        ]
        if present not in {key.kid for key in keys}:
            keys.insert(0, RecordedKey(present, Standing.PRESENT, self.made_at or now))
        return keys


def new_key_file(*, now: datetime) -> bytes:
    """A first key."""
    jwk = SigningKey.generate().to_jwk()
    return _encode(ReceiptKeyFile(x=jwk.x, d=jwk.d, made_at=now))


def read_key_file(path: Path) -> ReceiptKeyFile:
    """The keys in a file. Raises OSError; InstallationError where they cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ReceiptKeyFile)
    except msgspec.MsgspecError as error:
        raise InstallationError(
            f"{path} 里没有回执密钥 · {path} holds no receipt key: restore it with `jixin restore --keys`"
        ) from error


def announce_next(path: Path, *, now: datetime) -> ReceiptKeyFile:
    """Make the next key, named by the present one; the file as it is now. Raises InstallationError."""
    file = read_key_file(path)
    if file.next is not None:
        raise InstallationError(
            f"下一把密钥已经公布 · the next key was announced at {file.next.announced_at:%Y-%m-%d %H:%M} UTC:"
            " `jixin rotate-keys --switch` uses it"
        )
    upcoming, present = SigningKey.generate(), file.signing
    link = Link(
        kid=upcoming.kid,
        after=present.kid,
        made_at=now,
        by_past=sign_notice(KeyNotice(VERSION, "next", upcoming.verifying.to_jwk(), now), present),
        of_past=sign_notice(KeyNotice(VERSION, "past", present.verifying.to_jwk(), now), upcoming),
    )
    return _write(path, replace(file, next=NextKey(upcoming.to_jwk(), now), links=[*file.links, link]))


def switch_to_next(path: Path, *, now: datetime, at_once: bool) -> ReceiptKeyFile:
    """Sign with the announced key from now on, and forget the private half of the one before; the file as it is now.

    Raises InstallationError where none is announced, or not for long enough and not `at_once`.
    """
    file = read_key_file(path)
    if file.next is None:
        raise InstallationError("还没有公布下一把密钥 · no next key is announced: run `jixin rotate-keys` first")
    ready_at = file.next.announced_at + ANNOUNCED_FOR
    if now < ready_at and not at_once:
        raise InstallationError(
            "终端还在获知新密钥 · "
            f"devices have until {ready_at:%Y-%m-%d %H:%M} UTC to learn the next key; with --now they learn it later,"
            " when they connect next"
        )
    key = file.next.private_key
    return _write(path, replace(file, x=key.x, d=key.d, made_at=file.links[-1].made_at, next=None))


@dataclass(slots=True)
class KeyWatch:
    """A running tracker's look at the file, now and then."""

    path: Path
    clock: Callable[[], float]
    _seen: tuple[int, int] | None = None
    _looked_at: float = field(default=float("-inf"))

    def find_changed(self) -> ReceiptKeys | None:
        """The keys where the file has changed since the last look; a file that cannot be read changes nothing."""
        if self.clock() - self._looked_at < LOOK_EVERY:
            return None
        self._looked_at = self.clock()
        try:
            about = self.path.stat()
            if (about.st_mtime_ns, about.st_ino) == self._seen:
                return None
            found = read_key_file(self.path).receipt_keys
        except (OSError, InstallationError):
            return None
        self._seen = (about.st_mtime_ns, about.st_ino)
        return found


def _write(path: Path, file: ReceiptKeyFile) -> ReceiptKeyFile:
    write_private(path, _encode(file))
    return file


def _encode(file: ReceiptKeyFile) -> bytes:
    return msgspec.json.encode(file)
