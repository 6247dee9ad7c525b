"""The counter's page (柜台): by keyboard alone from the waybill to the store's sealed record and the trace page."""

import ssl
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Literal
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page

from tests.walk.browser import grave_faults, run_browser
from tests.walk.installation import Installation, stop
from tests.walk.processes import free_port, wait_until
from tests.walk.test_browser import DESK, PHONE, TOO_SMALL
from tests.walk.witness import rows
from web.bench.gate.people import resident_number

CLERK, PIN, BADGE = "C7", "402917", "BADGE-7-4471"
NUMBER = resident_number(Random(7), date(1988, 6, 1), region="500112")
PERSON = ("张三丰", "13800138000", "重庆市渝北区冉家坝街1号3单元501")
STRANGER = ("李四光", "13900139000", "北京市朝阳区建国路1号2单元302")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with run_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def counter(house: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Counter"]:
    """A counter of an invented carrier on a machine of its own, whose broker and store are the house's."""
    enrolment = house.enrol("SMALLTOWN", "YT-9", "COUNTER-1")
    machine = Installation(tmp_path_factory.mktemp("counter") / "data")
    machine.variables["JIXIN_PUBLIC_URL"] = house.url
    machine.must("operators", "add", CLERK, "--badge", stdin=f"{PIN}\n{BADGE}\n")
    opened = Counter(machine, enrolment, free_port())
    with opened.running():
        yield opened


class Counter:
    """A running `jixin station --counter`."""

    def __init__(self, machine: Installation, enrolment: Path, port: int) -> None:
        self.machine, self.enrolment, self.port = machine, enrolment, port
        self.url = f"http://127.0.0.1:{port}"
        self.log = machine.data_dir.with_suffix(".log")

    def running(self, *more: str) -> "Running":
        return Running(self, *more)

    def believed(self) -> ssl.SSLContext | None:
        """What a phone believes that was told to: this counter's own certificate."""
        path = self.machine.data_dir / "counter" / "certificate.pem"
        return ssl.create_default_context(cafile=str(path)) if path.exists() else None

    def everything_on_disk(self) -> bytes:
        """All that this machine has written, its log too."""
        files = [path for path in self.machine.data_dir.rglob("*") if path.is_file()]
        return b"".join(path.read_bytes() for path in [*files, self.log])


class Running:
    """Starts the counter, and ends it well."""

    def __init__(self, counter: Counter, *more: str) -> None:
        self.counter, self.more = counter, more

    def __enter__(self) -> None:
        words = ("station", "--enrolment", str(self.counter.enrolment), "--counter", "--port", str(self.counter.port))
        with self.counter.log.open("a") as log:
            self.process: subprocess.Popen[str] = self.counter.machine.start(
                *words, "--card-reader", "simulated", *self.more, stdout=log, stderr=log
            )
        wait_until(self._answers, "the page opens")

    def __exit__(self, *_: object) -> None:
        assert stop(self.process) == 0, self.counter.log.read_text()

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.counter.log.read_text()
        try:
            with urlopen(self.counter.url, timeout=5, context=self.counter.believed()) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@pytest.fixture
def page(browser: Browser, counter: Counter) -> Iterator[Page]:
    """The page, signed in by badge; no complaint of the browser is let pass."""
    page = browser.new_context(viewport=DESK).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, counter)
    wait_until(lambda: "已联网" in page.inner_text("#connection"), "the counter is online and has the vault's keys")
    yield page
    assert complaints == []
    page.context.close()


def sign_in(page: Page, counter: Counter) -> None:
    """Open the page and scan the badge."""
    page.goto(counter.url)
    page.wait_for_selector("#sign-in-code:focus")
    type_all(page, BADGE)
    page.wait_for_selector("#scan:focus")


def type_all(page: Page, *texts: str) -> None:
    """Each text into the field that has the focus, then Enter: the focus goes on by itself."""
    for text in texts:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def choose(page: Page, place: int) -> None:
    """Choose in the list that has the focus, so many keys down, then Enter."""
    for _ in range(place):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def accept_by_keyboard(page: Page, waybill_no: str, *, until: str = "20400131", goods: str = "茶叶") -> None:
    """Everything of an acceptance but the last Enter."""
    type_all(page, waybill_no)
    page.wait_for_selector("#read-card:focus")
    page.keyboard.press("Tab")
    choose(page, 2)  # the resident card, after the reader's
    type_all(page, NUMBER, PERSON[0], "20200131", until, *PERSON)
    type_all(page, *STRANGER, "110105")
    choose(page, 5)  # food
    type_all(page, goods, "", "820")
    choose(page, 1)  # as declared
    page.keyboard.press("Space")
    page.keyboard.press("Enter")


def test_by_keyboard_alone_from_the_waybill_to_the_trace_page(
    house: Installation, counter: Counter, page: Page, browser: Browser
) -> None:
    accept_by_keyboard(page, " qn1408223190755")
    page.wait_for_selector("#verdict[data-state=ready]")
    page.wait_for_selector("#verdict:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector("#said[data-state=good]", timeout=1000)
    assert "已收寄 QN1408223190755" in page.inner_text("#said")
    assert page.input_value("[name=number]") == ""
    wait_until(lambda: "已回执" in page.inner_text("#day li:first-child"), "the receipt is on the page")
    records = rows(
        house.data_dir / "jixin.db",
        "SELECT subject, masked FROM identity_record WHERE waybill_no = 'QN1408223190755' ORDER BY subject",
    )
    assert [subject for subject, _ in records] == ["recipient", "register", "sender"]
    assert "**************" + NUMBER[-4:] in records[1][1]
    trace = house.get("/api/v1/parcels/QN1408223190755/trace").json
    assert [(each["step"], each["station"]) for each in trace["events"]] == [("accepted", "YT-9")]
    assert trace["anomalies"] == []
    shown = browser.new_page()
    shown.goto(f"{house.url}/t/QN1408223190755")
    assert "已收寄" in shown.inner_text("main") or "收寄" in shown.inner_text("main")
    shown.close()
    kept = counter.everything_on_disk()
    for needle in (NUMBER, *PERSON, *STRANGER):
        assert needle.encode() not in kept, needle


def test_the_label_of_an_accepted_parcel_opens_and_shows_nobody(counter: Counter, page: Page) -> None:
    accept_by_keyboard(page, "QN1408223190756")
    page.wait_for_selector("#verdict[data-state=ready]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#label:visible")
    answer = page.request.get(counter.url + str(page.get_attribute("#label", "href")))
    assert answer.status == 200
    assert answer.body().startswith(b"\x89PNG")


def test_an_expired_document_is_refused_with_the_law_and_is_on_the_list(page: Page) -> None:
    accept_by_keyboard(page, "QN1408223190757", until="20250131")
    page.wait_for_selector("#verdict[data-state=refused]")
    assert "证件已过期 · 请出示有效证件" in page.inner_text("#verdict")
    page.keyboard.press("Enter")
    page.wait_for_selector("#said[data-state=bad]")
    assert "第23条" in page.inner_text("#said")
    wait_until(lambda: "证件已过期" in page.inner_text("#day li:first-child"), "the refusal is on the day's list")


def test_the_card_reader_spares_the_typing(page: Page) -> None:
    type_all(page, "QN1408223190758")
    page.wait_for_selector("#read-card:focus")
    page.keyboard.press("F8")
    page.wait_for_selector("#card-told:visible")
    shown = page.inner_text("#card-told")
    assert "居民身份证" in shown
    assert "*" in shown
    page.wait_for_selector("[name=sender_phone]:focus")
    page.keyboard.press("Escape")
    page.wait_for_selector("#scan:focus")
    assert page.is_hidden("#card-told")


def test_two_hundred_parcels_in_a_row_without_a_hand_on_the_page(house: Installation, page: Page) -> None:
    page.keyboard.press("F2")
    page.wait_for_selector("#handle-form:visible")
    page.locator("#scan").focus()
    for number in range(200):
        page.keyboard.insert_text(f"RUN{number:05}")
        page.keyboard.press("Enter")
        if number % 50 == 0:  # a scanner that reads twice
            page.keyboard.insert_text(f"RUN{number:05}")
            page.keyboard.press("Enter")

    def recorded() -> int:
        query = "SELECT count(*) FROM event WHERE waybill_no LIKE 'RUN%'"
        return sum(number for (number,) in rows(house.data_dir / "jixin.db", query))

    wait_until(lambda: recorded() == 200, "all are recorded, each once")


def test_a_scan_is_taken_back_from_the_list(house: Installation, page: Page) -> None:
    page.keyboard.press("F3")
    type_all(page, "UNDO00001")
    page.wait_for_selector("#said[data-state=good]")
    button = page.locator("#day li:has-text('UNDO00001') button")
    button.click()
    button.click()
    page.wait_for_selector("#day li.undone:has-text('UNDO00001')")
    wait_until(lambda: house.get("/api/v1/parcels/UNDO00001/trace").status == 200, "both are recorded")


def test_a_drawn_signature_is_sealed_and_bound_to_its_event(house: Installation, page: Page) -> None:
    page.keyboard.press("F5")
    page.select_option("[name=signer]", "self")
    page.select_option("[name=proof]", "signature")
    box = page.locator("#pad").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 100, steps=8)
    page.mouse.up()
    page.locator("#scan").focus()
    type_all(page, "SIGNED0001")
    page.wait_for_selector("#said[data-state=good]")

    def commitments() -> list[str]:
        query = "SELECT commitment FROM identity_record WHERE waybill_no = 'SIGNED0001' AND subject = 'signature'"
        return [commitment for (commitment,) in rows(house.data_dir / "jixin.db", query)]

    (commitment,) = wait_until(commitments, "the signature is recorded")
    proof = wait_until(
        lambda: rows(house.data_dir / "jixin.db", "SELECT body FROM event WHERE waybill_no = 'SIGNED0001'"), "signed"
    )
    assert commitment in str(proof)


def test_the_page_fits_a_phone_and_a_thumb(page: Page) -> None:
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        for key in ("F1", "F4", "F5"):
            page.keyboard.press(key)
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            assert page.evaluate(TOO_SMALL) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser: Browser, counter: Counter, scheme: Literal["light", "dark"]) -> None:
    page = browser.new_context(viewport=DESK, color_scheme=scheme).new_page()
    page.goto(counter.url)
    page.wait_for_selector("#sign-in-code:focus")
    found = grave_faults(page)
    sign_in(page, counter)
    accept_by_keyboard(page, "AXE0000001", until="20250131")
    page.wait_for_selector("#verdict[data-state=refused]")
    for key in ("", "F4", "F5"):
        if key:
            page.keyboard.press(key)
        found += grave_faults(page)
    assert found == []
    page.context.close()


def test_it_speaks_english_by_choice(page: Page) -> None:
    page.click("#language")
    assert page.inner_text("#mode-title") == "Accept"
    assert page.evaluate("document.documentElement.lang") == "en"
    page.click("#language")


def test_without_a_broker_the_counter_works_on_and_its_day_survives_a_restart(
    house: Installation, browser: Browser, tmp_path: Path
) -> None:
    machine = Installation(tmp_path / "data", variables={"JIXIN_BROKER_URL": f"mqtt://127.0.0.1:{free_port()}"})
    machine.must("operators", "add", CLERK, "--badge", stdin=f"{PIN}\n{BADGE}\n")
    alone = Counter(machine, house.enrol("SMALLTOWN", "YT-8", "COUNTER-1"), free_port())
    page = browser.new_context().new_page()
    with alone.running():
        sign_in(page, alone)
        assert "断网" in page.inner_text("#connection")
        accept_by_keyboard(page, "ALONE0001")
        page.wait_for_selector("#verdict[data-state=ready]")
        page.keyboard.press("Enter")
        page.wait_for_selector("#said[data-state=good]")
    with alone.running():
        sign_in(page, alone)
        wait_until(lambda: "待回执" in page.inner_text("#day li:first-child"), "it is still on the list")
        page.context.close()


def test_a_phone_in_the_shop_opens_it_over_tls(house: Installation, tmp_path: Path) -> None:
    machine = Installation(tmp_path / "data", variables={"JIXIN_BROKER_URL": f"mqtt://127.0.0.1:{free_port()}"})
    shop = Counter(machine, house.enrol("SMALLTOWN", "YT-7", "COUNTER-1"), free_port())
    shop.url = shop.url.replace("http:", "https:")
    with shop.running("--tls"), urlopen(shop.url, context=shop.believed()) as answer:
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "证书指纹 SHA-256" in shop.log.read_text()
    assert "jixin operators add" in shop.log.read_text()


def test_what_cannot_be_served_is_said_and_ends_with_its_code(house: Installation, tmp_path: Path) -> None:
    machine = Installation(tmp_path / "data", variables={"JIXIN_BROKER_URL": f"mqtt://127.0.0.1:{free_port()}"})
    enrolment = str(house.enrol("SMALLTOWN", "YT-6", "COUNTER-1"))

    def ended(*more: str) -> tuple[int, str]:
        result = machine.run("station", "--enrolment", enrolment, "--counter", *more)
        return result.returncode, result.stderr

    for code, said, more in (
        (2, "--tls", ("--host", "192.0.2.1")),
        (2, "192.168.1.5", ("--host", "0.0.0.0", "--tls")),
        (2, "HOST[:PORT]", ("--printer", "printer:none")),
        (2, "--step", ("--step", "arrived")),
        (1, str(house.web_port), ("--port", str(house.web_port))),
    ):
        told = ended(*more)
        assert told[0] == code, told
        assert said in told[1]
    for pin, said in (("12345", "6 to 12 digits"), ("123456", "in a row")):
        result = machine.run("operators", "add", "C7", stdin=f"{pin}\n")
        assert (result.returncode, said in result.stderr) == (2, True)
    assert machine.run("operators", "remove", "C7").returncode == 2
    machine.must("operators", "add", "C7", stdin="402917\n")
    assert "C7 · PIN" in machine.must("operators", "list")
    machine.must("operators", "remove", "C7")
