"""Passwords (口令): kept as Argon2id (RFC 9106), made to be changed when they were given by somebody else."""

import os
import secrets
import unicodedata
from datetime import timedelta
from functools import cache

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

SHORTEST, LONGEST = 12, 256
DIFFERENT = 5  # characters at least
ONE_TIME_FOR = timedelta(days=7)
ITERATIONS, LANES, KIB = 3, 4, 64 * 1024  # RFC 9106 section 4, second choice
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # without those that look alike


class PasswordRefused(ValueError):
    """A password that its owner may not choose; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def hash_password(password: str) -> str:
    """A slow hash with its own salt, as a PHC string."""
    hasher = Argon2id(salt=os.urandom(16), length=32, iterations=ITERATIONS, lanes=LANES, memory_cost=KIB)
    return hasher.derive_phc_encoded(_octets(password))


def fits(password: str, phc: str | None) -> bool:
    """Whether this is the password; where there is none, no, after the same work."""
    try:
        Argon2id.verify_phc_encoded(_octets(password), phc or nobodys_hash())
    except InvalidKey:
        return False
    return phc is not None


@cache
def nobodys_hash() -> str:
    """The hash of a password that nobody knows: an unknown login name costs the same time as a known one."""
    return hash_password(secrets.token_urlsafe(32))


def new_one_time_password() -> str:
    """Four groups of four, 79 bits, easy to read out."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def check_new_password(password: str, again: str, *, login: str) -> None:
    """Raises PasswordRefused for what is too short or long, too plain, told twice differently, or holds the name."""
    plain = unicodedata.normalize("NFKC", password)
    if plain != unicodedata.normalize("NFKC", again):
        raise PasswordRefused("differs")
    if not SHORTEST <= len(plain) <= LONGEST:
        raise PasswordRefused("length")
    if len(set(plain.lower())) < DIFFERENT or login in plain.lower():
        raise PasswordRefused("plain")


def _octets(password: str) -> bytes:
    """One password in every input method: full-width letters are the same letters."""
    return unicodedata.normalize("NFKC", password[:LONGEST]).encode("utf-8", "surrogatepass")
