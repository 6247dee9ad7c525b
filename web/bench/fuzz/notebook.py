"""The notebook (签名簿): who signs in a run, and what each of their keys really signed."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tracker.wire.message import HEAD_TYPE
from tracker.wire.signature import SigningKey, encode_base64url
from tracker.wire.topics import GATEWAY_DEVICE, Post


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, and where its holder stands; a gateway's stands at every station as device `replay`."""

    post: Post
    key: SigningKey
    is_gateway: bool = False
    in_force: bool = True

    @staticmethod
    def draw(rng: Random, post: Post, *, is_gateway: bool = False, in_force: bool = True) -> "Signer":
        """A signer whose key follows from the seed."""
        key = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
        return Signer(post, SigningKey.from_private(key), is_gateway, in_force)

    @property
    def header(self) -> bytes:
        return msgspec.json.encode({"alg": "EdDSA", "kid": self.key.kid, "typ": HEAD_TYPE})

    def may_speak_for(self, post: Post) -> bool:
        return post.device == GATEWAY_DEVICE if self.is_gateway else post == self.post


@dataclass(frozen=True, slots=True)
class Roster:
    """Who takes part: enrolled devices, perhaps a gateway, a device whose key was revoked, and one nobody enrolled."""

    devices: tuple[Signer, ...]
    revoked: Signer
    stranger: Signer
    gateway: Signer | None = None

    @staticmethod
    def draw(seed: int) -> "Roster":
        """Five devices of two carriers, and all the others."""
        rng = Random(f"roster {seed}")
        codes = [
            ("FZA", "S1", "G1"),
            ("FZA", "S1", "G2"),
            ("FZA", "S2", "G1"),
            ("FZB", "S1", "G1"),
            ("FZB", "S3", "G1"),
        ]
        devices = tuple(Signer.draw(rng, Post(*each)) for each in codes)
        return Roster(
            devices=devices,
            revoked=Signer.draw(rng, devices[0].post, in_force=False),
            stranger=Signer.draw(rng, devices[1].post, in_force=False),
            gateway=Signer.draw(rng, Post("FZA", "S1", GATEWAY_DEVICE), is_gateway=True),
        )

    def in_force(self) -> Iterator[Signer]:
        """Those whose signature counts."""
        yield from self.devices
        if self.gateway:
            yield self.gateway


@dataclass(slots=True)
class Notebook:
    """Every head that a key in force signed under an honest header, by its hash; nothing else may ever bring a row."""

    _signers: dict[bytes, Signer] = field(default_factory=dict)

    def sign(self, signer: Signer, claims: bytes, *, header: bytes | None = None, honest: bool = False) -> str:
        """A compact JWS, noted where its header is the signer's own or said to be `honest`."""
        signing_input = f"{encode_base64url(signer.header if header is None else header)}.{encode_base64url(claims)}"
        jws = f"{signing_input}.{encode_base64url(signer.key.key.sign(signing_input.encode()))}"
        if signer.in_force and (header is None or honest):
            self._signers[_digest(jws)] = signer
        return jws

    def signer_of(self, jws: str) -> Signer | None:
        """Whose signature this very text is."""
        return self._signers.get(_digest(jws))


def _digest(jws: str) -> bytes:
    return hashlib.sha256(jws.encode()).digest()
