"""The device's way to the broker (终端接入地址): what an enrolment file names; a wildcard is no place to go to."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from tracker.wire.brokers import parse_addresses
from web.commands.running import InstallationError, find_broker_url
from web.settings import Settings


def device_url(settings: Settings) -> str:
    """The broker as devices reach it: where it listens everywhere, under the public host name, if one is set."""
    url = find_broker_url(settings) or _url(settings.broker_host, settings.broker_port)
    host = urlsplit(settings.public_url).hostname if settings.public_url else None
    if host is None or not _listens_everywhere(url):
        return url
    return ",".join(_url(host, each.port, tls=each.tls) for each in parse_addresses(url))


def check_device_url(settings: Settings) -> None:
    """Raises InstallationError where devices could not be told how to reach the broker."""
    if _listens_everywhere(device_url(settings)):
        raise InstallationError(
            "消息代理监听所有地址，无法告诉终端用哪一个：请设置 JIXIN_PUBLIC_URL 或 JIXIN_BROKER_HOST · "
            "the broker listens on every address (JIXIN_BROKER_HOST), and no device can be told which: set"
            " JIXIN_PUBLIC_URL to the name that devices reach this machine by, such as http://jixin.example:8000, or"
            " JIXIN_BROKER_HOST to an address of it"
        )


def _listens_everywhere(url: str) -> bool:
    return any(_is_wildcard(address.host) for address in parse_addresses(url))


def _is_wildcard(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:  # a name
        return False


def _url(host: str, port: int, *, tls: bool = False) -> str:
    return f"mqtt{'s' if tls else ''}://{f'[{host}]' if ':' in host else host}:{port}"
