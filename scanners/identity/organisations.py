"""An organisation that sends (单位交寄): its code by GB 32100, its name, and the copy that is kept."""

from stdnum.cn import uscc

from scanners.identity.presented import OrganisationProof, Sender
from scanners.identity.reasons import Reason
from scanners.identity.spelling import Lookalike, is_name, is_same_name, read_number


def read_uscc(text: str) -> str | None:
    """The unified social credit code, or None where its form or its check character is wrong."""
    try:
        code = read_number(text)
    except Lookalike:
        return None
    return code if uscc.is_valid(code) else None


def check_organisation(proof: OrganisationProof | None, sender: Sender) -> list[Reason]:
    """What speaks against the organisation that the waybill names; nothing for a person who sends for themselves."""
    if proof is None:
        return [Reason.ORGANISATION_UNPROVED] if sender.organisation else []
    found = [Reason.USCC_INVALID] if read_uscc(proof.uscc) is None else []
    if not is_name(proof.name, of_organisation=True):
        found.append(Reason.NAME_UNREADABLE)
    if not is_same_name(proof.name, sender.organisation or ""):
        found.append(Reason.ORGANISATION_MISMATCH)
    return found if proof.copy_kept else [*found, Reason.COPY_NOT_KEPT]
