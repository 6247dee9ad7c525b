"""The machine (自助终端): `jixin remote-check` of one sender, its wire and its words on record."""

import subprocess
import sys
from random import Random

from msgspec.structs import replace

from tracker.wire.enrolment import write_enrolment
from tracker.wire.topics import Post
from web.commands.installation import enrol_device
from web.privacy.house import HOST, LOGS, House, HouseFailed
from web.privacy.people import Person, invent_person

POST = Post("SEARCH", "S1", "KIOSK-1")
WAIT = 60  # seconds for the receipt of the record


def check_at_kiosk(house: House, waybill_no: str, random: Random) -> Person:
    """Somebody new with a resident's card, checked; their record has its receipt. Raises HouseFailed."""
    machine, person = house.folder / "kiosk", _invent(random)
    machine.mkdir()
    enrolment = enrol_device(house.settings, house.engine, POST, self_service=True)
    wired = replace(enrolment.broker, url=f"mqtt://{HOST}:{house.broker_wire.port}")
    write_enrolment(replace(enrolment, broker=wired), machine / "enrolment.json")
    words = ("remote-check", waybill_no, "--enrolment", str(machine / "enrolment.json"),
             "--out", str(machine / "voucher.png"), "--wait", str(WAIT))  # fmt: skip
    answers = (person.kind, person.number, person.name, "20210301", "20410301", person.phone, "")
    log = house.folder / LOGS / "kiosk.log"
    with log.open("w") as written:
        ended = subprocess.run(  # noqa: S603 our own program
            [sys.executable, "-m", "web.cli", *words], env=house.environment(machine), cwd=house.folder, text=True,
            input="".join(f"{answer}\n" for answer in answers), stdout=written, stderr=written, timeout=2 * WAIT,
            check=False,
        )  # fmt: skip
    if ended.returncode != 0:
        raise HouseFailed(f"the machine did not check a good sender ({ended.returncode}), see {log}")
    return person


def _invent(random: Random) -> Person:
    while not (person := invent_person(random)).has_checked_number:
        pass
    return person
