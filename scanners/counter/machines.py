"""Machines (登录来源): from which machine a screen of the counter is opened, so that no other one locks its own out."""

from ipaddress import ip_address

from starlette.requests import HTTPConnection

from scanners.counter.shifts import HERE


def machine_of(request: HTTPConnection) -> str:
    """The address that a request comes from; HERE for the machine that serves the counter, by whichever address."""
    host = request.client.host if request.client else ""
    server = request.scope.get("server") or ("", None)
    try:
        return HERE if ip_address(host).is_loopback or host == server[0] else host
    except ValueError:  # no network's address: a socket of this machine
        return HERE
