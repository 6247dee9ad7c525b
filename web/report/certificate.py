"""The report's certificate (报告签名证书): what signs the PDF, so that ordinary readers can check it.

Ed25519 certificates are refused by most PDF readers, so this is a key of its own (ECDSA P-256) under an authority of
this installation; the tracker's key vouches for it inside the signed content of every report.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tracker.intake.authority import Authority
from tracker.wire.private_file import write_once, write_private
from web.errors import ReportKeysMissing
from web.settings import Settings

AUTHORITY = "reports-ca.pem"  # key and certificate
AUTHORITY_CERTIFICATE = "reports-ca.crt"  # what a PDF reader is told to trust
SIGNER = "reports.pem"  # key and certificate, in one file so that a renewal is whole
SIGNER_CERTIFICATE = "reports.crt"  # the same certificate: what ends is watched there
RENEWED_BEFORE = timedelta(days=60)
MISSING = "没有签名密钥 no receipt key in this data dir: reports are made where the tracker's keys are"
SIGNER_NAME = "Jixin credit reports"


@dataclass(frozen=True, slots=True)
class ReportSigner:
    """The key that signs PDFs, its certificate and that of the authority."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    authority: x509.Certificate

    def __repr__(self) -> str:
        return f"ReportSigner(serial={self.certificate.serial_number:x})"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate (DER), in hexadecimal."""
        return fingerprint_of(self.certificate)


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate (DER), in hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def report_signer(settings: Settings, *, now: datetime) -> ReportSigner:
    """The signer of an installation; made on first use, and anew before it ends. Raises OSError, and ReportKeysMissing
    where its keys are elsewhere: another authority beside the true one would only confuse.
    """
    if not settings.receipt_key_file.exists():
        raise ReportKeysMissing(MISSING)
    folder = settings.receipt_key_file.parent
    authority = _authority(folder, now)
    path = folder / SIGNER
    if path.exists():
        signer = _read(path, authority)
        if signer.certificate.not_valid_after_utc - now > RENEWED_BEFORE:
            return signer
        write_private(path, _new_signer(authority, now))
    else:
        write_once(path, _new_signer(authority, now))
    signer = _read(path, authority)
    write_private(folder / SIGNER_CERTIFICATE, signer.certificate.public_bytes(serialization.Encoding.PEM))
    return signer


def _authority(folder: Path, now: datetime) -> Authority:
    path = folder / AUTHORITY
    if not path.exists():
        write_once(path, Authority.create("Jixin reports", now=now).pem)
        authority = Authority.from_pem(path.read_bytes())
        write_private(folder / AUTHORITY_CERTIFICATE, authority.certificate_pem.encode())
    return Authority.from_pem(path.read_bytes())


def _new_signer(authority: Authority, now: datetime) -> bytes:
    made = authority.certify_signer(SIGNER_NAME, now=now)
    return f"{made.key}{made.certificate}".encode()


def _read(path: Path, authority: Authority) -> ReportSigner:
    content = path.read_bytes()
    key = serialization.load_pem_private_key(content, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return ReportSigner(key, x509.load_pem_x509_certificate(content), authority.certificate)
