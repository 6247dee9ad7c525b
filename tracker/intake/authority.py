"""The certificate authority (证书签发): who a broker, the tracker and a device are, in X.509.

An installation has one for the brokers and the tracker and one for devices and gateways, so that no device can pass for
a broker or come in by the tracker's door; and a third, for what signs credit reports. A device's common name is its
user name, `carrier/station/device`; the serial number of the certificate stands in the subject too, so that a broker
can list exactly the ones in force.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 730  # of brokers, tracker and devices; `broker-config` and `enrol` make new ones
MAX_NAME = 64  # X.520: a common name is no longer
BACKDATED = timedelta(days=1)  # a device's clock may be slow
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
_ONE_SECOND = timedelta(seconds=1)


class NameTooLong(ValueError):
    """The name does not fit into a certificate; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate and its key, both PEM, and the certificate's serial number in hexadecimal."""

    certificate: str
    key: str
    serial: str

    def __repr__(self) -> str:
        return f"Certified(serial={self.serial!r})"


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates; `pem` holds its own key and certificate and is as secret as the key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @staticmethod
    def create(name: str, *, now: datetime) -> "Authority":
        """A new authority of its own root."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _begin(subject, subject, key, now=now, days=AUTHORITY_DAYS)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        return Authority(key, builder.sign(key, hashes.SHA256()))

    @staticmethod
    def from_pem(pem: bytes) -> "Authority":
        """The authority that `pem` was written by."""
        key = serialization.load_pem_private_key(pem, password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return Authority(key, x509.load_pem_x509_certificate(pem))

    @property
    def pem(self) -> bytes:
        """Key and certificate."""
        return _key_pem(self.key).encode() + self.certificate_pem.encode()

    @property
    def certificate_pem(self) -> str:
        """What others trust."""
        return _pem(self.certificate)

    def certify_broker(self, names: Iterable[str], *, now: datetime) -> Certified:
        """A broker's certificate for host names and addresses; in a cluster it is also a client of the other nodes."""
        names = list(dict.fromkeys(names))
        hosts = x509.SubjectAlternativeName([_general_name(name) for name in names])
        return self._certify(names[0], [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH], hosts, now)

    def certify_client(self, username: str, *, now: datetime, days: int = CERTIFICATE_DAYS) -> Certified:
        """A client's certificate: the broker takes its common name for the user. Raises NameTooLong."""
        return self._certify(username, [ExtendedKeyUsageOID.CLIENT_AUTH], None, now, days)

    def certify_signer(self, name: str, *, now: datetime) -> Certified:
        """A certificate for signing documents (RFC 9336), a party of its own to what it signs."""
        return self._certify(name, [DOCUMENT_SIGNING], None, now, usage=_usage(signs_documents=True))

    def revoke(self, serials: Iterable[str], *, crl: bytes | None, now: datetime) -> bytes:
        """The revocation list (PEM) `crl`, or an empty one, with these serial numbers added.

        A broker that reloads keeps the older list beside the newer one and believes the later `last_update`, in whole
        seconds and never in the future: hence a beginning in the past, and a second more each time.
        """
        known = x509.load_pem_x509_crl(crl) if crl else None
        last = now - BACKDATED
        if known is not None:
            last = max(last, known.last_update_utc + _ONE_SECOND)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        builder = builder.last_update(last).next_update(self.certificate.not_valid_after_utc)
        numbers = {entry.serial_number for entry in known or ()}
        for entry in known or ():
            builder = builder.add_revoked_certificate(entry)
        for number in {int(serial, 16) for serial in serials} - numbers:
            entry = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(now).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _certify(
        self,
        name: str,
        usages: list[x509.ObjectIdentifier],
        hosts: x509.SubjectAlternativeName | None,
        now: datetime,
        days: int = CERTIFICATE_DAYS,
        *,
        usage: x509.KeyUsage | None = None,
    ) -> Certified:
        if len(name) > MAX_NAME:
            raise NameTooLong(f"{name} has {len(name)} characters; a certificate's name has at most {MAX_NAME}")
        key = ec.generate_private_key(ec.SECP256R1())
        number = x509.random_serial_number()
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, name),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, f"{number:x}"),
            ]
        )
        builder = _begin(subject, self.certificate.subject, key, now=now, days=days, number=number)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(usage or _usage(digital_signature=True), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
        )
        if hosts is not None:
            builder = builder.add_extension(hosts, critical=False)
        return Certified(_pem(builder.sign(self.key, hashes.SHA256())), _key_pem(key), f"{number:x}")


def serial_of(certificate: str) -> str:
    """The serial number of a certificate (PEM), in hexadecimal."""
    return f"{x509.load_pem_x509_certificate(certificate.encode()).serial_number:x}"


def _begin(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    *,
    now: datetime,
    days: int,
    number: int | None = None,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(number or x509.random_serial_number())
    builder = builder.not_valid_before(now - BACKDATED).not_valid_after(now + timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _usage(
    *,
    digital_signature: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
    signs_documents: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature or signs_documents,
        content_commitment=signs_documents,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
