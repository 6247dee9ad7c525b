"""An installation (安装): the data dir with its keys, tokens, users and enrolments, made on first use."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from msgspec import structs
from sqlalchemy.engine import Engine

from tracker.intake.authority import serial_of
from tracker.intake.broker_nodes import read_own_brokers
from tracker.intake.broker_users import (
    GATEWAY,
    TRACKER,
    BrokerUser,
    changing_users,
    device_user,
    gateway_user,
    new_password,
    read_users,
    tracker_user,
)
from tracker.store.database import reading, transaction
from tracker.store.identity_store import vault_word
from tracker.store.key_record import present_kids, record_keys
from tracker.store.registry import (
    ANY,
    Station,
    revoke_device_keys,
    revoke_gateway_keys,
    save_device_key,
    save_station_division,
    stations_of,
)
from tracker.wire.enrolment import BrokerLogin, Enrolment, read_enrolment, write_enrolment
from tracker.wire.label_token import derive_label_key
from tracker.wire.private_file import write_once
from tracker.wire.signature import Jwk, SigningKey, encode_base64url
from tracker.wire.tls import certificate_end
from tracker.wire.topics import GATEWAY_DEVICE, Post
from tracker.wire.vault_keys import VaultWord
from web.commands.certifying import certify_device, login_with
from web.commands.device_address import device_url
from web.commands.receipt_keys import ReceiptKeyFile, new_key_file, read_key_file
from web.commands.rights import changing_rights
from web.commands.running import InstallationError, find_broker_url
from web.settings import Settings


def make_data_dir(settings: Settings) -> None:
    """The data dir, for its owner only."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InstallationError(
            f"无法建立数据目录 · cannot make the data dir {settings.data_dir}: {error.strerror}"
        ) from error


def receipt_key(settings: Settings) -> SigningKey:
    """The key that signs receipts; made on first use, for its owner only."""
    path = settings.receipt_key_file
    if not path.exists():
        write_once(path, new_key_file(now=datetime.now(UTC)))
    return read_key_file(path).signing


def check_keys(settings: Settings, engine: Engine) -> None:
    """Raises InstallationError where another key signs for this store than those of this data dir.

    A key made here instead would be believed by no device, and the record would call the true one past.
    """
    path = settings.receipt_key_file
    here = read_key_file(path).kids if path.exists() else set[str]()
    with reading(engine) as session:
        strange = next((kid for kid in present_kids(session) if kid not in here), None)
    if strange:
        raise InstallationError(
            f"本库的回执由 {strange} 签发，而 {path} 里没有这个密钥 · "
            f"receipts of this store are signed by {strange}, which {path} does not know: copy the folder keys/ from"
            " where the tracker runs, or restore it with `jixin restore --keys`; where that key is lost for good,"
            " `jixin rotate-keys --lost`"
        )


def record_present_keys(settings: Settings, engine: Engine) -> ReceiptKeyFile:
    """The receipt keys, made where the store has none, and written into its record. Raises InstallationError."""
    check_keys(settings, engine)
    receipt_key(settings)
    file = read_key_file(settings.receipt_key_file)
    save_record(engine, file)
    return file


def save_record(engine: Engine, file: ReceiptKeyFile) -> None:
    """Write into the store which keys there are, for proofs and metrics."""
    now = datetime.now(UTC)
    with transaction(engine) as session:
        record_keys(session, file.record(now=now))


def pinned_keys(settings: Settings) -> list[Jwk]:
    """The tracker's keys that a new device believes."""
    receipt_key(settings)
    return read_key_file(settings.receipt_key_file).pinned


def label_secret(settings: Settings) -> bytes:
    """What every device's label key is derived from; made on first use, mode 0600.

    Without it, or with another, no label that was printed before opens anything.
    """
    path = settings.label_secret_file
    if not path.exists():
        write_once(path, secrets.token_bytes(32))
    return path.read_bytes()


def tracker_client_id(settings: Settings) -> str:
    """The tracker's MQTT client id, a secret: whoever connects with it throws the tracker off."""
    path = settings.data_dir / "keys" / "tracker-client-id"
    if not path.exists():
        write_once(path, f"tracker-{secrets.token_urlsafe(24)}".encode())
    return path.read_text().strip()


def ensure_own_users(settings: Settings) -> None:
    """The tracker's and the gateway's users on the broker."""
    with changing_users(settings.broker_folder) as users:
        for name, make in ((TRACKER, tracker_user), (GATEWAY, gateway_user)):
            known = users.get(name)
            users[name] = make(known.password, known.certificates) if known else make(new_password())


def broker_login(settings: Settings) -> BrokerLogin:
    """How the tracker reaches the broker. Raises InstallationError when there is none, or a file cannot be read."""
    url = settings.broker_tracker_url or broker_url(settings)
    user = read_users(settings.broker_folder).get(TRACKER) if keeps_users(settings) else None
    password = settings.broker_password.get_secret_value() if settings.broker_password else ""
    files = {
        "ca": (settings.broker_ca, "brokers-ca.crt"),
        "certificate": (settings.broker_certificate, "tracker.crt"),
        "certificate_key": (settings.broker_key, "tracker.key"),
    }
    return BrokerLogin(
        url,
        settings.broker_username or (user.username if user else ""),
        password or (user.password if user else ""),
        **{name: _read_pem(settings, *places) for name, places in files.items()},
    )


def _read_pem(settings: Settings, chosen: Path | None, made: str) -> str | None:
    """The file that is set, else the one that `broker-config` made."""
    own = settings.data_dir / "keys" / made
    try:
        return chosen.read_text() if chosen else own.read_text() if has_own_brokers(settings) else None
    except (OSError, UnicodeDecodeError) as error:
        raise InstallationError(f"证书文件读不了 · cannot read {chosen or own}: {error}") from error


def has_own_brokers(settings: Settings) -> bool:
    """Whether the brokers in use are those that `broker-config` wrote."""
    return settings.broker_url is not None and read_own_brokers(settings.broker_folder) is not None


def keeps_users(settings: Settings) -> bool:
    """Whether the users of the broker in use are kept here: of the embedded one, and of our own."""
    return settings.broker_url is None or has_own_brokers(settings)


def broker_url(settings: Settings) -> str:
    """The broker in use: the one set, else the running embedded one. Raises InstallationError."""
    url = find_broker_url(settings)
    if url is None:
        raise InstallationError(
            f"消息代理没有运行 · no broker runs with the data dir {settings.data_dir}: start `jixin up` or `jixin demo`"
        )
    return url


def ensure_gateway(settings: Settings, engine: Engine, url: str) -> Enrolment:
    """The gateway's enrolment in the data dir, its key known to the registry."""
    check_keys(settings, engine)
    path = settings.gateway_file
    known = read_enrolment(path) if path.exists() else None
    enrolment = _gateway(settings, known.signing_key if known else SigningKey.generate(), url, known=known)
    _register(engine, enrolment)
    write_enrolment(enrolment, path)
    return enrolment


def enrol_device(
    settings: Settings, engine: Engine, post: Post, *, self_service: bool = False, division: str | None = None
) -> Enrolment:
    """Make a device's key, certificate and broker user and register them, while everything runs.

    `division` is where its station stands; without it, what is known of that already.
    """
    if division is not None:
        with transaction(engine) as session:
            save_station_division(session, post.carrier, post.station, division=division)
    (enrolment,) = enrol_devices(settings, engine, [post], self_service=self_service)
    return enrolment


def enrol_devices(
    settings: Settings, engine: Engine, posts: list[Post], *, self_service: bool = False
) -> list[Enrolment]:
    """Enrol many devices at once; the broker reads its users again once."""
    if any(post.device == GATEWAY_DEVICE for post in posts):
        raise InstallationError(f"此终端代码留给网关 · the device name `{GATEWAY_DEVICE}` belongs to gateways")
    check_keys(settings, engine)
    url = device_url(settings)
    logins = {post: BrokerLogin(url, post.username, new_password()) for post in posts}
    if keeps_users(settings):
        with changing_rights(settings) as users:
            for post, login in logins.items():  # a station in use is not cut off: password and certificates stay
                make = partial(device_user, post)
                logins[post] = _admit(settings, users, login, make)
    with reading(engine) as session:
        word = vault_word(session)
        stations = stations_of(session, {(post.carrier, post.station) for post in posts})
    enrolments = [
        _enrolment(
            settings,
            carrier=post.carrier,
            station=post.station,
            device=post.device,
            key=SigningKey.generate(),
            login=login,
            label_key=encode_base64url(derive_label_key(label_secret(settings), post)),
            vault=word,
            self_service=self_service,
            at=stations.get((post.carrier, post.station)),
        )
        for post, login in logins.items()
    ]
    for enrolment in enrolments:
        _register(engine, enrolment)
    return enrolments


def enrol_gateway(settings: Settings, engine: Engine) -> Enrolment:
    """Make another gateway key; the gateways of a data dir share one broker user."""
    check_keys(settings, engine)
    enrolment = _gateway(settings, SigningKey.generate(), device_url(settings))
    _register(engine, enrolment)
    return enrolment


def revoke_device(settings: Settings, engine: Engine, post: Post) -> int:
    """Close a device's keys, certificates and broker user at once; how many keys were in force."""
    with transaction(engine) as session:
        revoked = revoke_device_keys(session, post, revoked_at=datetime.now(UTC))
    if keeps_users(settings):
        with changing_rights(settings) as users:
            users.pop(post.username, None)
    return revoked


def revoke_gateway(settings: Settings, engine: Engine) -> int:
    """Close every gateway key and the gateway's broker user at once, and make new ones; how many keys were in force."""
    with transaction(engine) as session:
        revoked = revoke_gateway_keys(session, revoked_at=datetime.now(UTC))
    settings.gateway_file.unlink(missing_ok=True)
    if keeps_users(settings):
        with changing_rights(settings) as users:
            users[GATEWAY] = gateway_user(new_password())
    ensure_gateway(settings, engine, device_url(settings))
    return revoked


def _admit(
    settings: Settings,
    users: dict[str, BrokerUser],
    login: BrokerLogin,
    make: Callable[[str, list[str]], BrokerUser],
) -> BrokerLogin:
    """Write a user into `users`, beside what it has a certificate where our own brokers ask for one; its login."""
    known = users.get(login.username)
    login = structs.replace(login, password=known.password) if known else login
    serials = known.certificates if known else []
    if has_own_brokers(settings):
        certified = certify_device(settings, login.username)
        login, serials = login_with(settings, login, certified), [*serials, certified.serial]
    users[login.username] = make(login.password, serials)
    return login


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
            certificate_ends=certificate_end(enrolment.broker),
            self_service=enrolment.self_service,
        )


def _gateway(settings: Settings, key: SigningKey, url: str, *, known: Enrolment | None = None) -> Enrolment:
    """A gateway's enrolment; the login of `known` is kept while the broker knows it."""
    login = structs.replace(known.broker, url=url) if known else BrokerLogin(url, GATEWAY, new_password())
    if keeps_users(settings) and not _is_good(settings, login):
        with changing_rights(settings) as users:
            login = _admit(settings, users, login, gateway_user)
    return _enrolment(settings, carrier=ANY, station=ANY, device=GATEWAY_DEVICE, key=key, login=login)


def _is_good(settings: Settings, login: BrokerLogin) -> bool:
    """Whether the broker lets this login in, so far as that is known here."""
    user = read_users(settings.broker_folder).get(login.username)
    if user is None or user.password != login.password:
        return False
    return not has_own_brokers(settings) or (
        login.certificate is not None and serial_of(login.certificate) in user.certificates
    )


def _enrolment(
    settings: Settings,
    *,
    carrier: str,
    station: str,
    device: str,
    key: SigningKey,
    login: BrokerLogin,
    label_key: str | None = None,
    vault: VaultWord | None = None,
    self_service: bool = False,
    at: Station | None = None,
) -> Enrolment:
    return Enrolment(
        carrier=carrier,
        station=station,
        device=device,
        kid=key.kid,
        private_key=key.to_jwk(),
        broker=login,
        tracker_keys=pinned_keys(settings),
        label_key=label_key,
        vault=vault,
        self_service=self_service,
        division=at.division if at else None,
    )
