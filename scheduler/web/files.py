"""Style, script and icon: read once, and kept by browsers until they change."""

import hashlib
import mimetypes
from importlib import resources

from aiohttp import web

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


class File:
    """One file of the folder ``static``."""

    def __init__(self, name: str, body: bytes) -> None:
        self.name = name
        self.body = body
        self.digest = hashlib.sha256(body).hexdigest()[:16]
        ending = name[name.rindex(".") :]
        self.content_type = _TYPES.get(ending) or mimetypes.types_map.get(ending, "application/octet-stream")

    def answer(self, request: web.Request, digest: str | None) -> web.Response:
        """The file; kept for ever under the address that has its digest, else asked for anew each time."""
        kept = _FOR_EVER if digest == self.digest else _ASK_AGAIN
        headers = {"ETag": f'"{self.digest}"', "Cache-Control": kept}
        if f'"{self.digest}"' in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        charset = None if self.content_type.startswith("image/") else "utf-8"
        return web.Response(body=self.body, content_type=self.content_type, charset=charset, headers=headers)


def _read() -> dict[str, File]:
    folder = resources.files("scheduler.web").joinpath("static")
    return {entry.name: File(entry.name, entry.read_bytes()) for entry in folder.iterdir() if "." in entry.name}


class Files:
    """All files of the folder ``static``."""

    def __init__(self) -> None:
        self._files = _read()

    def address(self, name: str) -> str:
        """Where a page finds the file as it is now."""
        return f"/static/{self._files[name].digest}/{name}"

    async def serve(self, request: web.Request) -> web.Response:
        """Answer for ``/static/DIGEST/NAME``, whatever the digest: a page may be older than we are."""
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound(text="There is no such file.\n")
        return file.answer(request, request.match_info.get("digest"))

    async def serve_current(self, name: str, request: web.Request) -> web.Response:
        """Answer for ``/NAME``: style and icon under an address that is known beforehand."""
        return self._files[name].answer(request, None)
