"""Taking a rights request in (受理权利请求): its number, its parcels, what is right sealed, one audit entry."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from tracker.access.audit import Action
from tracker.realname.corrections import MASKS, MOST, build_correction
from tracker.realname.rights_requests import (
    NUMBER_BYTES,
    Channel,
    Requester,
    RequestKind,
    RightsRequest,
    write_request_no,
)
from tracker.store.database import transaction
from tracker.store.identity_store import append_records, vault_word
from tracker.store.rights_store import append_request, open_request_on
from tracker.wire.event_ids import build_event_id
from tracker.wire.sealing import SALT_BYTES
from tracker.wire.vault_keys import NoSealingKey, read_vault_word
from web.accounts.auditing import note
from web.accounts.forms import Form
from web.context import Context


class RequestRefused(ValueError):
    """The form cannot be taken; `code` says what is missing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """What a form asks for; `right` is what a correction says, by name of the field. It never shows itself in a log."""

    kind: RequestKind
    requester: Requester
    right: Mapping[str, str]


def read_told(form: Form) -> Told:
    """Raises RequestRefused."""
    try:
        kind, requester = RequestKind(form("kind")), Requester(form("requester"))
    except ValueError:
        raise RequestRefused("kind_missing") from None
    right = {name: text for name in MASKS if (text := form(name).strip())}
    if kind is not RequestKind.CORRECTION:
        return Told(kind, requester, {})
    if not right or any(len(text) > MOST or not text.isprintable() for text in right.values()):
        raise RequestRefused("right_missing")
    return Told(kind, requester, right)


def take_request(
    asking: Context, request: Request, told: Told, waybill_nos: tuple[str, ...], channel: Channel
) -> RightsRequest:
    """The request as kept. Raises RequestRefused where one like it is open, or nothing can be sealed."""
    made = RightsRequest(
        request_no=write_request_no(os.urandom(NUMBER_BYTES)),
        kind=told.kind,
        requester=told.requester,
        channel=channel,
        waybill_nos=waybill_nos,
        received_at=asking.now,
        term_days=request.app.state.settings.rights_days,
        correction_id=build_event_id(asking.now, os.urandom(10)) if told.right else None,
    )
    with transaction(asking.engine) as session:
        if channel is Channel.PAGE and open_request_on(session, waybill_nos[0], told.kind):
            raise RequestRefused("open_already")
        if made.correction_id is not None:
            word = vault_word(session)
            try:
                record = build_correction(
                    told.right, notice=read_vault_word(word) if word else None, waybill_no=waybill_nos[0],
                    record_id=made.correction_id, salt=os.urandom(SALT_BYTES), now=asking.now,
                )  # fmt: skip
            except NoSealingKey:
                raise RequestRefused("vault_unknown") from None
            append_records(session, [record])
        append_request(session, made)
        note(session, request, Action.RIGHTS_REQUESTED, object=made.request_no)
    return made
