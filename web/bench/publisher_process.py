"""The load (压力源): publishes payloads from a file at QoS 1 as fast as paho does. Imports nothing of ours.

Arguments: host, port, username, password, file. Prints `ready`, waits for a line, publishes, prints `done`.
The file holds records of two lengths (4 octets each, big-endian), a topic and a payload.
"""

import sys
import threading
from pathlib import Path

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

AHEAD = 200  # unacknowledged messages; more only make paho slower


def read_records(path: Path) -> list[tuple[str, bytes]]:
    """(topic, payload) pairs."""
    octets, at, records = path.read_bytes(), 0, []
    while at < len(octets):
        topic_length, payload_length = (int.from_bytes(octets[at + i : at + i + 4], "big") for i in (0, 4))
        at += 8
        topic = octets[at : at + topic_length].decode()
        at += topic_length
        records.append((topic, octets[at : at + payload_length]))
        at += payload_length
    return records


def main() -> None:
    """Connect, say so, wait for the word, publish all, wait for every acknowledgement."""
    host, port, username, password, file = sys.argv[1:6]
    records = read_records(Path(file))
    room, connected, finished = threading.Semaphore(AHEAD), threading.Event(), threading.Event()
    left = len(records)
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-load", protocol=MQTTv311)
    client.username_pw_set(username, password)
    client.max_inflight_messages_set(20)

    def acknowledged(*_: object) -> None:
        nonlocal left
        room.release()
        left -= 1
        if left == 0:
            finished.set()

    client.on_connect = lambda *_: connected.set()
    client.on_publish = acknowledged
    client.connect(host, int(port), 600)
    client.loop_start()
    connected.wait(30)
    print("ready", flush=True)
    sys.stdin.readline()
    for topic, payload in records:
        room.acquire()
        client.publish(topic, payload, qos=1)
    finished.wait()
    client.disconnect()
    client.loop_stop()
    print("done", flush=True)


if __name__ == "__main__":
    main()
