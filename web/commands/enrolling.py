"""Enrolling and revoking (入网与注销)."""

from pathlib import Path

from tracker.wire.enrolment import Enrolment, write_enrolment
from tracker.wire.private_file import check_writable
from tracker.wire.topics import Post
from web.commands.device_address import check_device_url
from web.commands.installation import enrol_device, enrol_gateway, make_data_dir, revoke_device, revoke_gateway
from web.commands.services import open_store
from web.settings import Settings


def run_enrol(
    settings: Settings, post: Post | None, out: Path, *, self_service: bool = False, division: str | None = None
) -> Enrolment:
    """Enrol a device, or a gateway where no post is named, and write its file, mode 0600.

    A `self_service` device checks senders beforehand, and its vouchers count at its carrier's counters. `division` is
    where the station stands: the origin of what it accepts.

    Raises OSError, before anything is registered, where the file cannot be written, and InstallationError where it
    could not say how to reach the broker.
    """
    check_writable(out)
    check_device_url(settings)
    make_data_dir(settings)
    engine = open_store(settings, migrate=True)
    enrolment = (
        enrol_device(settings, engine, post, self_service=self_service, division=division)
        if post
        else enrol_gateway(settings, engine)
    )
    write_enrolment(enrolment, out)
    return enrolment


def run_revoke_gateway(settings: Settings) -> int:
    """Revoke the gateway and make a new one; how many keys were in force."""
    return revoke_gateway(settings, open_store(settings))


def run_revoke(settings: Settings, post: Post) -> int:
    """Revoke a device; how many keys were in force."""
    return revoke_device(settings, open_store(settings), post)
