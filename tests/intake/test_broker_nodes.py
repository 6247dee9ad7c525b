"""Broker nodes: what is rendered is what stands in deploy/, and the servers themselves read it."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tracker.intake.authority import Authority
from tracker.intake.broker import find_server
from tracker.intake.broker_nodes import MOSQUITTO_RIGHTS, Node, render_mosquitto, render_nats
from tracker.wire.brokers import BrokerKind
from tracker.wire.message import MAX_PAYLOAD_BYTES

DEPLOY = Path(__file__).parents[2] / "deploy"
NODES = [Node.parse(f"nats-{number}.example", BrokerKind.NATS) for number in (1, 2, 3)]
ALONE = Node("127.0.0.1", 8883, 6222)


def deployed() -> dict[str, str]:
    """The examples in deploy/ as they must read."""
    mosquitto = Node.parse("broker.example", BrokerKind.MOSQUITTO)
    return {
        **{
            f"nats/nats-{number}.conf": render_nats(node, name=f"nats-{number}", nodes=NODES)
            for number, node in enumerate(NODES, start=1)
        },
        "mosquitto/mosquitto.conf": render_mosquitto(mosquitto, user="jixin"),
        "mosquitto/acl": MOSQUITTO_RIGHTS,
    }


@pytest.mark.parametrize("name", deployed())
def test_the_examples_in_deploy_are_what_the_program_writes(name: str, request: pytest.FixtureRequest) -> None:
    file = DEPLOY / name
    if request.config.getoption("--update-golden"):
        file.write_text(deployed()[name])
    assert file.read_text() == deployed()[name]


@pytest.mark.parametrize(
    ("text", "kind", "node"),
    [
        ("nats-1.example", BrokerKind.NATS, Node("nats-1.example", 8883, 6222)),
        ("127.0.0.1:18883:16222", BrokerKind.NATS, Node("127.0.0.1", 18883, 16222)),
        ("broker.example:8885", BrokerKind.MOSQUITTO, Node("broker.example", 8885, 8884)),
    ],
)
def test_a_node_is_a_host_and_at_most_two_ports(text: str, kind: BrokerKind, node: Node) -> None:
    assert Node.parse(text, kind) == node


@pytest.mark.parametrize("text", ["", ":8883", "host:port", "host:0", "host:1:2:3", "host:70000", "a b", 'a"b', "a\nb"])
def test_what_is_no_node_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HOST"):
        Node.parse(text, BrokerKind.NATS)


def test_a_node_listens_on_its_own_address_where_that_is_given() -> None:
    assert 'listen: "127.0.0.1:8883"' in render_nats(ALONE, name="n", nodes=[ALONE])
    assert 'listen: "0.0.0.0:8883"' in render_nats(NODES[0], name="n", nodes=NODES)
    assert "listener 8883 127.0.0.1\n" in render_mosquitto(ALONE, user="u")
    assert "listener 8883\n" in render_mosquitto(NODES[0], user="u")


def test_one_node_is_no_cluster_and_of_three_all_keep_a_copy() -> None:
    alone = render_nats(ALONE, name="n", nodes=[ALONE])
    assert "cluster" not in alone.partition("listen:")[2]
    assert "stream_replicas: 1\n" in alone
    three = render_nats(NODES[0], name="n", nodes=NODES)
    assert "stream_replicas: 3\n" in three
    assert three.count("nats-route://") == 2
    assert "nats-1.example:6222" not in three


def test_a_payload_above_ours_is_still_delivered() -> None:
    assert f"max_payload: {4 * 1024 * 1024}" in render_nats(ALONE, name="n", nodes=[ALONE])
    assert f"max_packet_size {4 * 1024 * 1024}" in render_mosquitto(ALONE, user="u")
    assert 2 * MAX_PAYLOAD_BYTES < 4 * 1024 * 1024


@pytest.mark.parametrize("nodes", [[ALONE], NODES], ids=["alone", "three"])
def test_nats_reads_what_is_rendered(tmp_path: Path, nodes: list[Node]) -> None:
    certified = Authority.create("a", now=datetime.now(UTC)).certify_broker(["127.0.0.1"], now=datetime.now(UTC))
    for name in ("server", "brokers-ca", "clients-ca"):
        (tmp_path / f"{name}.crt").write_text(certified.certificate)
    (tmp_path / "server.key").write_text(certified.key)
    (tmp_path / "users.conf").write_text("users: [\n]\n")
    (tmp_path / "nats.conf").write_text(render_nats(nodes[0], name="nats-1", nodes=nodes))
    check = subprocess.run(
        [find_server(), "-t", "-c", "nats.conf"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=20
    )
    assert (check.returncode, "invalid" in check.stderr) == (0, False), check.stderr


def test_no_device_has_a_right_that_is_not_its_own() -> None:
    """In Mosquitto's file the lines after `user` are that user's, and patterns hold for everybody."""
    patterns = [line.split()[-1] for line in MOSQUITTO_RIGHTS.splitlines() if line.startswith("pattern")]
    assert [topic for topic in patterns if "%u" not in topic] == ["jixin/v1/store"]
    assert not [topic for topic in patterns if "+" in topic or "#" in topic]
