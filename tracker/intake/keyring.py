"""The keyring (公钥表): whose key a signature is, read from the registry and kept fresh."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.engine import Engine

from tracker.store.database import reading
from tracker.store.registry import DeviceKey, device_keys
from tracker.wire.errors import BatchRefused, RefusalCode
from tracker.wire.signature import VerifyingKey
from tracker.wire.topics import Post

FRESH_FOR = 2.0  # seconds after which a revocation is seen


@dataclass(slots=True)
class Keyring:
    """Keys by kid. `refresh` reads the registry when the copy is old; look-ups never touch the database."""

    load: Callable[[], dict[str, DeviceKey]]
    clock: Callable[[], float]
    _keys: dict[str, DeviceKey] = field(default_factory=dict)
    _verifiers: dict[str, VerifyingKey] = field(default_factory=dict)
    _loaded_at: float = float("-inf")

    @staticmethod
    def of(engine: Engine, clock: Callable[[], float]) -> "Keyring":
        """A keyring over a store's registry; `clock` is monotonic seconds."""

        def load() -> dict[str, DeviceKey]:
            with reading(engine) as session:
                return device_keys(session)

        return Keyring(load, clock)

    def refresh(self, *, missed: bool = False) -> None:
        """Read the registry again when the copy is old, or at once when a key was `missed`."""
        if missed or self.clock() - self._loaded_at > FRESH_FOR:
            self._keys = self.load()
            self._loaded_at = self.clock()
            self._verifiers = {kid: self._verifiers[kid] for kid in self._verifiers.keys() & self._keys.keys()}

    def key_for(self, kid: str, post: Post) -> VerifyingKey:
        """The key that may speak for `post`. Raises BatchRefused (key_unknown, key_revoked, topic_mismatch)."""
        known = self._keys.get(kid)
        if known is None:
            raise BatchRefused(RefusalCode.KEY_UNKNOWN, "no device is enrolled with this key")
        if known.revoked:
            raise BatchRefused(RefusalCode.KEY_REVOKED, "this device's key was revoked")
        if not known.may_speak_for(post):
            raise BatchRefused(RefusalCode.TOPIC_MISMATCH, "this key belongs to another device than the topic names")
        verifier = self._verifiers.get(kid)
        if verifier is None:
            verifier = self._verifiers[kid] = VerifyingKey.from_bytes(known.public_key)
        return verifier
