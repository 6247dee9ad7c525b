"""The peer (同类): the usual way, a subscriber that commits each message through SQLModel. Imports nothing of ours.

Arguments: host, port, username, password, messages, database URL. No signature is checked and no parcel row is kept:
it does less than we do. Prints `ready` once subscribed, `done` after the last commit.
"""

import json
import sys
from datetime import UTC, datetime

import sqlalchemy as sa
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from sqlmodel import Field, Session, SQLModel, create_engine


class Scan(SQLModel, table=True):
    """One event, as a newcomer would write it."""

    event_id: str = Field(primary_key=True)
    waybill_no: str = Field(index=True)
    step: str
    event_time: datetime
    record_time: datetime
    carrier: str = Field(index=True)
    station: str
    device: str
    details: str


def main() -> None:
    """Take a message, commit its events, acknowledge."""
    host, port, username, password, messages, url = sys.argv[1:7]
    engine = create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(sa.text("PRAGMA journal_mode=WAL"))
    SQLModel.metadata.create_all(engine)
    wanted, seen = int(messages), 0
    client = Client(
        CallbackAPIVersion.VERSION2, client_id="bench-peer", clean_session=False, protocol=MQTTv311, manual_ack=True
    )
    client.username_pw_set(username, password)

    def subscribe(*_: object) -> None:
        client.subscribe("jixin/v1/+/+/+/scans", qos=1)

    def store(_client: Client, _data: object, message: MQTTMessage) -> None:
        nonlocal seen
        _, _, carrier, station, device, _ = message.topic.split("/")
        with Session(engine) as session:
            for event in json.loads(message.payload)["events"]:
                session.add(
                    Scan(
                        event_id=event["event_id"],
                        waybill_no=event["waybill_no"],
                        step=event["step"],
                        event_time=datetime.fromisoformat(event["event_time"]),
                        record_time=datetime.now(UTC),
                        carrier=carrier,
                        station=station,
                        device=device,
                        details=json.dumps(event.get("details")),
                    )
                )
            session.commit()
        client.ack(message.mid, message.qos)
        seen += 1
        if seen == wanted:
            print("done", flush=True)  # noqa: T201 the parent waits for this line
            client.disconnect()

    client.on_connect = subscribe
    client.on_subscribe = lambda *_: print("ready", flush=True)  # noqa: T201 the parent waits for this line
    client.on_message = store
    client.connect(host, int(port), 600)
    client.loop_forever()


if __name__ == "__main__":
    main()
