"""TLS to the broker (加密连接): whom a device or the tracker believes, and what it shows of itself."""

import ssl
from tempfile import NamedTemporaryFile

from tracker.wire.enrolment import BrokerLogin


class NotACertificate(ValueError):
    """The certificates in an enrolment or in the settings cannot be used; the message says what to do."""


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
        raise NotACertificate("the broker's CA or our certificate cannot be used: enrol again") from error
    return context
