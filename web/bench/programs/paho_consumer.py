"""The ceiling (上限): a paho subscriber at QoS 1 that stores nothing. Imports nothing of ours.

Arguments: host, port, username, password, messages. Prints `ready` once subscribed, `done` after the last message.
"""

import sys

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion


def main() -> None:
    """Count messages in the caller's thread, paho's fastest way."""
    host, port, username, password, messages = sys.argv[1:6]
    wanted, seen = int(messages), 0
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-ceiling", clean_session=False, protocol=MQTTv311)
    client.username_pw_set(username, password)

    def subscribe(*_: object) -> None:
        client.subscribe("jixin/v1/+/+/+/scans", qos=1)

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == wanted:
            print("done", flush=True)
            client.disconnect()

    client.on_connect = subscribe
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.on_message = count
    client.connect(host, int(port), 600)
    client.loop_forever()


if __name__ == "__main__":
    main()
