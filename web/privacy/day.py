"""A day (一日业务): what a counter does with people whom we know, what visitors ask, what is said in wrong places."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from tracker.wire.label_token import label_token
from tracker.wire.topics import Channel
from web.privacy.clerk import Parcel, accept, carry, refuse
from web.privacy.house import House
from web.privacy.kiosk import check_at_kiosk
from web.privacy.needles import Needle, NeedleKind
from web.privacy.people import Person, invent_person

_LETTER_EVERY, _SMUGGLED_EVERY = 10, 5  # parcels


@dataclass(slots=True)
class Day:
    """What happened. `known` must lie nowhere open; `smuggled` was sent in the open by a program of another make, past
    the recorded wire, so that only the broker on its way may hold it."""

    known: list[Needle] = field(default_factory=list)
    smuggled: list[Needle] = field(default_factory=list)
    waybill_nos: list[str] = field(default_factory=list)
    registered: dict[str, Person] = field(default_factory=dict)  # by waybill number, whose document was sealed
    refused: int = 0


def live_a_day(house: House, parcels: int, random: Random) -> Iterator[Day]:
    """The day as it stands after each parcel. Raises HouseFailed where something went otherwise than it must."""
    day = Day()
    for number in range(parcels):
        parcel = Parcel.invent(random, is_letter=number % _LETTER_EVERY == _LETTER_EVERY - 1)
        for person in (parcel.sender, parcel.recipient, parcel.agent):
            day.known += person.needles
        day.known.append(Needle(NeedleKind.DOCUMENT, parcel.wrong_number))
        day.refused += refuse(house, parcel, random)
        accept(house, parcel, random)
        carry(house, parcel, number, random)
        day.waybill_nos.append(parcel.waybill_no)
        if not parcel.is_letter:
            day.registered[parcel.waybill_no] = parcel.sender
        _visit(house, parcel)
        _mistype(house, parcel)
        if number % _SMUGGLED_EVERY == 0:
            _smuggle(house, day, random)
        yield day
    _post_by_self_service(house, day, random)
    house.settle()


def _post_by_self_service(house: House, day: Day, random: Random) -> None:
    """A sender whom a machine has checked: what it asked is nobody's to read either."""
    waybill_no = f"KIOSK{random.randrange(10**10):010}"
    person = check_at_kiosk(house, waybill_no, random)
    day.known += person.needles
    day.registered[waybill_no] = person


def _visit(house: House, parcel: Parcel) -> None:
    """The trace pages, over the recorded wire: as anybody, with the label's token, with the telephone's digits."""
    visitor, page = house.visitor, f"/t/{parcel.waybill_no}"
    token = label_token(house.label_key, parcel.waybill_no)
    api = f"/api/v1/parcels/{parcel.waybill_no}"
    for path in (page, f"{page}?k={token}", f"{api}/trace?k={token}", f"{api}/proof", f"/?no={parcel.waybill_no}"):
        visitor.get(path)
    visitor.post_form(page, tail=parcel.recipient.phone[-4:])
    visitor.get(page)


def _mistype(house: House, parcel: Parcel) -> None:
    """What people type where it does not belong; their own wire holds it, nothing else may."""
    visitor, number, phone = house.unseen, parcel.sender.number, parcel.recipient.phone
    for path in ("/t/{}", "/api/v1/parcels/{}/trace", "/?no={}", "/{}", "/carriers/{}"):
        visitor.get(path.format(number))
    visitor.get("/login")
    visitor.post_form("/login", login=phone, password=number)
    visitor.post_form(f"/t/{phone}", tail=phone)


def _smuggle(house: House, day: Day, random: Random) -> None:
    """A program of another make that names people in the open: what came is kept sealed, and told to nobody."""
    person = invent_person(random)
    day.smuggled += person.needles
    body = f'{{"head": "x", "events": [{{"name": "{person.name}", "phone": "{person.phone}", "id": "{person.number}",'
    house.publish(Channel.SCANS, f'{body} "address": "{person.address}"}}]}}'.encode())
    house.publish(Channel.STATUS, f'{{"{person.name}": "{person.number}"}}'.encode())
    house.publish(Channel.IDENTITIES, f'{{"{person.phone}": "{person.address}"}}'.encode())
