"""The peer (同类): the usual way to do this job, a subscriber that commits each message through SQLModel.

It checks and records each event once, keeps one row a parcel, and acknowledges after the commit; no signature is
checked and no receipt is signed: less than we do. Imports nothing of ours.
Arguments: host, port, username, password, messages, database URL. Prints `ready` once subscribed, `done` after the
last commit.
"""

import json
import sys
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import AwareDatetime
from sqlmodel import Field, Session, SQLModel, create_engine


class ScanIn(SQLModel):
    """One event as it comes."""

    event_id: UUID
    seq: int
    waybill_no: str
    step: str
    event_time: AwareDatetime
    operator: str | None = None
    details: dict[str, object] = {}


class Scan(SQLModel, table=True):
    """One event, as a newcomer would store it."""

    event_id: UUID = Field(primary_key=True)
    seq: int
    waybill_no: str = Field(index=True)
    step: str
    event_time: datetime
    record_time: datetime
    carrier: str = Field(index=True)
    station: str
    device: str
    operator: str | None
    details: str


class Parcel(SQLModel, table=True):
    """Where a parcel is now."""

    waybill_no: str = Field(primary_key=True)
    carrier: str
    state: str
    accepted_at: datetime | None = Field(default=None, index=True)
    delivered_at: datetime | None = None
    last_station: str
    last_time: datetime
    scans: int = 0


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
                _take(session, ScanIn.model_validate(event), carrier, station, device)
            session.commit()
        client.ack(message.mid, message.qos)
        seen += 1
        if seen == wanted:
            print("done", flush=True)
            client.disconnect()

    client.on_connect = subscribe
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.on_message = store
    client.connect(host, int(port), 600)
    client.loop_forever()


def _take(session: Session, event: ScanIn, carrier: str, station: str, device: str) -> None:
    if session.get(Scan, event.event_id) is not None:
        return  # the broker's repeat
    moment = event.event_time.astimezone(UTC)
    told = event.model_dump(exclude={"details", "event_time"})
    session.add(
        Scan(
            **told,
            event_time=moment,
            record_time=datetime.now(UTC),
            carrier=carrier,
            station=station,
            device=device,
            details=json.dumps(event.details),
        )
    )
    parcel = session.get(Parcel, event.waybill_no) or Parcel(
        waybill_no=event.waybill_no, carrier=carrier, state="", last_station="", last_time=moment
    )
    parcel.state, parcel.last_station, parcel.last_time = event.step, station, moment
    parcel.scans += 1
    if event.step == "accepted":
        parcel.accepted_at = moment
    elif event.step == "delivered":
        parcel.delivered_at = moment
    session.add(parcel)


if __name__ == "__main__":
    main()
