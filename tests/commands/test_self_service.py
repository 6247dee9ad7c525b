"""`jixin self-service`, `jixin remote-check`: whose vouchers count, what a sender is asked; without a network."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy.engine import Engine
from typer.testing import CliRunner, Result

from scanners.identity.preverification import check_voucher
from scanners.identity.reasons import Reason
from scanners.outbox import Lane, Outbox
from scanners.refusal_register import RefusalRegister
from scanners.self_service_file import FILE_NAME, load_self_service
from tests.realname.world import Clock, make_vault
from tests.walk.processes import free_port
from tracker.realname.vault import Vault
from tracker.store.database import reading, transaction
from tracker.store.identity_store import save_vault_word
from tracker.store.registry_copy import collect_registry, merge_registry
from tracker.store.self_service_store import find_self_service_keys
from tracker.wire.enrolment import read_enrolment
from tracker.wire.identity_record import IdentityRecord, decode_record, encode_record
from tracker.wire.remote_check import Voucher
from tracker.wire.sealing import open_sealed
from tracker.wire.topics import Channel
from web.bench.gate.people import resident_number
from web.cli.program import app
from web.commands.installation import receipt_key
from web.settings import Settings

PARCEL = "QN1408223190755"
TODAY = datetime.now(UTC).date()
NUMBER = resident_number(Random(7), TODAY - timedelta(days=365 * 38), region="500112")
CHILD = resident_number(Random(8), TODAY - timedelta(days=365 * 10), region="500112")
NAME, PHONE = "张三丰", "13800138000"
CARD = ("RESIDENT_ID", NUMBER, NAME, "20200131", "20400131")
PERSON = (*CARD, PHONE, "")
KIOSK = ("--carrier", "BLUEBIRD", "--station", "HZ-01", "--device", "KIOSK-1")


@dataclass
class Kiosk:
    """A self-service device that has never seen its broker."""

    settings: Settings
    vault: Vault
    folder: Path

    @property
    def enrolment(self) -> Path:
        return self.folder / "kiosk.json"

    def check(self, *answers: str, parcel: str = PARCEL, more: tuple[str, ...] = ()) -> Result:
        words = ("remote-check", parcel, "--enrolment", str(self.enrolment), "--out", str(self.folder / "voucher.png"))
        return run(*words, "--wait", "0", *more, stdin="".join(f"{answer}\n" for answer in answers))

    def judge(self, text: str, *, at: datetime | None = None) -> Voucher | Reason:
        """What a counter of the carrier says to a voucher."""
        file = self.folder / FILE_NAME
        assert run("self-service", "export", "--carrier", "BLUEBIRD", "--out", str(file)).exit_code == 0
        key = receipt_key(self.settings)
        return check_voucher(
            text, load_self_service(file, {key.kid: key.verifying}), carrier="BLUEBIRD", waybill_no=PARCEL,
            of_organisation=False, used=False, now=at or datetime.now(UTC), list_days=30,
        )  # fmt: skip

    def records(self) -> list[IdentityRecord]:
        post = read_enrolment(self.enrolment).post
        outbox = Outbox(self.settings.data_dir / "outbox" / f"{post.username.replace('/', '-')}.db")
        kept = outbox.next_items(Lane(post, Channel.IDENTITIES))
        outbox.close()
        return [decode_record(body).record for _, body in kept]

    def on_disk(self) -> bytes:
        files = [self.settings.data_dir / "outbox", self.folder / "voucher.png"]
        paths = [path for file in files for path in ([file] if file.is_file() else file.glob("*"))]
        return b"".join(path.read_bytes() for path in paths)


@pytest.fixture
def kiosk(settings: Settings, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kiosk:
    """One device of an installation whose vault has said its word."""
    monkeypatch.setenv("JIXIN_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("JIXIN_BROKER_URL", f"mqtt://127.0.0.1:{free_port()}")
    vault = make_vault(tmp_path / "vault", Clock(datetime.now(UTC)))
    with transaction(store) as session:
        save_vault_word(session, vault.keys.word(vault.now()))
    made = Kiosk(settings, vault, tmp_path)
    assert run("enrol", *KIOSK, "--out", str(made.enrolment), "--self-service").exit_code == 0
    return made


def run(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, list(words), input=stdin)


def test_a_voucher_is_issued_for_a_sealed_record_and_believed_by_the_carriers_counters(kiosk: Kiosk) -> None:
    result = kiosk.check(*PERSON)
    assert result.exit_code == 0, result.stderr
    text = result.stdout.strip()
    voucher = kiosk.judge(text)
    assert isinstance(voucher, Voucher)
    register, sender = kiosk.records()
    assert (register.event_id, register.commitment) == (voucher.check_id, voucher.commitment)
    assert {each.waybill_no for each in (voucher, register, sender)} == {PARCEL}
    assert [str(each.subject) for each in (register, sender)] == ["register", "sender"]
    assert kiosk.judge(text, at=voucher.checked_at + timedelta(hours=72)) == voucher
    late = voucher.checked_at + timedelta(hours=72, seconds=1)
    assert kiosk.judge(text, at=late) is Reason.PREVERIFICATION_TOO_OLD


def test_nobody_is_named_by_the_voucher_the_words_or_the_disk(kiosk: Kiosk) -> None:
    result = kiosk.check(*PERSON)
    said = (result.stdout + result.stderr).encode()
    for secret in (NUMBER, NAME, PHONE, NUMBER[-4:]):
        assert secret.encode() not in said, secret
    kept = kiosk.on_disk()
    assert all(secret.encode() not in kept for secret in (NUMBER, NAME, PHONE))


def test_the_vault_opens_what_was_shown(kiosk: Kiosk) -> None:
    kiosk.check(*PERSON)
    register = kiosk.records()[0]
    record, private = decode_record(encode_record(register)), kiosk.vault.keys.private_of(register.kid)
    assert private is not None
    content = open_sealed(
        record.box, private=private, kid=register.kid, record_id=register.record_id,
        event_id=register.event_id, commitment=register.commitment,
    )  # fmt: skip
    assert (content.document_number, content.name) == (NUMBER, NAME)


def test_its_picture_fits_a_telephone_and_is_read_back_from_one(kiosk: Kiosk) -> None:
    text = kiosk.check(*PERSON).stdout.strip()
    picture = Image.open(kiosk.folder / "voucher.png")
    assert max(picture.size) <= 390
    assert [each.text for each in zxingcpp.read_barcodes(picture)] == [text]
    smaller = picture.convert("L").resize((260, 260)).rotate(4, expand=True, fillcolor=255)
    assert [each.text for each in zxingcpp.read_barcodes(smaller)] == [text]


def test_the_simulated_reader_spares_the_typing(kiosk: Kiosk) -> None:
    result = kiosk.check(PHONE, "", more=("--card-reader", "simulated"))
    assert isinstance(kiosk.judge(result.stdout.strip()), Voucher)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (("RESIDENT_ID", NUMBER, NAME, "20100131", "20200131", PHONE, ""), "证件已过期"),
        (("RESIDENT_ID", NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2"), *CARD[2:], PHONE, ""), "校验码不符"),
        ((*CARD, "123", ""), "电话或地址有误"),
        ((*CARD, "", ""), "电话、地址不全"),
        ((*CARD, PHONE, "重庆渝州商贸有限公司", "91110000600037341M", "y"), "统一社会信用代码不符"),
        ((*CARD, PHONE, "重庆渝州商贸有限公司", "91110000600037341L", "n"), "没有留存负责人证件复印件"),
        (("RESIDENT_ID", CHILD, *CARD[2:], PHONE, "", "RESIDENT_ID", CHILD, "张父", *CARD[3:]), "监护人未成年"),
    ],
)
def test_who_may_not_send_gets_no_voucher_and_is_on_the_register(
    kiosk: Kiosk, answers: tuple[str, ...], said: str
) -> None:
    result = kiosk.check(*answers)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert not (kiosk.folder / "voucher.png").exists()
    assert kiosk.records() == []
    register = RefusalRegister(kiosk.settings.data_dir / "outbox" / "BLUEBIRD-HZ-01-KIOSK-1-refusals.db")
    assert len(register.find(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC))) == 1
    register.close()


def test_a_young_sender_comes_with_a_guardian_and_a_firm_with_its_code(kiosk: Kiosk) -> None:
    child = ("RESIDENT_ID", CHILD, NAME, "20240131", "20290131", PHONE, "")
    assert kiosk.check(*child, "RESIDENT_ID", NUMBER, "张父", *CARD[3:]).exit_code == 0
    assert [str(each.subject) for each in kiosk.records()] == ["register", "responsible", "sender"]
    firm = kiosk.check(*CARD, PHONE, "重庆渝州商贸有限公司", "91110000600037341L", "y")
    assert kiosk.judge(firm.stdout.strip()) is Reason.PREVERIFICATION_OF_ANOTHER_SENDER


@pytest.mark.parametrize(
    ("answers", "parcel", "said", "code"),
    [
        (("LIBRARY_CARD",), PARCEL, "\n  FOREIGN_PASSPORT 外国公民护照\n", 2),
        (("居民身份证", NUMBER, NAME, "2020-02-31"), PARCEL, "YYYYMMDD", 2),
        (("RESIDENT_ID", NUMBER, NAME, "2020-02-31"), PARCEL, "YYYYMMDD", 2),
        (PERSON, "SF123", "位数却不对", 1),
        (PERSON, NUMBER, "运单号不成形", 1),
    ],
)
def test_what_cannot_be_read_is_said(kiosk: Kiosk, answers: tuple[str, ...], parcel: str, said: str, code: int) -> None:
    result = kiosk.check(*answers, parcel=parcel)
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr


def test_other_devices_check_nobody_and_their_vouchers_would_not_count(kiosk: Kiosk, tmp_path: Path) -> None:
    gun = tmp_path / "gun.json"
    run("enrol", *KIOSK[:-1], "GUN-1", "--out", str(gun))
    result = run("remote-check", PARCEL, "--enrolment", str(gun), "--out", str(tmp_path / "no.png"))
    assert (result.exit_code, "enrol --self-service" in result.stderr) == (1, True)
    both = run("enrol", "--gateway", "--self-service", "--out", str(tmp_path / "gateway.json"))
    assert both.exit_code == 2


def test_the_list_is_the_carriers_own_and_a_revoked_device_is_on_it_no_more(kiosk: Kiosk, tmp_path: Path) -> None:
    text = kiosk.check(*PERSON).stdout.strip()
    assert run("self-service", "list").stdout.startswith("✓ BLUEBIRD HZ-01 KIOSK-1")
    assert "没有自助终端" in run("self-service", "list", "--carrier", "EVENWAY").stdout
    none = run("self-service", "export", "--carrier", "EVENWAY", "--out", str(tmp_path / "x.jws"))
    assert (none.exit_code, (tmp_path / "x.jws").exists()) == (2, False)
    assert isinstance(kiosk.judge(text), Voucher)
    assert run("revoke", *KIOSK).exit_code == 0
    assert run("self-service", "list").stdout.startswith("– BLUEBIRD")
    assert kiosk.judge(text) is Reason.PREVERIFICATION_UNSIGNED
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_a_restored_registry_still_knows_which_keys_are_of_self_service(
    kiosk: Kiosk, store: Engine, sqlite_template: Path, tmp_path: Path
) -> None:
    from tracker.store.database import build_engine

    with reading(store) as session:
        copy, known = collect_registry(session), find_self_service_keys(session, carrier="BLUEBIRD")
    (tmp_path / "other.db").write_bytes(sqlite_template.read_bytes())
    other = build_engine(f"sqlite:///{tmp_path / 'other.db'}")
    with transaction(other) as session:
        merge_registry(session, copy)
        assert [each.kid for each in find_self_service_keys(session)] == [each.kid for each in known]
    other.dispose()
