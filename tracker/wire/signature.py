"""Keys and signatures (签名): Ed25519 in compact JWS (RFC 7515, RFC 8037), keys as JWK named by RFC 7638."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.api_jws import PyJWS

from tracker.wire.repeated_names import has_repeated_names

ALGORITHMS = ("EdDSA", "Ed25519")  # RFC 8037's name, which we write, and RFC 9864's, which we also read


def encode_base64url(octets: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode_base64url(text: str | bytes) -> bytes:
    """The octets of unpadded base64url. Raises ValueError for any other spelling: no two texts mean the same."""
    octets = text.encode("ascii") if isinstance(text, str) else text
    decoded = base64.b64decode(octets + b"=" * (-len(octets) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != octets:
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
    key: Ed25519PublicKey

    @staticmethod
    def from_bytes(public: bytes) -> "VerifyingKey":
        return VerifyingKey(thumbprint(public), Ed25519PublicKey.from_public_bytes(public))

    @staticmethod
    def from_jwk(jwk: Jwk) -> "VerifyingKey":
        return VerifyingKey.from_bytes(decode_base64url(jwk.x))

    @property
    def public_bytes(self) -> bytes:
        return self.key.public_bytes_raw()

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
        return VerifyingKey(self.kid, self.key.public_key())

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


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS taken apart, not yet believed: call `verify` first."""

    header: JwsHeader
    payload: bytes
    signing_input: bytes
    signature: bytes

    def verify(self, key: VerifyingKey) -> bool:
        """True when `key` made the signature (RFC 8032; releases the GIL)."""
        if key.kid != self.header.kid:
            return False
        try:
            key.key.verify(self.signature, self.signing_input)
        except InvalidSignature:
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
        protected = decode_base64url(header)
        if has_repeated_names(protected):
            raise ValueError("a name stands twice in the header")
        return Jws(
            header=_HEADER.decode(protected),
            payload=decode_base64url(payload),
            signing_input=signing_input,
            signature=decode_base64url(signature),
        )
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise NotAJws("not a compact JWS with the header {alg, kid, typ}") from error
