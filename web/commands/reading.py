"""The reading process (读取进程), forked by the tracker: MQTT, verification and decoding beside the recorder."""

import os
import resource
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock, Thread

import structlog

from tracker.intake.inbox import Inbox
from tracker.intake.keyring import Keyring
from tracker.intake.line import Answers, Begin, Close, Facts, Gone, Line, Messages, Ours, State, Stop, pack
from tracker.intake.reading import Interrupted, Reading
from tracker.intake.status_keeper import StatusKeeper
from tracker.intake.subscriber import Subscriber
from tracker.store.database import build_engine
from tracker.wire.tls import tls_context
from web.commands.installation import broker_login
from web.settings import Settings

log = structlog.get_logger()

FRAME_MESSAGES, FRAME_BYTES = 200, 256 * 1024  # small frames: the recorder begins while the rest is being read
IDLE = 0.2  # seconds between two looks
WORD_EVERY = 0.5  # seconds between two words of how it is, where nothing changes


class ReadingProcess:
    """The subscriber, its inbox and the reading of it; the recorder's orders come on a thread of their own."""

    def __init__(self, settings: Settings, line: Line, begin: Begin) -> None:
        self.line = line
        self.stopped = Event()
        self._until = float("-inf")
        self._told, self._told_at = (False, 0, False), float("-inf")
        self._has_closed = self._is_drained = False
        self._telling = Lock()
        login = broker_login(settings)
        self.engine = engine = build_engine(settings.store_url, name=begin.holder)
        self.inbox = Inbox()
        self.statuses = StatusKeeper(engine, now=lambda: datetime.now(UTC))
        self.subscriber = Subscriber(
            url=login.url,
            username=login.username,
            password=login.password,
            client_id=begin.client_id,
            inbox=self.inbox,
            tls=tls_context(login),
            on_status=self.statuses.hear,
            may_connect=lambda: time.monotonic() < self._until,
            shared=settings.broker_shared,
        )
        self.reading = Reading(
            self.inbox,
            Keyring.of(engine, time.monotonic),
            today=lambda: datetime.now(UTC).date(),
            stop=self.stopped,
        )

    def run(self) -> None:
        """Hand messages up until told to stop."""
        orders = Thread(target=self.obey, name="orders", daemon=True)
        orders.start()
        words = Thread(target=self.keep_telling, name="words", daemon=True)
        words.start()
        self.statuses.start()
        self.subscriber.start()
        try:
            while not self.stopped.is_set():
                has_closed = self._has_closed  # before the look: what arrived until then is in the inbox
                read = self.reading.take(max_messages=FRAME_MESSAGES, max_bytes=FRAME_BYTES, timeout=IDLE)
                if read:
                    self.line.send(Messages(list(map(pack, read))))
                elif has_closed:
                    self._is_drained = len(self.inbox) == 0
                    self.tell()
                    self.stopped.wait(IDLE)
        except Interrupted:
            pass
        except OSError:  # the recorder is gone
            self.subscriber.hang_up()
            raise
        orders.join()
        words.join()  # nothing is said after the last word
        flushed = self.subscriber.stop()
        self.statuses.stop()
        self.engine.dispose()
        self.line.send(Gone(flushed))

    def keep_telling(self) -> None:
        """Say how it is while the reading waits for a database or a frame for the recorder."""
        with suppress(OSError):
            while not self.stopped.wait(IDLE):
                self.tell()

    def tell(self) -> None:
        """Say how it is: at once when the connection changed or all is drained, else once in a while."""
        with self._telling:
            news = (self.subscriber.connected.is_set(), self.subscriber.connections, self._is_drained)
            now = time.monotonic()
            if news == self._told and now - self._told_at < WORD_EVERY:
                return
            self._told, self._told_at = news, now
            connected, connections, drained = news
            self.line.send(
                Facts(
                    connected=connected,
                    connections=connections,
                    messages=len(self.inbox),
                    bytes=self.inbox.size,
                    fill_ratio=self.inbox.fill_ratio,
                    memory=_resident(),
                    drained=drained,
                )
            )

    def obey(self) -> None:
        """Do what the recorder says, until it says no more: then its process is gone, and this one ends."""
        try:
            while True:
                match self.line.receive_downward():
                    case Ours(until):
                        self._until = until
                    case Answers(recorded, receipts):
                        self.subscriber.acknowledge(recorded)
                        for post, receipt in receipts:
                            self.subscriber.publish_receipt(post, receipt)
                    case State(text):
                        self.subscriber.publish_store_state(text)
                    case Close():
                        self.inbox.close()
                        self._has_closed = True
                    case Stop():
                        self.stopped.set()
                        return
        except (EOFError, OSError):
            self.subscriber.hang_up()
            os._exit(1)  # whatever the other threads wait for


def _resident() -> int:
    """Bytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def read_for_recorder(settings: Settings, line: Line) -> None:
    """Serve the recorder until its process ends: from each `begin` to the `stop` that follows."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the recorder decides when all is drained
    try:
        while True:
            begin = line.receive_downward()
            if isinstance(begin, Begin):  # else a word to the one that has stopped
                ReadingProcess(settings, line, begin).run()
    except (EOFError, OSError):
        return
