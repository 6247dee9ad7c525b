"""The JavaScript peer's packages (对照程序的依赖): installed once from its lock into the user's cache."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).parent / "programs" / "mqttjs"
FILES = ("package.json", "package-lock.json", "consumer.mjs")


class NodeMissing(RuntimeError):
    """The peer cannot run here; the message says what to do."""


def install_packages() -> Path:
    """A folder with the peer and its packages. Raises NodeMissing without Node.js or without the packages."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NodeMissing("mqttjs needs Node.js and npm: install them, or leave it out with `--without mqttjs`")
    digest = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in FILES)).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "jixin-bench" / f"mqttjs-{digest}"
    if (folder / "installed").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(SOURCE / name, folder / name)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode:
        last = (result.stderr.strip().splitlines() or ["npm said nothing"])[-1]
        raise NodeMissing(f"npm could not install mqttjs' packages ({last}); leave it out with `--without mqttjs`")
    (folder / "installed").touch()
    return folder


def consumer_in(folder: Path) -> Path:
    """The peer's program."""
    return folder / "consumer.mjs"
