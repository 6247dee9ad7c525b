"""The commands of the receipt keys (回执密钥命令): export the public ones; announce the next, then sign with it."""

from datetime import UTC, datetime

from tracker.wire.key_set import encode_key_set
from web.commands.installation import check_keys, make_data_dir, receipt_key, save_record
from web.commands.receipt_keys import ANNOUNCED_FOR, announce_next, read_key_file, switch_to_next
from web.commands.running import InstallationError, only_one
from web.commands.services import open_store
from web.settings import Settings


def export_keys(settings: Settings) -> bytes:
    """The public keys of receipts, past, present and next, as a JWK Set. Raises InstallationError, OSError."""
    if not settings.receipt_key_file.exists():
        raise InstallationError(
            f"没有密钥，请在入库进程所在的机器上运行 · no keys in {settings.data_dir}:"
            " run it where the tracker runs, with its data dir"
        )
    return encode_key_set(read_key_file(settings.receipt_key_file).public)


def run_rotate_keys(settings: Settings, *, switch: bool, at_once: bool) -> list[str]:
    """One step of a rotation, while everything runs; what to say. Raises InstallationError, OSError."""
    if not settings.receipt_key_file.exists():
        raise InstallationError(
            f"没有密钥，请在入库进程所在的机器上运行 · no keys in {settings.data_dir}:"
            " run it where the tracker runs, with its data dir"
        )
    engine = open_store(settings)
    check_keys(settings, engine)
    path, now = settings.receipt_key_file, datetime.now(UTC)
    with only_one(settings.data_dir / "run" / "keys.lock", "the keys are being changed by another command"):
        if switch:
            file = switch_to_next(path, now=now, at_once=at_once)
            said = [f"✓ 新密钥开始签发 receipts are signed by {file.signing.kid}; the old private key is gone"]
        else:
            file = announce_next(path, now=now)
            assert file.next is not None
            said = [
                f"✓ 已公布下一把密钥 next key {file.links[-1].kid}, announced to every device that connects",
                f"  {now + ANNOUNCED_FOR:%Y-%m-%d %H:%M} UTC 之后 after that: jixin rotate-keys --switch",
            ]
        save_record(engine, file)
    return [*said, "  请备份密钥 · back up the keys now: jixin backup --out …"]


def run_replace_lost_key(settings: Settings) -> list[str]:
    """Where the key that signs for this store is lost for good: sign with this data dir's, made if there is none.

    What to say. Raises InstallationError where the key is not lost, OSError.
    """
    make_data_dir(settings)
    engine = open_store(settings)
    try:
        check_keys(settings, engine)
    except InstallationError:
        receipt_key(settings)
        file = read_key_file(settings.receipt_key_file)
        save_record(engine, file)
        return [
            f"✓ 改用此密钥 receipts are signed by {file.signing.kid} from the next start of the tracker",
            "  没有终端信任它 no device believes it: enrol every device anew (`jixin enrol`); scans wait meanwhile",
        ]
    raise InstallationError(
        "密钥还在，没有丢失 · the key is here and lost nothing: `jixin rotate-keys` without --lost changes it"
    )
