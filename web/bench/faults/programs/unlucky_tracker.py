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
from tracker.intake.subscriber import Subscriber
from tracker.wire.topics import Post
from web.commands import services
from web.settings import Settings

LOST = 0.5  # the share of receipts
LOSS = "a receipt is lost"  # a line each
LUCKY = 10  # deliveries, or receipts, before the luck runs out


@dataclass(slots=True)
class Unlucky(Subscriber):
    """The tracker's way back to the broker, which breaks at one point."""

    acknowledged: int = 0
    answered: int = 0

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Dies with a commit behind it and these acknowledgements before it."""
        self.acknowledged += len(deliveries)
        if sys.argv[1] == "before_ack" and self.acknowledged > LUCKY:
            os.kill(os.getpid(), signal.SIGKILL)
        Subscriber.acknowledge(self, deliveries)

    def publish_receipt(self, post: Post, receipt: str) -> None:
        """Dies, or loses it, with the acknowledgements behind it and this receipt before it."""
        self.answered += 1
        if sys.argv[1] == "before_receipt" and self.answered > LUCKY:
            os.kill(os.getpid(), signal.SIGKILL)
        if sys.argv[1] == "loses_receipts" and random.random() < LOST:
            sys.stdout.write(LOSS + "\n")
            sys.stdout.flush()
            return
        Subscriber.publish_receipt(self, post, receipt)


def main() -> None:
    """Run the tracker as `jixin tracker` does, with this way back."""
    services.__dict__["Subscriber"] = Unlucky  # the seam is between two of our modules, and no hook in them
    services.run_tracker(Settings())


if __name__ == "__main__":
    main()
