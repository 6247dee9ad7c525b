"""What the operating system refused (系统错误): with the path and what to do, instead of a number."""

import errno
import re

_DRAFT = re.compile(r"\.[0-9a-f]{16}$")  # the end of a draft's name, see tracker.wire.private_file
_TOLD = {
    errno.ENOENT: "没有这个文件或文件夹 · there is no {path}: check the name, and that its folder is there",
    errno.ENOTDIR: "路径中有一段不是文件夹 · {path}: a part of this path is a file and no folder; name another place",
    errno.EEXIST: "已存在，且不能覆盖 · {path} is there already and is no folder to write into: name another place",
    errno.EISDIR: "是文件夹，不是文件 · {path} is a folder, not a file: name a file in it",
    errno.ENOSPC: "磁盘已满 · the disk of {path} is full: free some room and try again",
    errno.EDQUOT: "磁盘配额已满 · the quota of {path} is used up: free some room and try again",
    errno.EROFS: "磁盘只读 · {path} lies on a disk that is read-only: mount it writable or name another place",
    errno.EADDRINUSE: "端口已被占用 · the address is taken already: stop what uses it, or choose another port",
} | dict.fromkeys(
    (errno.EACCES, errno.EPERM),
    "没有权限 · this user may not read or write {path}: see its owner and mode, or run as the user that owns it",
)


def explain_os_error(error: OSError) -> str:
    """One line for people, Chinese first."""
    name = error.filename.decode(errors="replace") if isinstance(error.filename, bytes) else error.filename
    path = _DRAFT.sub("", str(name)) if isinstance(name, str) else None
    told = _TOLD.get(error.errno or 0)
    if told is not None and (path is not None or "{path}" not in told):
        return told.format(path=path)
    why = error.strerror or str(error) or type(error).__name__
    return f"系统拒绝 · the system refused: {why}" + (f" ({path})" if path else "")
