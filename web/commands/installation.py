"""An installation (安装): the data dir with its keys, tokens, users and enrolments, made on first use."""

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy.engine import Engine

from tracker.intake.broker import reload_broker
from tracker.intake.broker_users import (
    GATEWAY,
    TRACKER,
    changing_users,
    device_user,
    gateway_user,
    new_password,
    read_users,
    tracker_user,
)
from tracker.store.database import transaction
from tracker.store.registry import ANY, revoke_device_keys, revoke_gateway_keys, save_device_key
from tracker.wire.enrolment import BrokerLogin, Enrolment, read_enrolment, write_enrolment
from tracker.wire.signature import PrivateJwk, SigningKey
from tracker.wire.topics import GATEWAY_DEVICE, Post
from web.commands.running import InstallationError, find_broker_url, running_broker
from web.settings import Settings


def make_data_dir(settings: Settings) -> None:
    """The data dir, for its owner only."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InstallationError(f"cannot make the data dir {settings.data_dir}: {error.strerror}") from error


def receipt_key(settings: Settings) -> SigningKey:
    """The key that signs receipts; made on first use, for its owner only."""
    path = settings.receipt_key_file
    if not path.exists():
        _write_once(path, msgspec.json.encode(SigningKey.generate().to_jwk()))
    return SigningKey.from_jwk(msgspec.json.decode(path.read_bytes(), type=PrivateJwk))


def admin_token(settings: Settings) -> str:
    """The administrator's bearer token; made on first use, mode 0600."""
    if not settings.admin_token_file.exists():
        _write_once(settings.admin_token_file, secrets.token_urlsafe(32).encode() + b"\n")
    return settings.admin_token_file.read_text().strip()


def tracker_client_id(settings: Settings) -> str:
    """The tracker's MQTT client id, a secret: whoever connects with it throws the tracker off."""
    path = settings.data_dir / "keys" / "tracker-client-id"
    if not path.exists():
        _write_once(path, f"tracker-{secrets.token_urlsafe(24)}".encode())
    return path.read_text().strip()


def ensure_own_users(settings: Settings) -> None:
    """The tracker's and the gateway's users on the embedded broker."""
    with changing_users(settings.broker_folder) as users:
        for name, make in ((TRACKER, tracker_user), (GATEWAY, gateway_user)):
            known = users.get(name)
            users[name] = make(known.password if known else new_password())


def broker_login(settings: Settings) -> BrokerLogin:
    """How the tracker reaches the broker. Raises InstallationError when there is none."""
    url = broker_url(settings)
    if settings.broker_url is None:
        user = read_users(settings.broker_folder)[TRACKER]
        return BrokerLogin(url, user.username, user.password)
    password = settings.broker_password.get_secret_value() if settings.broker_password else ""
    return BrokerLogin(url, settings.broker_username or "", password)


def broker_url(settings: Settings) -> str:
    """The broker in use: the one set, else the running embedded one. Raises InstallationError."""
    url = find_broker_url(settings)
    if url is None:
        raise InstallationError(
            f"no broker runs with the data dir {settings.data_dir}: start `jixin up` or `jixin demo`"
        )
    return url


def ensure_gateway(settings: Settings, engine: Engine, url: str) -> Enrolment:
    """The gateway's enrolment in the data dir, its key known to the registry."""
    path = settings.gateway_file
    key = read_enrolment(path).signing_key if path.exists() else SigningKey.generate()
    enrolment = _gateway(settings, key, url)
    _register(engine, enrolment)
    write_enrolment(enrolment, path)
    return enrolment


def enrol_device(settings: Settings, engine: Engine, post: Post) -> Enrolment:
    """Make a device's key and broker user and register both, while everything runs."""
    (enrolment,) = enrol_devices(settings, engine, [post])
    return enrolment


def enrol_devices(settings: Settings, engine: Engine, posts: list[Post]) -> list[Enrolment]:
    """Enrol many devices at once; the broker reads its users again once."""
    if any(post.device == GATEWAY_DEVICE for post in posts):
        raise InstallationError(f"the device name `{GATEWAY_DEVICE}` belongs to gateways")
    url = find_broker_url(settings) or _future_url(settings)
    passwords = {post: new_password() for post in posts}
    if settings.broker_url is None:
        with changing_users(settings.broker_folder) as users:
            for post in posts:  # a device that has a user keeps its password: the station in use is not cut off
                known = users.get(post.username)
                passwords[post] = known.password if known else passwords[post]
                users[post.username] = device_user(post, passwords[post])
        _reload(settings)
    enrolments = [
        _enrolment(
            settings,
            carrier=post.carrier,
            station=post.station,
            device=post.device,
            key=SigningKey.generate(),
            login=BrokerLogin(url, post.username, password),
        )
        for post, password in passwords.items()
    ]
    for enrolment in enrolments:
        _register(engine, enrolment)
    return enrolments


def enrol_gateway(settings: Settings, engine: Engine) -> Enrolment:
    """Make another gateway key; the gateways of a data dir share one broker user."""
    if settings.broker_url is None:
        with changing_users(settings.broker_folder) as users:
            users.setdefault(GATEWAY, gateway_user(new_password()))
        _reload(settings)
    url = find_broker_url(settings) or _future_url(settings)
    enrolment = _gateway(settings, SigningKey.generate(), url)
    _register(engine, enrolment)
    return enrolment


def revoke_device(settings: Settings, engine: Engine, post: Post) -> int:
    """Close a device's keys and broker user at once; how many keys were in force."""
    with transaction(engine) as session:
        revoked = revoke_device_keys(session, post, revoked_at=datetime.now(UTC))
    if settings.broker_url is None:
        with changing_users(settings.broker_folder) as users:
            users.pop(post.username, None)
        _reload(settings)
    return revoked


def revoke_gateway(settings: Settings, engine: Engine) -> int:
    """Close every gateway key and the gateway's broker user at once, and make new ones; how many keys were in force."""
    with transaction(engine) as session:
        revoked = revoke_gateway_keys(session, revoked_at=datetime.now(UTC))
    settings.gateway_file.unlink(missing_ok=True)
    if settings.broker_url is None:
        with changing_users(settings.broker_folder) as users:
            users[GATEWAY] = gateway_user(new_password())
        _reload(settings)
    ensure_gateway(settings, engine, find_broker_url(settings) or _future_url(settings))
    return revoked


def _register(engine: Engine, enrolment: Enrolment) -> None:
    with transaction(engine) as session:
        save_device_key(
            session,
            carrier=enrolment.carrier,
            station=enrolment.station,
            device=enrolment.device,
            kid=enrolment.kid,
            public_key=enrolment.signing_key.verifying.public_bytes,
            enrolled_at=datetime.now(UTC),
        )


def _gateway(settings: Settings, key: SigningKey, url: str) -> Enrolment:
    users = read_users(settings.broker_folder)
    login = BrokerLogin(url, GATEWAY, users[GATEWAY].password if GATEWAY in users else "")
    return _enrolment(settings, carrier=ANY, station=ANY, device=GATEWAY_DEVICE, key=key, login=login)


def _enrolment(
    settings: Settings, *, carrier: str, station: str, device: str, key: SigningKey, login: BrokerLogin
) -> Enrolment:
    return Enrolment(
        carrier=carrier,
        station=station,
        device=device,
        kid=key.kid,
        private_key=key.to_jwk(),
        broker=login,
        tracker_keys=[receipt_key(settings).verifying.to_jwk()],
    )


def _future_url(settings: Settings) -> str:
    return f"mqtt://{settings.broker_host}:{settings.broker_port}"


def _reload(settings: Settings) -> None:
    running = running_broker(settings)
    if running is not None:
        reload_broker(running.pid)


def _write_once(path: Path, content: bytes) -> None:
    """Write a new private file; the first of two writers wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")  # a draft left by a crash is in nobody's way
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
