"""Key files (密钥文件): what of a data dir is secret and must outlive it, kept apart from the events."""

from collections.abc import Iterator
from pathlib import Path

from tracker.wire.private_file import write_private

REGISTRY = "registry.json"  # carriers, stations, devices and their keys
FOLDERS = ("keys", "broker")
FILES = ("gateway.json",)
MADE_ANEW = (Path("broker/nats.conf"), Path("broker/nats.log"))  # written at every start, and no secrets
LIVE = {"jetstream", "mosquitto.db", "log", "broker.pid"}  # messages under way: the stations have them too


def find_key_files(data_dir: Path) -> Iterator[Path]:
    """The files, by their path in the data dir: receipt key, client id, broker users and certificates."""
    for name in FILES:
        if (data_dir / name).is_file():
            yield Path(name)
    for name in FOLDERS:
        for path in sorted((data_dir / name).rglob("*")):
            inside = path.relative_to(data_dir)
            if path.is_file() and LIVE.isdisjoint(inside.parts) and inside not in MADE_ANEW and path.suffix != ".lock":
                yield inside


def copy_key_files(source: Path, target: Path) -> list[Path]:
    """Copy them, each whole or not at all, for their owner only; which."""
    found = list(find_key_files(source))
    for path in found:
        write_private(target / path, (source / path).read_bytes())
    return found
