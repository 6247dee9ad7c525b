"""A tracker with bad luck (倒霉的入库进程): the real service, killed at a point that no signal from outside can aim at.

Arguments: the point. `before_ack` (committed, not acknowledged) and `before_receipt` (acknowledged, no receipt sent)
end in kill -9 by its own hand after some deliveries; `loses_receipts` loses half of the receipts, says so on standard
output, and lives on.
"""

import os
import random
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.intake.delivery import Delivery
from tracker.intake.reader import Reader
from tracker.wire.topics import Post
from web.commands import services
from web.settings import Settings

LOST = 0.5  # the share of receipts
LOSS = "a receipt is lost"  # a line each
LUCKY = 10  # deliveries, or receipts, before the luck runs out


@dataclass(slots=True)
class Unlucky(Reader):
    """The tracker's way back to the broker, which breaks at one point."""

    acknowledged: int = 0
    answered: int = 0

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Dies with a commit behind it and these acknowledgements before it."""
        self.acknowledged += len(deliveries)
        if sys.argv[1] == "before_ack" and self.acknowledged > LUCKY:
            os.kill(os.getpid(), signal.SIGKILL)
        Reader.acknowledge(self, deliveries)

    def publish_receipts(self, receipts: Sequence[tuple[Post, str]]) -> None:
        """Dies, or loses some, with the acknowledgements behind it and these receipts before it."""
        self.answered += len(receipts)
        if sys.argv[1] == "before_receipt" and self.answered > LUCKY:
            os.kill(os.getpid(), signal.SIGKILL)
        kept = [each for each in receipts if sys.argv[1] != "loses_receipts" or random.random() >= LOST]
        sys.stdout.write(f"{LOSS}\n" * (len(receipts) - len(kept)))
        sys.stdout.flush()
        Reader.publish_receipts(self, kept)


def main() -> None:
    """Run the tracker as `jixin tracker` does, with this way back."""
    services.__dict__["Reader"] = Unlucky  # the seam is between two of our modules, and no hook in them
    services.run_tracker(Settings())


if __name__ == "__main__":
    main()
