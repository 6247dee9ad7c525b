"""The takeover (顶替下线): ends a revoked device's open connection to a Mosquitto, which itself closes none.

A Mosquitto that reads its revocation list anew lets no revoked certificate in, but keeps who is in. Its client id is
its common name, so whoever comes with the same name takes its place: we do, with a certificate made for this moment.
"""

import ssl
from threading import Event

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

PATIENCE = 15.0  # seconds for the broker to read its list
PAUSE = 0.1


class TakeoverFailed(RuntimeError):
    """An open connection could not be ended; the message says what to do."""


def take_over(host: str, port: int, *, revoked: ssl.SSLContext, good: ssl.SSLContext) -> None:
    """End the connection of whoever is named as these two contexts' certificates are.

    Both certificates are ours; the revoked one stands in the broker's new list. While it is let in, the list is not
    in force yet, and the device could come back; once it is not, the good one takes the device's place for good.
    Nothing is done where no broker runs. Raises TakeoverFailed.
    """
    stop = Event()
    try:
        for _ in range(int(PATIENCE / PAUSE)):
            if not _is_let_in(host, port, revoked):
                break
            stop.wait(PAUSE)
        else:
            raise TakeoverFailed(f"the broker at {host}:{port} has not read its revocation list: reload it")
        if not _is_let_in(host, port, good):
            raise TakeoverFailed(f"the broker at {host}:{port} did not let us end the device's connection: restart it")
    except ConnectionRefusedError:
        return
    except OSError as error:
        raise TakeoverFailed(
            f"the broker at {host}:{port} cannot be reached to end the device's connection ({error}): restart it"
        ) from error


def _is_let_in(host: str, port: int, context: ssl.SSLContext) -> bool:
    """Whether a connection with this certificate is let in; its name's earlier connection has ended then."""
    answered, answers = Event(), []

    def answer(*, let_in: bool) -> None:
        answers.append(let_in)
        answered.set()

    client = Client(CallbackAPIVersion.VERSION2, client_id="takeover", protocol=MQTTv311)
    client.tls_set_context(context)
    client.on_connect = lambda *arguments: answer(let_in=not arguments[3].is_failure)
    client.on_disconnect = lambda *_: answer(let_in=False)
    client.reconnect_delay_set(60, 60)
    try:
        client.connect(host, port)
    except ssl.SSLError:
        return False
    client.loop_start()
    try:
        return answered.wait(PATIENCE) and answers[0]
    finally:
        client.disconnect()
        client.loop_stop()
