"""The reader (读取进程): the tracker's second process, which speaks MQTT, verifies and decodes, seen from the recorder.

Two processes because reading and recording each take a whole processor at the highest rate, and Python's threads
share one. They live and die together: what was not acknowledged the broker sends again.
"""

import multiprocessing
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from threading import Condition, Thread

from tracker.intake.delivery import Delivery, Read
from tracker.intake.line import Answers, Begin, Close, Facts, Gone, Line, Message, Messages, Ours, State, Stop, unpack
from tracker.intake.metrics import IntakeMetrics
from tracker.intake.turns import Everybodys, Turn
from tracker.wire.topics import Post

SILENT = 30.0  # seconds without a word after which the reading process is taken for stuck
WAITING = 16 * 1024 * 1024  # bytes that wait here; above it the line is read no further
LAST_WORD = 8.0  # seconds: the broker has 5 to answer
END = 2.0  # seconds to end once the line is closed


class ReaderGone(RuntimeError):
    """The reading process ended, or says nothing any more: start the tracker again."""


@dataclass(slots=True)
class Reader:
    """The reading process: where read messages come from, and the way back to the broker.

    `work` is what it does with its end of the line. It is forked, so call `start` while this process has no thread and
    no connection yet; it serves one `begin` after another.
    """

    work: Callable[[Line], None]
    metrics: IntakeMetrics = field(default_factory=IntakeMetrics)
    turn: Turn = field(default_factory=Everybodys)
    on_connect: Callable[[], None] = lambda: None
    _line: Line | None = None
    _process: ForkProcess | None = None
    _listener: Thread | None = None
    _facts: Facts = field(default_factory=Facts)
    _frames: deque[list[Message]] = field(default_factory=deque)
    _bytes: int = 0
    _gone: Gone | None = None
    _is_over: bool = False
    _is_finishing: bool = False
    _connections: int = 0
    _told_until: float = float("-inf")
    _changed: Condition = field(default_factory=Condition)

    def start(self) -> None:
        """Start the process."""
        fork = multiprocessing.get_context("fork")
        ours, theirs = fork.Pipe()
        self._line = Line(ours)
        self._process = fork.Process(target=_work, args=[self.work, theirs, ours], name="reading")
        self._process.start()
        theirs.close()

    def begin(self, *, client_id: str, holder: str) -> None:
        """Let it connect to the broker. Raises ReaderGone."""
        if self._line is None:
            raise ReaderGone("the reading process was ended")
        self._facts, self._gone, self._connections = Facts(), None, 0
        self._frames.clear()
        self._bytes, self._told_until, self._is_finishing = 0, float("-inf"), False
        self._listener = Thread(target=self._listen, args=[self._line], name="reader", daemon=True)
        self._listener.start()
        self._send(Begin(client_id, holder))
        self._tell_turn()

    def take(self, *, max_messages: int, max_bytes: int, timeout: float) -> list[Read]:
        """What has been read, up to the bounds and at least one message; waits for the first up to `timeout` seconds.

        Raises ReaderGone.
        """
        self._tell_turn()
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._is_over or self._has_reconnected, timeout)
            taken: list[Message] = []
            size = 0
            while self._frames and len(taken) < max_messages and (size < max_bytes or not taken):
                frame = self._frames.popleft()
                fitting = frame[: max_messages - len(taken)]
                if rest := frame[len(fitting) :]:
                    self._frames.appendleft(rest)
                taken += fitting
                size += sum(len(each.delivery.payload) for each in fitting)
            self._bytes -= size
            facts, is_over = self._facts, self._is_over
            self._changed.notify_all()
        self.metrics.show_reading(facts)
        if facts.connections != self._connections:
            self._connections = facts.connections
            self.on_connect()
        if is_over and not taken:
            raise ReaderGone("the reading process is gone")
        return [unpack(each) for each in taken]

    def close(self) -> None:
        """Nothing more is taken in; what has arrived still comes."""
        self._send(Close())

    @property
    def drained(self) -> bool:
        """Whether everything that had arrived when it was closed has been taken."""
        return self._facts.drained and not self._frames

    @property
    def waiting(self) -> int:
        """Messages that have arrived and were not taken."""
        return self._facts.messages + sum(map(len, self._frames))

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these messages are recorded."""
        self._send(Answers(recorded=[(each.connection, each.packet_id) for each in deliveries]))

    def publish_receipts(self, receipts: Sequence[tuple[Post, str]]) -> None:
        """Send receipts, QoS 0: a lost one is healed by the device sending again."""
        if receipts:
            self._send(Answers(receipts=list(receipts)))

    def publish_store_state(self, state: str) -> bool:
        """Send the store's signed state, retained; False, and not sent, before the broker keeps what devices send."""
        if self._facts.connected:
            self._send(State(state))
        return self._facts.connected

    def finish(self) -> bool:
        """Let it send what is left and close the connection; whether the broker said in time that it has everything.

        What was not taken is dropped: the broker has no word that it is recorded, and sends it again.
        """
        with self._changed:
            self._is_finishing, self._bytes = True, 0
            self._frames.clear()
            self._changed.notify_all()
        with suppress(ReaderGone):
            self._send(Stop())
            with self._changed:
                self._changed.wait_for(lambda: self._is_over or self._gone is not None, LAST_WORD)
        if self._gone is None:
            self.stop()
            return False
        return self._gone.flushed

    def stop(self) -> None:
        """End the process: it ends by itself when the line does, and is killed where it does not."""
        line, listener = self._line, self._listener
        if line is not None:
            line.hang_up()
        if listener is not None:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()
            listener.join(END)
        if line is not None:
            line.close()
        if self._process is not None:
            self._process.join(END)
            self._process.kill()
            self._process.join()
        self._line = self._process = None

    @property
    def _has_reconnected(self) -> bool:
        return self._facts.connections != self._connections

    def _tell_turn(self) -> None:
        if (until := self.turn.until()) != self._told_until:
            self._told_until = until
            self._send(Ours(until))

    def _send(self, frame: Begin | Ours | Answers | State | Close | Stop) -> None:
        if self._line is None:
            raise ReaderGone("the reading process was not started")
        try:
            self._line.send(frame)
        except OSError as error:
            raise ReaderGone("the reading process is gone") from error

    def _listen(self, line: Line) -> None:
        """Take frames in as they come: the reading process need not wait for a commit to end."""
        with suppress(EOFError, OSError):
            while True:
                frame = line.receive_upward(SILENT)
                with self._changed:
                    match frame:
                        case Facts():
                            self._facts = frame
                        case Gone():
                            self._gone = frame
                            self._changed.notify_all()
                            return
                        case Messages(messages) if not self._is_finishing:
                            self._frames.append(messages)
                            self._bytes += sum(len(each.delivery.payload) for each in messages)
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: self._bytes < WAITING or self._is_over)
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


def _work(work: Callable[[Line], None], theirs: "Connection[bytes, bytes]", ours: "Connection[bytes, bytes]") -> None:
    """In the forked process: without our end, which would keep the line open after the recorder."""
    ours.close()
    work(Line(theirs))
