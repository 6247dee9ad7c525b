"""A port (端口): found taken at once and said so, instead of by a process that ends."""

import errno
import socket

from web.commands.running import InstallationError


def require_free_port(host: str, port: int) -> None:
    """That the pages can be served there. Raises InstallationError when somebody listens there."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web server does
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise InstallationError(
                    f"网页端口 {port} 已被占用：停掉占用它的程序，或用 JIXIN_WEB_PORT 另选一个"
                    f" · web port {port} is taken: stop what uses it, or choose another with JIXIN_WEB_PORT"
                ) from None
