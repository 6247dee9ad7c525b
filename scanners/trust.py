"""Trust (信任的公钥): which keys of the tracker a station believes: its enrolment's first, then where they lead."""

from dataclasses import dataclass, field

import msgspec
import structlog
from msgspec import Struct

from scanners.outbox import Outbox
from tracker.wire.enrolment import Enrolment
from tracker.wire.receipt import Receipt, StoreState, read_store_state, verify_receipt
from tracker.wire.signature import Jwk, VerifyingKey

log = structlog.get_logger()


class KeptTrust(Struct, frozen=True):
    """The keys believed, and the kids of all that ever were: a retired one stays so, whatever an old file says."""

    believed: list[Jwk]
    known: list[str]


@dataclass(slots=True)
class Trust:
    """One enrolment's trust, kept in its outbox; a new enrolment begins anew."""

    enrolment: Enrolment
    outbox: Outbox
    keys: dict[str, VerifyingKey] = field(init=False)
    _known: set[str] = field(init=False)

    def __post_init__(self) -> None:
        octets = self.outbox.kept_trust(self.enrolment.kid)
        kept = msgspec.json.decode(octets, type=KeptTrust) if octets else KeptTrust([], [])
        learnt = {jwk.kid: VerifyingKey.from_jwk(jwk) for jwk in kept.believed}
        pinned = {kid: key for kid, key in self.enrolment.pinned_keys.items() if kid not in kept.known}
        self.keys, self._known = learnt | pinned, {*kept.known, *pinned}

    def hear_receipt(self, octets: bytes) -> Receipt:
        """A receipt, believed. Raises NotAJws."""
        return verify_receipt(octets, self.keys)

    def hear_store(self, octets: bytes) -> StoreState:
        """The store's state, believed; what it says of the tracker's keys is taken over. Raises NotAJws."""
        word = read_store_state(octets, self.keys)
        if word.keys.keys() != self.keys.keys():
            log.info("tracker_keys_changed", believed=sorted(word.keys), retired=sorted(self.keys.keys() - word.keys))
            self.keys = word.keys
            self._known |= word.keys.keys()
            kept = KeptTrust([key.to_jwk() for key in self.keys.values()], sorted(self._known))
            self.outbox.keep_trust(self.enrolment.kid, msgspec.json.encode(kept))
        return word.state
