"""The counter's certificate (柜台证书): made once for a shop whose phones open the page; they are told to trust it."""

from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tracker.wire.private_file import write_private

YEARS = timedelta(days=820)  # phones take no longer ones
RENEWED_BEFORE = timedelta(days=30)


def ensure_certificate(path: Path, *, hosts: list[str], now: datetime) -> str:
    """A PEM file with key and certificate for these names and addresses; its SHA-256 fingerprint, to be compared.

    Kept until it nears its end, or other names are asked for. Raises OSError, ValueError for a file that is none.
    """
    if path.exists():
        known = x509.load_pem_x509_certificate(path.read_bytes())
        if known.not_valid_after_utc > now + RENEWED_BEFORE and _names_in(known) >= set(hosts):
            return _fingerprint(known)
    key = ec.generate_private_key(ec.SECP256R1())
    made = _make(key, hosts, now)
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(path, written + made.public_bytes(serialization.Encoding.PEM))
    return _fingerprint(made)


def _make(key: ec.EllipticCurvePrivateKey, hosts: list[str], now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Jixin counter")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + YEARS)
        .add_extension(x509.SubjectAlternativeName([_general(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _names_in(certificate: x509.Certificate) -> set[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(each.value) for each in names}


def _fingerprint(certificate: x509.Certificate) -> str:
    octets = sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest().upper()
    return ":".join(octets[at : at + 2] for at in range(0, len(octets), 2))
