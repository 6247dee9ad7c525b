"""The certificate authority: who is vouched for, for how long, and what is taken back."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from tracker.intake.authority import CERTIFICATE_DAYS, Authority, NameTooLong

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
DEVICE = "BLUEBIRD/HZ-01/GUN-1"


@pytest.fixture(scope="module")
def authority() -> Authority:
    """An authority of this test's own."""
    return Authority.create("Jixin devices", now=NOW)


def trusted(authority: Authority, certificate: str, *, server: str) -> bool:
    """What a strict verifier, not ours, says of a broker of this name."""
    builder = PolicyBuilder().store(Store([authority.certificate])).time(NOW)
    leaf = x509.load_pem_x509_certificate(certificate.encode())
    try:
        builder.build_server_verifier(x509.DNSName(server)).verify(leaf, [])
    except VerificationError:
        return False
    return True


def revoked_in(crl: bytes) -> set[int]:
    return {entry.serial_number for entry in x509.load_pem_x509_crl(crl)}


def test_a_devices_common_name_is_its_user_and_its_serial_number_stands_beside_it(authority: Authority) -> None:
    certified = authority.certify_client(DEVICE, now=NOW)
    certificate = x509.load_pem_x509_certificate(certified.certificate.encode())
    assert certificate.subject.rfc4514_string({NameOID.SERIAL_NUMBER: "SERIALNUMBER"}) == (
        f"SERIALNUMBER={certified.serial},CN={DEVICE}"
    )
    assert certificate.serial_number == int(certified.serial, 16)
    usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [ExtendedKeyUsageOID.CLIENT_AUTH], "no device passes for a broker"


def test_a_broker_is_vouched_for_under_its_names(authority: Authority) -> None:
    certificate = authority.certify_broker(["nats-1.example", "127.0.0.1"], now=NOW).certificate
    assert trusted(authority, certificate, server="nats-1.example")
    assert not trusted(authority, certificate, server="nats-2.example")
    names = x509.load_pem_x509_certificate(certificate.encode()).extensions
    told = names.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(address) for address in told.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_a_certificate_ends_and_a_slow_clock_takes_a_new_one(authority: Authority) -> None:
    leaf = x509.load_pem_x509_certificate(authority.certify_client(DEVICE, now=NOW).certificate.encode())
    assert leaf.not_valid_after_utc == NOW + timedelta(days=CERTIFICATE_DAYS)
    assert leaf.not_valid_before_utc <= NOW - timedelta(hours=23)
    assert leaf.not_valid_after_utc < authority.certificate.not_valid_after_utc


def test_another_authority_of_the_same_name_is_not_believed(authority: Authority) -> None:
    forger = Authority.create("Jixin devices", now=NOW)
    server = forger.certify_broker(["nats-1.example"], now=NOW).certificate
    assert trusted(forger, server, server="nats-1.example")
    assert not trusted(authority, server, server="nats-1.example")


def test_an_authority_is_kept_as_text(authority: Authority) -> None:
    again = Authority.from_pem(authority.pem)
    certificate = again.certify_broker(["nats-1.example"], now=NOW).certificate
    assert again.certificate == authority.certificate
    assert trusted(authority, certificate, server="nats-1.example")


def test_a_name_that_no_certificate_holds_is_said(authority: Authority) -> None:
    authority.certify_client("C" * 64, now=NOW)
    with pytest.raises(NameTooLong, match="at most 64"):
        authority.certify_client("C" * 65, now=NOW)


def test_what_was_revoked_stays_revoked(authority: Authority) -> None:
    one, other = (authority.certify_client(DEVICE, now=NOW).serial for _ in range(2))
    empty = authority.revoke([], crl=None, now=NOW)
    first = authority.revoke([one], crl=empty, now=NOW)
    second = authority.revoke([other, one], crl=first, now=NOW)
    assert revoked_in(empty) == set()
    assert revoked_in(first) == {int(one, 16)}
    assert revoked_in(second) == {int(one, 16), int(other, 16)}
    assert x509.load_pem_x509_crl(second).is_signature_valid(authority.key.public_key())


def test_each_list_is_later_than_the_one_before_also_within_a_second_and_none_is_of_the_future(
    authority: Authority,
) -> None:
    """OpenSSL keeps the older list beside the newer one, and believes the later."""
    lists = [authority.revoke([], crl=None, now=NOW)]
    for _ in range(5):
        lists.append(authority.revoke([authority.certify_client(DEVICE, now=NOW).serial], crl=lists[-1], now=NOW))
    times = [x509.load_pem_x509_crl(each).last_update_utc for each in lists]
    assert times == sorted(set(times))
    assert times[-1] < NOW
    ends = [x509.load_pem_x509_crl(each).next_update_utc for each in lists]
    assert set(ends) == {authority.certificate.not_valid_after_utc}


def test_nothing_secret_is_shown_when_printed(authority: Authority) -> None:
    assert "PRIVATE" not in repr(authority.certify_client(DEVICE, now=NOW))
    assert "PRIVATE" not in repr(authority)
