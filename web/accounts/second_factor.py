"""The second factor (动态码): six digits of a clock and a secret (TOTP, RFC 6238), the secret sealed in the store."""

import base64
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from web.accounts.keys import AccountKeys, derive_key

STEP = 30  # seconds
DRIFT = 1  # steps that a telephone's clock may be off, either way
LENGTH = 20  # octets, RFC 4226 section 4
ISSUER = "Jixin"


@dataclass(frozen=True, slots=True, repr=False)
class Offer:
    """A secret that an authenticator may take over: to scan, and to type."""

    secret: bytes
    address: str
    typed: str


def make_offer(keys: AccountKeys, token_hash: bytes, *, login: str) -> Offer:
    """The secret on offer in one session: the same each time it is asked for, and nothing to store before it fits."""
    secret = derive_key(keys.offer + token_hash, "second factor", length=LENGTH)
    text = base64.b32encode(secret).decode()
    query = urlencode({"secret": text, "issuer": ISSUER})
    typed = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return Offer(secret, f"otpauth://totp/{ISSUER}:{quote(login)}?{query}", typed)


def step_of(moment: datetime) -> int:
    """Which 30 seconds these are, from 1970 on."""
    return int(moment.timestamp()) // STEP


def code_of(secret: bytes, step: int) -> str:
    """The six digits of a step."""
    return TOTP(secret, 6, SHA1(), STEP).generate(step * STEP).decode()  # noqa: S303 what authenticators know


def find_step(secret: bytes, code: str, *, now: datetime) -> int | None:
    """The step whose code this is, of now and its neighbours; None where it fits none. Blanks do not count."""
    given = "".join(code.split()).encode("utf-8", "surrogatepass")
    step = step_of(now)
    near = (step + drift for drift in range(-DRIFT, DRIFT + 1))
    fitting = [each for each in near if secrets.compare_digest(code_of(secret, each).encode(), given)]
    return fitting[-1] if fitting else None


def seal_secret(keys: AccountKeys, secret: bytes, *, login: str) -> bytes:
    """A secret closed with AES-256-GCM, bound to its account."""
    nonce = os.urandom(12)
    return nonce + AESGCM(keys.seal).encrypt(nonce, secret, login.encode())


def open_secret(keys: AccountKeys, sealed: bytes, *, login: str) -> bytes | None:
    """The secret; None where another key sealed it (a store without its keys), or for another account."""
    try:
        return AESGCM(keys.seal).decrypt(sealed[:12], sealed[12:], login.encode())
    except (InvalidTag, ValueError):
        return None
