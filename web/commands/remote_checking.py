"""The remote-check command (远程查验命令): a sender is checked at a self-service device, and given a voucher."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scanners.identity.beforehand import Checked, check_beforehand
from scanners.identity.gate import Refused
from scanners.identity.presented import Sender, Shown
from scanners.identity.reasons import Caution, Reason, wording_of
from scanners.outbox import Outbox
from scanners.refusal_register import RefusalRegister
from scanners.remote_check import record_check
from scanners.voucher_picture import draw_voucher
from tracker.wire.details import LOCAL
from tracker.wire.private_file import check_writable, write_private
from tracker.wire.remote_check import SERVES
from tracker.wire.vault_keys import NoSealingKey, Purpose
from web.commands.asking_sender import Told, ask_guardian
from web.commands.scanning import NotAStation, ReportingPlace, reporting, wait_for_receipts
from web.settings import Settings


class NotChecked(ValueError):
    """The sender may not send this parcel; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What a check came to: the voucher's text, whose picture is written, and how much has no receipt yet."""

    voucher: str
    left: int


def run_remote_check(
    settings: Settings,
    enrolment_file: Path,
    waybill_no: str,
    out: Path,
    *,
    outbox_file: Path | None,
    told: Callable[[], Told],
    wait: float,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> Issued:
    """Ask (`told`), check, seal, keep, sign; then report for `wait` seconds at most: the next run sends what is left.

    Raises NotChecked, Misused, NotAStation, NoCard, OutboxError, OSError.
    """
    check_writable(out)
    with reporting(settings, enrolment_file, outbox_file, say=warn, warn=warn) as place:
        if not place.enrolment.self_service:
            raise NotAStation(
                "此终端不是自助终端 · this device is none of self-service: enrol it with `jixin enrol --self-service`"
            )
        _require_keys(place)
        checked = _check(place, waybill_no, told())
        voucher = record_check(
            checked,
            post=place.enrolment.post,
            outbox=place.outbox,
            key=place.enrolment.signing_key,
            sealing_key=lambda purpose, moment: place.publisher.sealing_key(purpose, moment=moment),
        )
        place.publisher.wake()
        write_private(out, draw_voucher(voucher))
        _tell(checked, out, say)
        left = wait_for_receipts(place.outbox, wait)
        _warn_of_refused(place.outbox, warn)
        place.watch.stop(left=left)
        return Issued(voucher, left)


def _require_keys(place: ReportingPlace) -> None:
    """Nobody is asked for what could not be sealed. Raises NotAStation."""
    try:
        for purpose in (Purpose.REGISTER, Purpose.TRADE):
            place.publisher.sealing_key(purpose, moment=datetime.now(UTC))
    except NoSealingKey as error:
        raise NotAStation(
            f"没有本月的保险库密钥，请重新入网 · this device has no key of the vault for this month ({error}):"
            " enrol it anew while the vault runs"
        ) from error


def _check(place: ReportingPlace, waybill_no: str, told: Told) -> Checked:
    """The check of what was told; a young sender's guardian is asked for. Raises NotChecked, once it is on record."""
    outcome = _decide(waybill_no, told.sender, told.shown)
    if isinstance(outcome, Refused) and outcome.reasons == (Reason.GUARDIAN_MISSING,):
        outcome = _decide(waybill_no, told.sender, ask_guardian(told.shown))
    if isinstance(outcome, Checked):
        return outcome
    register = RefusalRegister(place.path.with_name(f"{place.path.stem}-refusals.db"))
    register.put(outcome)
    register.close()
    words = (refusal.wording for refusal in outcome.refusals)
    raise NotChecked("\n✗ ".join(f"{each.zh}:{each.do_zh} · {each.en}: {each.do_en}" for each in words))


def _decide(waybill_no: str, sender: Sender, shown: Shown) -> Checked | Refused:
    return check_beforehand(waybill_no, sender, shown, now=datetime.now(UTC))


def _tell(checked: Checked, out: Path, say: Callable[[str], None]) -> None:
    until = (checked.checked_at + SERVES).astimezone(LOCAL)
    for caution in checked.cautions:
        say(f"! {_line(caution)}")
    say(f"✓ {checked.waybill_no} 已查验 checked · {until:%Y-%m-%d %H:%M} 前有效 serves until then · {out}")


def _line(caution: Caution) -> str:
    told = wording_of(caution)
    return f"{told.zh} · {told.en}"


def _warn_of_refused(outbox: Outbox, warn: Callable[[str], None]) -> None:
    for refusal in outbox.find_refused():
        warn(f"✗ {refusal.event_id} {refusal.code}: {refusal.reason}")
