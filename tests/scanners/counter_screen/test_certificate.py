"""The counter's certificate is made once, for its own names, and made anew before it ends."""

import ssl
from datetime import timedelta
from pathlib import Path

from scanners.counter.certificate import YEARS, ensure_certificate
from web.bench.gate.people import NOW


def test_it_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "counter" / "certificate.pem"
    made = ensure_certificate(path, hosts=["192.168.1.5"], now=NOW)
    assert ensure_certificate(path, hosts=["192.168.1.5"], now=NOW + timedelta(days=700)) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(made.split(":")) == 32
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)


def test_another_name_or_a_near_end_makes_another(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pem"
    first = ensure_certificate(path, hosts=["192.168.1.5"], now=NOW)
    second = ensure_certificate(path, hosts=["192.168.1.5", "shop.local"], now=NOW)
    third = ensure_certificate(path, hosts=["shop.local"], now=NOW + YEARS - timedelta(days=20))
    assert len({first, second, third}) == 3
