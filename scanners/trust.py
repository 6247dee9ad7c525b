"""Trust (信任的公钥): which keys of the tracker a station believes: its enrolment's first, then where they lead."""

from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import structlog
from msgspec import Struct

from scanners.outbox import Outbox
from tracker.wire.enrolment import Enrolment
from tracker.wire.receipt import Receipt, StoreState, read_store_state, verify_receipt
from tracker.wire.signature import Jwk, NotAJws, VerifyingKey
from tracker.wire.vault_keys import Purpose, SealingKey, VaultNotice, VaultWord, find_sealing_key, read_vault_word

log = structlog.get_logger()


class KeptTrust(Struct, frozen=True):
    """The keys believed, and the kids of all that ever were: a retired one stays so, whatever an old file says.

    `vault` is the newest word heard of the vault whose key is pinned.
    """

    believed: list[Jwk]
    known: list[str]
    vault: VaultWord | None = None


@dataclass(slots=True)
class Trust:
    """One enrolment's trust, kept in its outbox; a new enrolment begins anew."""

    enrolment: Enrolment
    outbox: Outbox
    keys: dict[str, VerifyingKey] = field(init=False)
    _known: set[str] = field(init=False)
    _vault: VaultWord | None = field(init=False)
    _notice: VaultNotice | None = None

    def __post_init__(self) -> None:
        octets = self.outbox.kept_trust(self.enrolment.kid)
        kept = msgspec.json.decode(octets, type=KeptTrust) if octets else KeptTrust([], [])
        learnt = {jwk.kid: VerifyingKey.from_jwk(jwk) for jwk in kept.believed}
        pinned = {kid: key for kid, key in self.enrolment.pinned_keys.items() if kid not in kept.known}
        self.keys, self._known = learnt | pinned, {*kept.known, *pinned}
        self._vault = None
        for word in (self.enrolment.vault, kept.vault):
            if word is not None:
                self._hear_vault(word)

    def hear_receipt(self, octets: bytes) -> Receipt:
        """A receipt, believed; what it says of the vault's keys is taken over. Raises NotAJws."""
        receipt = verify_receipt(octets, self.keys)
        if receipt.vault is not None and self._hear_vault(receipt.vault):
            self._keep()
        return receipt

    def hear_store(self, octets: bytes) -> StoreState:
        """The store's state, believed; what it says of the tracker's keys is taken over. Raises NotAJws."""
        word = read_store_state(octets, self.keys)
        if word.keys.keys() != self.keys.keys():
            log.info("tracker_keys_changed", believed=sorted(word.keys), retired=sorted(self.keys.keys() - word.keys))
            self.keys = word.keys
            self._known |= word.keys.keys()
            self._keep()
        return word.state

    def sealing_key(self, purpose: Purpose, *, moment: datetime) -> SealingKey:
        """The vault's key for what happens at `moment`. Raises NoSealingKey."""
        return find_sealing_key(self._notice, moment=moment, purpose=purpose)

    def _hear_vault(self, word: VaultWord) -> bool:
        """Take over the vault's word, if it is the pinned vault's and newer; whether it was."""
        pinned = VerifyingKey.from_jwk(self._vault.key) if self._vault else None
        try:
            notice = read_vault_word(word, pinned=pinned)
        except NotAJws as error:
            log.warning("vault_not_believed", reason=str(error))
            return False
        if self._notice is not None and notice.made_at <= self._notice.made_at:
            return False
        self._vault, self._notice = word, notice
        return True

    def _keep(self) -> None:
        kept = KeptTrust([key.to_jwk() for key in self.keys.values()], sorted(self._known), self._vault)
        self.outbox.keep_trust(self.enrolment.kid, msgspec.json.encode(kept))
