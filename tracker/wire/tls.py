"""TLS to the broker (加密连接): whom a device or the tracker believes, and what it shows of itself."""

import ssl
from datetime import datetime
from tempfile import NamedTemporaryFile

from cryptography import x509

from tracker.wire.enrolment import BrokerLogin

BROKEN = "证书无法使用，请重新入网 · the broker's CA or our certificate cannot be used: enrol again"


class NotACertificate(ValueError):
    """The certificates in an enrolment or in the settings cannot be used; the message says what to do."""


def certificate_end(login: BrokerLogin) -> datetime | None:
    """When the certificate of a login ends; None where it has none. Raises NotACertificate."""
    if login.certificate is None:
        return None
    try:
        return x509.load_pem_x509_certificate(login.certificate.encode()).not_valid_after_utc
    except ValueError as error:
        raise NotACertificate(BROKEN) from error


def tls_context(login: BrokerLogin) -> ssl.SSLContext:
    """A context that checks the broker's certificate and its host name. Raises NotACertificate."""
    try:
        context = ssl.create_default_context(cadata=login.ca)
        if login.certificate and login.certificate_key:
            with NamedTemporaryFile("w") as file:  # mode 0600; OpenSSL reads a certificate from files only
                file.write(login.certificate + login.certificate_key)
                file.flush()
                context.load_cert_chain(file.name)
    except (ssl.SSLError, ValueError, TypeError) as error:
        raise NotACertificate(BROKEN) from error
    return context
