"""Addresses (网络地址): an asker's own to count wrong tries by, and the truncated one that is kept."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from fastapi import Request

KEPT = {4: 24, 6: 48}  # bits that stand in the audit log
COUNTED = {4: 32, 6: 64}  # who has one address of IPv6 has 2**64


def truncate_address(host: str) -> str:
    """`203.0.113.0/24`, `2001:db8::/48`; empty for what is no address."""
    return _cut(host, KEPT)


def counted_address(host: str) -> str:
    """What is counted as one asker."""
    return _cut(host, COUNTED)


def host_of(request: Request) -> str:
    """Who asks; behind a proxy on the same machine, who asked it (uvicorn reads X-Forwarded-For from there only)."""
    return request.client.host if request.client else ""


def _cut(host: str, bits: dict[int, int]) -> str:
    try:
        address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return str(ip_network(f"{address}/{bits[address.version]}", strict=False))
