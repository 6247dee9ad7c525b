"""Uploads (上传): a form with a file, as a browser sends it (RFC 7578)."""

from email.parser import HeaderParser

MOST_OCTETS = 1_200_000  # a file of 1 MiB with its form
UPLOAD_TYPE = "multipart/form-data"
_MOST_PARTS = 40


def parse_upload(content_type: str, body: bytes) -> tuple[dict[str, list[str]], dict[str, bytes]]:
    """The fields and the files, by name. Raises ValueError for what is no such form."""
    boundary = HeaderParser().parsestr(f"Content-Type: {content_type}\n\n").get_param("boundary")
    if not isinstance(boundary, str) or not boundary or len(body) > MOST_OCTETS:
        raise ValueError("no form with a file, or too large")
    fields: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii"))
    if not parts or not parts[-1].startswith(b"--") or len(parts) > _MOST_PARTS:
        raise ValueError("a form that does not end")
    for part in parts[:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        told = HeaderParser().parsestr(head.decode())
        name = told.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            raise ValueError("a part without a name")
        if told.get_filename() is None:
            fields.setdefault(name, []).append(content.decode())
        else:
            files[name] = content
    return fields, files
