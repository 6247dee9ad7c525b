"""Private files (私有文件): written whole or not at all, on disk when written, readable by their owner only."""

import errno
import os
import secrets
from pathlib import Path


def check_writable(path: Path) -> None:
    """Find out, before something depends on it, whether such a file can be written. Raises OSError."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder, not a file", str(path))
    _write_draft(path, b"").unlink()


def write_private(path: Path, content: bytes) -> None:
    """Write a file of mode 0600, in place of an older one."""
    draft = _write_draft(path, content)
    try:
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_once(path: Path, content: bytes) -> None:
    """Write a new file of mode 0600; the first of two writers wins."""
    draft = _write_draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """The name too is on disk: else a power failure brings back what stood under it before, or nothing."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _write_draft(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")  # a draft left by a crash is in nobody's way
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)  # it may hold a private key
        raise
    return draft
