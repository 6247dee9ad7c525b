"""Keys and signatures (签名): Ed25519 in compact JWS (RFC 7515, RFC 8037), keys as JWK named by RFC 7638."""

import hashlib
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.api_jws import PyJWS
from nacl.bindings import crypto_sign_BYTES, crypto_sign_open, crypto_sign_PUBLICKEYBYTES
from nacl.exceptions import BadSignatureError

from tracker.wire.repeated_names import has_repeated_names

MAX_HEADER_BYTES = 512
ALGORITHMS = ("EdDSA", "Ed25519")  # RFC 8037's name, which we write, and RFC 9864's, which we also read


_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


def encode_base64url(octets: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return b2a_base64(octets, newline=False).rstrip(b"=").translate(_TO_URL).decode()


def decode_base64url(text: str | bytes) -> bytes:
    """The octets of unpadded base64url. Raises ValueError for any other spelling: no two texts mean the same."""
    octets = text.encode("ascii") if isinstance(text, str) else text
    if not octets.isascii() or b"+" in octets or b"/" in octets:
        raise ValueError("not base64url")
    decoded = a2b_base64(octets.translate(_FROM_URL) + b"=" * (-len(octets) % 4), strict_mode=True)
    if b2a_base64(decoded, newline=False).rstrip(b"=").translate(_TO_URL) != octets:
        raise ValueError("not unpadded base64url")
    return decoded


def digest_of(octets: bytes) -> str:
    """Base64url SHA-256 of exact bytes."""
    return encode_base64url(hashlib.sha256(octets).digest())


class Jwk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public Ed25519 key as JWK (RFC 8037 section 2)."""

    x: str
    kid: str
    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"


class PrivateJwk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A private Ed25519 key as JWK; `d` is the 32-byte seed. Keep it in a file of mode 0600."""

    x: str
    d: str
    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"

    def __repr__(self) -> str:
        return f"PrivateJwk(x={self.x!r})"


def thumbprint(public: bytes) -> str:
    """RFC 7638 thumbprint of an Ed25519 public key of 32 bytes: base64url SHA-256 of its canonical JWK."""
    canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{encode_base64url(public)}"}}'
    return digest_of(canonical.encode())


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key that checks what one signer signed."""

    kid: str
    public_bytes: bytes  # 32

    @staticmethod
    def from_bytes(public: bytes) -> "VerifyingKey":
        if len(public) != crypto_sign_PUBLICKEYBYTES:
            raise ValueError(f"an Ed25519 public key has 32 bytes, not {len(public)}")
        return VerifyingKey(thumbprint(public), public)

    @staticmethod
    def from_jwk(jwk: Jwk) -> "VerifyingKey":
        return VerifyingKey.from_bytes(decode_base64url(jwk.x))

    def to_jwk(self) -> Jwk:
        return Jwk(x=encode_base64url(self.public_bytes), kid=self.kid)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, and the kid under which others know it."""

    kid: str
    key: Ed25519PrivateKey

    @staticmethod
    def generate() -> "SigningKey":
        return SigningKey.from_private(Ed25519PrivateKey.generate())

    @staticmethod
    def from_private(key: Ed25519PrivateKey) -> "SigningKey":
        return SigningKey(thumbprint(key.public_key().public_bytes_raw()), key)

    @staticmethod
    def from_jwk(jwk: PrivateJwk) -> "SigningKey":
        return SigningKey.from_private(Ed25519PrivateKey.from_private_bytes(decode_base64url(jwk.d)))

    def to_jwk(self) -> PrivateJwk:
        return PrivateJwk(
            x=encode_base64url(self.verifying.public_bytes), d=encode_base64url(self.key.private_bytes_raw())
        )

    @property
    def verifying(self) -> VerifyingKey:
        return VerifyingKey(self.kid, self.key.public_key().public_bytes_raw())

    def sign(self, payload: bytes, *, typ: str) -> str:
        """Compact JWS over payload; its header is exactly {alg, kid, typ}."""
        return _JWS.encode(payload, self.key, algorithm="EdDSA", headers={"kid": self.kid, "typ": typ})


class JwsHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A head's protected header, exactly these three."""

    alg: Literal["EdDSA", "Ed25519"]
    kid: str
    typ: str


class NotAJws(ValueError):
    """The text is not a compact JWS with our header."""


class Jws(msgspec.Struct, frozen=True):
    """A compact JWS taken apart, not yet believed: call `verify` first."""

    header: JwsHeader
    payload: bytes
    signing_input: bytes
    signature: bytes

    def verify(self, key: VerifyingKey) -> bool:
        """True when `key` made the signature (RFC 8032). By libsodium, twice as fast as OpenSSL; releases the GIL."""
        if key.kid != self.header.kid or len(self.signature) != crypto_sign_BYTES:
            return False
        try:
            crypto_sign_open(self.signature + self.signing_input, key.public_bytes)
        except BadSignatureError:
            return False
        return True


_JWS = PyJWS(algorithms=["EdDSA"])
_HEADER = msgspec.json.Decoder(JwsHeader)


def parse_jws(text: str | bytes) -> Jws:
    """A compact JWS in its parts. Raises NotAJws; checks no signature.

    Taken apart by hand because the key is chosen by `kid` between parsing and checking, once for every batch.
    """
    octets = text.encode() if isinstance(text, str) else text
    try:
        signing_input, _, signature = octets.rpartition(b".")
        header, _, payload = signing_input.partition(b".")
        if len(header) > MAX_HEADER_BYTES:
            raise ValueError("a header longer than its three members are")
        return Jws(
            header=_read_header(header),
            payload=decode_base64url(payload),
            signing_input=signing_input,
            signature=decode_base64url(signature),
        )
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise NotAJws("not a compact JWS with the header {alg, kid, typ}") from error


def signed_payload(text: str | bytes, keys: Mapping[str, VerifyingKey], *, typ: str) -> bytes:
    """The payload of a compact JWS of this type that one of the keys (by kid) signed. Raises NotAJws."""
    jws = parse_jws(text)
    key = keys.get(jws.header.kid)
    if jws.header.typ != typ or key is None or not jws.verify(key):
        raise NotAJws(f"not signed as {typ} by a key that is believed")
    return jws.payload


@lru_cache(maxsize=10_000)  # a device's header is the same in every batch
def _read_header(octets: bytes) -> JwsHeader:
    protected = decode_base64url(octets)
    if has_repeated_names(protected):
        raise ValueError("a name stands twice in the header")
    return _HEADER.decode(protected)
