"""The audit command (审计核验命令): does the chain hold, and does it still hold what was noted earlier."""

from tracker.access.audit import ChainState, check_chain
from tracker.store.database import reading
from web.commands.running import Misused
from web.commands.services import open_store
from web.settings import Settings


def parse_head(text: str | None) -> tuple[int, bytes] | None:
    """`12:9f…` as a number and 32 octets. Raises Misused."""
    if text is None:
        return None
    number, _, digest = text.partition(":")
    try:
        head = int(number), bytes.fromhex(digest)
        if head[0] < 1 or len(head[1]) != 32:
            raise ValueError
    except ValueError:
        raise Misused("链头写作 NUMBER:HASH · a head is a number, a colon and 64 hexadecimal digits") from None
    return head


def run_verify_audit(settings: Settings, known: tuple[int, bytes] | None) -> ChainState:
    """Walk the chain."""
    with reading(open_store(settings)) as session:
        return check_chain(session, known=known)
