"""A label's token (面单令牌): 128 bits that only who holds the parcel's label knows, bound to its number and device.

The installation has one label secret; each device gets a key of its own from it, and each parcel a token from that key.
So nothing has to be stored, a stolen device makes no other device's tokens, and the web can check them all.
"""

import hashlib
import hmac
from pathlib import Path

from tracker.wire.signature import encode_base64url
from tracker.wire.topics import Post

TOKEN_BYTES = 16
MAX_TOKEN = 64  # characters that a question may hold


def read_label_secret(file: Path) -> bytes | None:
    """The installation's label secret; None where this machine has none."""
    try:
        return file.read_bytes() or None
    except OSError:
        return None


def derive_label_key(secret: bytes, post: Post) -> bytes:
    """A device's label key, 32 bytes, of the installation's label secret."""
    return _mac(secret, b"jixin label key v1\0" + post.username.encode())


def label_token(key: bytes, waybill_no: str) -> str:
    """The token that a device prints on a parcel's label: 22 characters of base64url."""
    return encode_base64url(_mac(key, waybill_no.encode())[:TOKEN_BYTES])


def fits_label(token: str, key: bytes, waybill_no: str) -> bool:
    """Whether this is that parcel's token, found out in a time that tells nothing."""
    return hmac.compare_digest(token[:MAX_TOKEN].encode(errors="replace"), label_token(key, waybill_no).encode())


def label_address(base: str, waybill_no: str, token: str | None) -> str:
    """What a label's QR code holds: the trace page's address, with the token where there is one."""
    page = f"{base.rstrip('/')}/t/{waybill_no}"
    return f"{page}?k={token}" if token else page


def _mac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()
