"""The icon (图标), where browsers look for it unasked."""

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from web.assets import FOLDER

router = APIRouter(include_in_schema=False)


@router.get("/favicon.ico")
def show_icon() -> Response:
    """The same drawing as every page names."""
    return FileResponse(FOLDER / "icon.svg", media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})
