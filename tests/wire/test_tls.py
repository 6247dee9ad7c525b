"""TLS to the broker: the host name is always checked, and broken certificates are said."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest

from tracker.intake.authority import Authority
from tracker.wire.enrolment import BrokerLogin
from tracker.wire.tls import NotACertificate, certificate_end, tls_context

LOGIN = ("mqtts://broker.example", "who", "password")


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Whom the broker's certificate is from."""
    return Authority.create("Jixin brokers", now=datetime.now(UTC))


def test_the_host_name_is_checked_whomever_we_believe(authority: Authority) -> None:
    for ca in (None, authority.certificate_pem):
        context = tls_context(BrokerLogin(*LOGIN, ca=ca))
        assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)


def test_with_a_ca_of_its_own_a_device_believes_nobody_else(authority: Authority) -> None:
    (known,) = tls_context(BrokerLogin(*LOGIN, ca=authority.certificate_pem)).get_ca_certs()
    assert known["subject"] == ((("commonName", "Jixin brokers"),),)


def test_certificate_and_key_are_taken_together(authority: Authority) -> None:
    one, other = (authority.certify_client("who", now=datetime.now(UTC)) for _ in range(2))
    tls_context(BrokerLogin(*LOGIN, certificate=one.certificate, certificate_key=one.key))
    with pytest.raises(NotACertificate):
        tls_context(BrokerLogin(*LOGIN, certificate=one.certificate, certificate_key=other.key))


def test_the_end_of_a_certificate_is_known(authority: Authority) -> None:
    now = datetime.now(UTC)
    login = BrokerLogin(*LOGIN, certificate=authority.certify_client("who", now=now, days=9).certificate)
    assert certificate_end(BrokerLogin(*LOGIN)) is None
    assert certificate_end(login) == (now + timedelta(days=9)).replace(microsecond=0)
    with pytest.raises(NotACertificate, match="enrol again"):
        certificate_end(BrokerLogin(*LOGIN, certificate="no PEM"))


@pytest.mark.parametrize(
    "spoilt", [{"ca": "no PEM"}, {"ca": "迹"}, {"certificate": "no PEM", "certificate_key": "no PEM"}]
)
def test_what_is_no_certificate_says_what_to_do(spoilt: dict[str, str]) -> None:
    with pytest.raises(NotACertificate, match="enrol again"):
        tls_context(BrokerLogin(*LOGIN, **spoilt))
