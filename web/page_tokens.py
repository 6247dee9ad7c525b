"""Page tokens (翻页标记): where a list goes on, opaque to whoever carries it."""

import json

from tracker.wire.signature import decode_base64url, encode_base64url
from web.errors import PageTokenInvalid


def write_page_token(name: str, last: str | int) -> str:
    """The token after `last` in the list `name`."""
    return encode_base64url(json.dumps([name, last], separators=(",", ":")).encode())


def parse_page_token(name: str, token: str) -> str:
    """The key of a text-keyed list. Raises PageTokenInvalid."""
    last = _parse(name, token)
    if not isinstance(last, str) or "\0" in last:
        raise PageTokenInvalid
    return last


def parse_numeric_page_token(name: str, token: str) -> int:
    """The key of a list in order of numbers. Raises PageTokenInvalid."""
    last = _parse(name, token)
    if not isinstance(last, int) or isinstance(last, bool) or not 0 <= last < 2**63:
        raise PageTokenInvalid
    return last


def _parse(name: str, token: str) -> object:
    try:
        parts = json.loads(decode_base64url(token))
    except (ValueError, RecursionError) as error:
        raise PageTokenInvalid from error
    if not isinstance(parts, list) or len(parts) != 2 or parts[0] != name:
        raise PageTokenInvalid
    last: object = parts[1]
    return last
