"""Assets (静态文件): styles and scripts of our own, named by their content so that browsers may keep them."""

import hashlib
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"


class Assets:
    """The address of each file, with the first octets of its SHA-256."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.versions = {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def url_of(self, name: str) -> str:
        """Where to fetch a file; a name that is not there raises KeyError."""
        return f"/static/{name}?v={self.versions[name]}"


class AssetFiles(StaticFiles):
    """Serves the folder; a file asked for by its present version may be kept for ever, else asked about each time."""

    def __init__(self, assets: Assets) -> None:
        super().__init__(directory=FOLDER)
        self.assets = assets

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        version = self.assets.versions.get(path)
        asked = scope["query_string"].decode("latin-1")
        response.headers["Cache-Control"] = FOREVER if version and asked == f"v={version}" else "no-cache"
        return response
