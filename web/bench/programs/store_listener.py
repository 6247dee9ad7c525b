"""Waits until a tracker listens (等入库就绪): prints `ready` on the first retained word about the store.

Arguments: host, port, username, password. Imports nothing of ours.
"""

import sys

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion


def main() -> None:
    """Subscribe, wait for one message, leave."""
    host, port, username, password = sys.argv[1:5]
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-listener", protocol=MQTTv311)
    client.username_pw_set(username, password)

    def subscribe(*_: object) -> None:
        client.subscribe("jixin/v1/store", qos=0)

    def heard(*_: object) -> None:
        print("ready", flush=True)
        client.disconnect()

    client.on_connect = subscribe
    client.on_message = heard
    client.connect(host, int(port), 60)
    client.loop_forever()


if __name__ == "__main__":
    main()
