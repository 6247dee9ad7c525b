"""Images (图像) made on the spot, with an ETag so that a browser need not fetch them twice."""

import hashlib

from fastapi import Request, Response


def show_image(request: Request, content: bytes, media_type: str) -> Response:
    """The image, or 304 where the browser has it already."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=3600"}
    if etag in [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
