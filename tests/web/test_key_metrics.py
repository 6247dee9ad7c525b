"""Key metrics: the age of what signs, and the end of what vouches, where an alert can see them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy.engine import Engine

from tracker.store.database import build_engine, transaction
from tracker.store.key_record import RecordedKey, Standing, record_keys
from web.api.key_metrics import KeyCollector
from web.app import create_app
from web.settings import Settings

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def certificate(ends: datetime) -> bytes:
    key, name = Ed25519PrivateKey.generate(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(NOW - timedelta(days=9)).not_valid_after(ends)
    return builder.sign(key, None).public_bytes(Encoding.PEM)


def scrape(engine: Engine, folder: Path, *named: Path | None) -> str:
    registry = CollectorRegistry()
    registry.register(KeyCollector(engine, folder, lambda: NOW, named))
    return generate_latest(registry).decode()


def test_the_age_of_the_present_and_the_announced_key_is_told(sqlite_engine: Engine, tmp_path: Path) -> None:
    with transaction(sqlite_engine) as session:
        record_keys(session, [
            RecordedKey("a", Standing.PAST, NOW - timedelta(days=900)),
            RecordedKey("b", Standing.PRESENT, NOW - timedelta(days=400)),
            RecordedKey("c", Standing.NEXT, NOW - timedelta(hours=1)),
        ])  # fmt: skip
    text = scrape(sqlite_engine, tmp_path)
    assert 'jixin_key_age_seconds{key="receipt",standing="present"} 3.456e+07' in text
    assert 'jixin_key_age_seconds{key="receipt",standing="next"} 3600.0' in text
    assert 'standing="past"' not in text


def test_the_first_end_in_each_certificate_file_is_told(sqlite_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "devices").mkdir()
    ends = NOW + timedelta(days=30)
    (tmp_path / "ca.crt").write_bytes(certificate(ends + timedelta(days=900)) + certificate(ends))
    (tmp_path / "devices" / "broken.crt").write_text("no certificate")
    (tmp_path / "ca.key").write_text("secret")
    text = scrape(sqlite_engine, tmp_path)
    name = "jixin_certificate_expiry_timestamp_seconds"
    found = {line.partition(" ")[0]: float(line.partition(" ")[2]) for line in text.splitlines() if line[0] != "#"}
    assert found == {
        f'{name}{{file="ca.crt"}}': ends.timestamp(),
        f'{name}{{file="devices/broken.crt"}}': 0.0,
    }


def test_certificates_that_settings_name_are_told_once_each(sqlite_engine: Engine, tmp_path: Path) -> None:
    keys, elsewhere = tmp_path / "keys", tmp_path / "elsewhere.pem"
    keys.mkdir()
    for path in (keys / "tracker.crt", elsewhere):
        path.write_bytes(certificate(NOW))
    text = scrape(sqlite_engine, keys, elsewhere, None, keys / "tracker.crt", tmp_path / "missing.pem")
    found = {
        line.split('"')[1]: float(line.split()[-1])
        for line in text.splitlines()
        if "_expiry_" in line and line[0] != "#"
    }
    assert found == {
        "tracker.crt": NOW.timestamp(),
        str(elsewhere): NOW.timestamp(),
        str(tmp_path / "missing.pem"): 0.0,
    }


def test_the_pages_metrics_name_the_certificates_that_are_set(sqlite_engine: Engine, tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path / "data", broker_ca=tmp_path / "ca.pem", broker_certificate=tmp_path / "me.pem"
    )
    registry = create_app(settings, sqlite_engine).state.metrics.registry
    told = generate_latest(registry).decode()
    assert all(f'file="{tmp_path / name}"' in told for name in ("ca.pem", "me.pem"))


def test_a_store_that_is_away_does_not_hide_the_certificates(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_bytes(certificate(NOW))
    text = scrape(build_engine("sqlite:////nonexistent/folder/x.db"), tmp_path)
    assert 'file="ca.crt"' in text
    assert "jixin_key_age_seconds{" not in text
