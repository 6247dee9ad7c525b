"""The rolling hash (滚动哈希): 32 octets that cover every event from the first one to a position, in their order.

H(0) is 32 zero octets; H(n) = SHA-256(H(n-1) || SHA-256(exact bytes of the event at position n)). Whoever has the
events can tell from one value whether any of them was changed, left out or put elsewhere.
"""

import hashlib
from collections.abc import Iterable

GENESIS = bytes(32)


def roll(so_far: bytes, bodies: Iterable[bytes]) -> bytes:
    """The hash after these events' exact bytes, which follow in the order of the log on what `so_far` covers."""
    for body in bodies:
        so_far = hashlib.sha256(so_far + hashlib.sha256(body).digest()).digest()
    return so_far
