"""An enrolment (入网凭据): what a device is given once, and keeps in a file of mode 0600."""

from pathlib import Path

import msgspec
from msgspec import Struct

from tracker.wire.private_file import write_private
from tracker.wire.signature import Jwk, PrivateJwk, SigningKey, VerifyingKey
from tracker.wire.topics import Post
from tracker.wire.vault_keys import VaultWord


class NotAnEnrolment(ValueError):
    """The file holds something else; the message says what to do."""


class BrokerLogin(Struct, frozen=True, omit_defaults=True):
    """Where and as whom a device connects; `url` is mqtt[s]://host:port, a cluster's nodes separated by commas.

    For mqtts://, as PEM: `ca` is whom to believe instead of the system's authorities, `certificate` and
    `certificate_key` are shown to a broker that asks for them.
    """

    url: str
    username: str
    password: str
    ca: str | None = None
    certificate: str | None = None
    certificate_key: str | None = None

    def __repr__(self) -> str:
        return f"BrokerLogin(url={self.url!r}, username={self.username!r})"


class Enrolment(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One device's identity. A gateway's has the codes `*` and `*` and the device `replay`.

    `vault` is the vault's word at the time: the device seals with it before it has ever heard the tracker.
    `label_key` is what the device makes label tokens with, 32 bytes as base64url; a gateway has none, nor has a device
    that was enrolled before there were labels. `self_service`: it may check senders beforehand. `division` is where
    its station stands, GB/T 2260: what the origin of a parcel accepted there is.
    """

    carrier: str
    station: str
    device: str
    kid: str
    private_key: PrivateJwk
    broker: BrokerLogin
    tracker_keys: list[Jwk]
    vault: VaultWord | None = None
    label_key: str | None = None
    self_service: bool = False
    division: str | None = None

    def __repr__(self) -> str:
        return f"Enrolment(kid={self.kid!r})"

    @property
    def post(self) -> Post:
        """Raises ValueError for a gateway, which stands at no single post."""
        return Post(self.carrier, self.station, self.device)

    @property
    def is_gateway(self) -> bool:
        return self.carrier == "*" and self.station == "*"

    @property
    def signing_key(self) -> SigningKey:
        return SigningKey.from_jwk(self.private_key)

    @property
    def pinned_keys(self) -> dict[str, VerifyingKey]:
        return {jwk.kid: VerifyingKey.from_jwk(jwk) for jwk in self.tracker_keys}


def write_enrolment(enrolment: Enrolment, path: Path) -> None:
    """Write the file whole or not at all, readable by its owner only. Overwrites. Raises OSError."""
    write_private(path, msgspec.json.format(msgspec.json.encode(enrolment), indent=2) + b"\n")


def read_enrolment(path: Path) -> Enrolment:
    """The enrolment in a file. Raises OSError, NotAnEnrolment."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Enrolment)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotAnEnrolment(
            f"这不是凭据文件 · {path} is not an enrolment file; make one with `jixin enrol`"
        ) from error
