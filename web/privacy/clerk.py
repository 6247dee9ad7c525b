"""The clerk (当班人员): accepts, is refused, prints and delivers at a real counter's page, parcel after parcel."""

import base64
import struct
import zlib
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from tracker.wire.pickup_code import PICKUP_CODE, pickup_code
from web.privacy.house import House, HouseFailed
from web.privacy.people import Person, invent_person

_STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("screened", {"lane": "X1", "result": "passed"}),
    ("departed", {"next_station": "S2"}),
    ("out_for_delivery", {}),
)
_ENDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("delivered", {"signer": "agent", "proof": {"kind": "signature"}}),
    ("delivered", {"signer": "self", "proof": {"kind": PICKUP_CODE}}),
    ("refused", {"reason": "recipient_refused"}),
    ("stored", {"place_kind": "locker", "consent": {"kind": "call"}}),
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel and its people. A letter needs no document."""

    waybill_no: str
    sender: Person
    recipient: Person
    agent: Person
    is_letter: bool

    @staticmethod
    def invent(random: Random, *, is_letter: bool) -> "Parcel":
        """A new one."""
        sender, recipient, agent = (invent_person(random) for _ in range(3))
        return Parcel(f"SF{random.randrange(10**13):013}", sender, recipient, agent, is_letter)

    @property
    def wrong_number(self) -> str:
        """The sender's number with another last character, as a slip of the hand makes it."""
        number = self.sender.number
        return number[:-1] + ("1" if number[-1] != "1" else "2")


def refuse(house: House, parcel: Parcel, random: Random) -> int:
    """Try what the gate refuses: a wrong number, a person's number or name in the waybill's place; how many."""
    sender, recipient = parcel.sender, parcel.recipient
    misplaced = [sender.number, sender.name, sender.address, sender.phone, recipient.phone]
    wrong = parcel.wrong_number if sender.has_checked_number else "无"
    bad = [_form(parcel, number=wrong), _form(parcel, waybill_no=random.choice(misplaced))]
    for form in bad:
        house.counter.post_json("/api/check", form)
        answer = house.counter.post_json("/api/accept", form)
        if answer.status == 200 and answer.json["verdict"] != "refused":
            raise HouseFailed("the gate accepted what it must refuse")
    for typed in (sender.name, f"{sender.phone} {sender.name}", sender.number if sender.has_checked_number else " "):
        answer = house.counter.post_json("/api/scan", {"step": "arrived", "typed": typed, "details": {}})
        if answer.status == 200 and answer.json["kept"]:
            raise HouseFailed("a person's name or number was scanned as a parcel's")
    return len(bad)


def accept(house: House, parcel: Parcel, random: Random) -> None:
    """Accept it and print its label. Raises HouseFailed."""
    form = _form(parcel, number=parcel.sender.number if random.randrange(4) else _wide(parcel.sender.number))
    if parcel.is_letter:
        form |= {"evidence": {"how": "letter"}, "category": "LETTER", "goods": "信件", "result": "LETTER_UNOPENED"}
    if random.randrange(3) == 0:
        form["photograph"] = _picture(random)
    answer = house.counter.post_json("/api/accept", form)
    if answer.status != 200 or answer.json["verdict"] != "accepted":
        raise HouseFailed(f"the counter did not accept a good parcel ({answer.status})")
    event_id = answer.json["event_id"]
    printed = house.counter.post_json("/api/print", {"event_id": event_id}).status
    shown = house.counter.get(f"/labels/{event_id}.png").status
    if (printed, shown) != (200, 200):
        raise HouseFailed(f"the label was not printed ({printed}) or not shown ({shown})")


def carry(house: House, parcel: Parcel, number: int, random: Random) -> None:
    """Every step up to one of the ends, in turn. Raises HouseFailed."""
    taken_out = UUID(int=0)
    for step, details in (*_STEPS, _ENDS[number % len(_ENDS)]):
        form: dict[str, Any] = {"step": step, "typed": parcel.waybill_no, "details": details}
        if details.get("signer") == "agent":
            form |= {"agent": _party(parcel.agent), "signature": _picture(random)}
        elif details.get("signer") == "self":
            form["code"] = pickup_code(house.label_key, parcel.waybill_no, taken_out)
        answer = house.counter.post_json("/api/scan", form)
        if answer.status != 200:
            raise HouseFailed(f"the scan {step} was not taken ({answer.status})")
        taken_out = UUID(answer.json["kept"][0]["event_id"])


def _form(parcel: Parcel, *, waybill_no: str | None = None, number: str | None = None) -> dict[str, Any]:
    sender = parcel.sender
    document: dict[str, Any] = {
        "kind": sender.kind, "number": number or sender.number, "name": sender.name, "valid_from": "2021-03-01",
        "valid_until": "2041-03-01",
    }  # fmt: skip
    if sender.issuing_state:
        document |= {"issuing_state": sender.issuing_state, "birth_date": sender.birth.isoformat()}
    return {
        "waybill_no": waybill_no or parcel.waybill_no, "sender": _party(sender), "recipient": _party(parcel.recipient),
        "evidence": {"how": "document", "document": document}, "category": "FOOD", "goods": "茶叶", "quantity": 1,
        "weight_g": 640, "result": "PASSED", "confirmed": True, "destination": parcel.recipient.division,
    }  # fmt: skip


def _party(person: Person) -> dict[str, str]:
    return {"name": person.name, "phone": person.phone, "address": person.address}


def _wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _picture(random: Random) -> str:
    """A small PNG of noise, as base64."""

    def piece(kind: bytes, octets: bytes) -> bytes:
        return struct.pack(">I", len(octets)) + kind + octets + struct.pack(">I", zlib.crc32(kind + octets))

    side = 16
    rows = b"".join(b"\0" + random.randbytes(side) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    picture = piece(b"IHDR", header) + piece(b"IDAT", zlib.compress(rows)) + piece(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + picture).decode()
