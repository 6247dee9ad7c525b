"""A thief (窃取者): all that was taken is tried as a key, a salt or an index's key against what is sealed."""

import base64
import hashlib
import hmac
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tracker.wire.sealing import NotSealedHere, PersonalContent, open_octets, open_sealed
from web.privacy.contents import streams_of
from web.privacy.people import Person

WORDS = re.compile(
    rb"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])|(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])"
)


def secrets_in(folder: Path) -> set[bytes]:
    """Whatever 32 octets lie there: in base64url, in hexadecimal, as a file of their own; in rows as in files."""
    found = {bytes(32)}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        for stream in streams_of(path):
            octets = b"".join(stream.chunks)
            found |= {octets} if len(octets) == 32 else set()
            for word in WORDS.findall(octets):
                found.add(bytes.fromhex(word.decode()) if len(word) == 64 else base64.urlsafe_b64decode(word + b"="))
    return found


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is sealed in a copy of the store."""

    records: list[tuple[UUID, UUID, str, str, bytes, bytes | None]]  # record, event, kid, commitment, box, blind index
    bodies: list[tuple[str, str, bytes]]  # kid, what it is bound to, box

    @staticmethod
    def of(database: Path) -> "Sealed":
        asked = "SELECT record_id, event_id, kid, commitment, box, blind_index FROM identity_record"
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as store:
            records = [(_id(one), _id(other), *rest) for one, other, *rest in store.execute(asked)]
            bodies = store.execute("SELECT kid, sha256, body FROM quarantine WHERE kid NOT NULL").fetchall()
        return Sealed(records, bodies)  # type: ignore[arg-type]  # as the tables have it

    def opened_with(self, secrets: Iterable[bytes]) -> tuple[list[PersonalContent], list[bytes]]:
        """What opens with any of these as the private key."""
        contents, bodies = [], []
        for private in map(X25519PrivateKey.from_private_bytes, secrets):
            for record_id, event_id, kid, commitment, box, _ in self.records:
                bound = {"kid": kid, "record_id": record_id, "event_id": event_id, "commitment": commitment}
                try:
                    contents.append(open_sealed(box, private=private, **bound))  # type: ignore[arg-type]  # as named
                except NotSealedHere:
                    continue
            for kid, bound_to, box in self.bodies:
                try:
                    bodies.append(open_octets(box, private=private, kid=kid, bound_to=bound_to))
                except NotSealedHere:
                    continue
        return contents, bodies

    def indexes_guessed(self, people: Iterable[Person], keys: Iterable[bytes]) -> int:
        """How many blind indexes are those of a known document under one of the keys, or under none."""
        known = {index for *_, index in self.records if index is not None}
        texts = [f"{person.kind}|{person.number}".encode() for person in people]
        guesses = {hmac.digest(key, text, hashlib.sha256) for key, text in product(keys, texts)}
        return len(known & (guesses | {hashlib.sha256(text).digest() for text in texts}))

    def commitments_guessed(self, people: Iterable[Person], salts: Iterable[bytes]) -> int:
        """How many commitments are those of a known person's document with one of the salts."""
        known = {commitment for *_, commitment, _, _ in self.records}
        guesses = set()
        for person, salt in product(people, salts):
            told = PersonalContent(
                salt=salt, document_kind=person.kind, document_number=person.number, name=person.name
            )
            digest = hashlib.sha256(b"jixin/v1/commitment\0" + msgspec.json.encode(told)).digest()
            guesses.add(base64.urlsafe_b64encode(digest).rstrip(b"=").decode())
        return len(known & guesses)


def _id(stored: object) -> UUID:
    return UUID(bytes=stored) if isinstance(stored, bytes) else UUID(str(stored))
