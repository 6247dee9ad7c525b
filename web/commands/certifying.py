"""The certificates of an installation (证书): two authorities in the data dir's `keys/`, and what they vouch for."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path

from msgspec import structs

from tracker.intake.authority import CERTIFICATE_DAYS, Authority, Certified
from tracker.wire.enrolment import BrokerLogin
from tracker.wire.private_file import write_once, write_private
from web.settings import Settings

BROKERS_CA = "brokers-ca.pem"  # key and certificate: vouches for the brokers and the tracker
DEVICES_CA = "devices-ca.pem"  # for devices and gateways
REVOKED = "devices.crl"


def key_folder(settings: Settings) -> Path:
    """Where keys lie."""
    return settings.data_dir / "keys"


def brokers_authority(settings: Settings) -> Authority:
    """The authority of the brokers and the tracker; made on first use."""
    return _authority(key_folder(settings) / BROKERS_CA, "Jixin brokers")


def devices_authority(settings: Settings) -> Authority:
    """The authority of devices and gateways; made on first use."""
    return _authority(key_folder(settings) / DEVICES_CA, "Jixin devices")


def certify_device(settings: Settings, username: str, *, days: int = CERTIFICATE_DAYS) -> Certified:
    """A new certificate for a device or gateway, beside those it has. Raises NameTooLong."""
    return devices_authority(settings).certify_client(username, now=datetime.now(UTC), days=days)


def certify_tracker(settings: Settings, username: str) -> Certified:
    """A new certificate for the tracker, kept in `keys/`."""
    certified = brokers_authority(settings).certify_client(username, now=datetime.now(UTC))
    folder = key_folder(settings)
    for name, authority in ("brokers", brokers_authority(settings)), ("devices", devices_authority(settings)):
        write_private(folder / f"{name}-ca.crt", authority.certificate_pem.encode())
    write_private(folder / "tracker.key", certified.key.encode())
    write_private(folder / "tracker.crt", certified.certificate.encode())
    return certified


def certify_broker(settings: Settings, name: str, hosts: Iterable[str]) -> Certified:
    """A new certificate for a broker that is reached under these host names and addresses.

    It lies in `keys/` too, without its key: what ends is watched there.
    """
    certified = brokers_authority(settings).certify_broker(hosts, now=datetime.now(UTC))
    write_private(key_folder(settings) / f"{name}.crt", certified.certificate.encode())
    return certified


def revoke_certificates(settings: Settings, serials: Collection[str] = ()) -> bytes:
    """The devices' revocation list (PEM), with these serial numbers added."""
    path = key_folder(settings) / REVOKED
    known = path.read_bytes() if path.exists() else None
    if known is None or serials:
        known = devices_authority(settings).revoke(serials, crl=known, now=datetime.now(UTC))
        write_private(path, known)
    return known


def login_with(settings: Settings, login: BrokerLogin, certified: Certified) -> BrokerLogin:
    """The same login with a certificate, believing our brokers only."""
    return structs.replace(
        login,
        ca=brokers_authority(settings).certificate_pem,
        certificate=certified.certificate,
        certificate_key=certified.key,
    )


def _authority(path: Path, name: str) -> Authority:
    if not path.exists():
        write_once(path, Authority.create(name, now=datetime.now(UTC)).pem)
    return Authority.from_pem(path.read_bytes())
