"""Random tokens (随机令牌): 256 bits that are shown once and kept as a hash."""

import secrets
from hashlib import sha256

API_PREFIX = "jixin_"  # so that scanners for leaked secrets know one


def new_token() -> str:
    """43 characters of base64url."""
    return secrets.token_urlsafe(32)


def new_api_token() -> str:
    """The same with a prefix."""
    return API_PREFIX + new_token()


def hash_token(token: str) -> bytes:
    """SHA-256: what is random needs no slow hash."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
