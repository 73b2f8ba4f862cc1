"""Static files of the houses, at addresses that change with their content.

`/assets/<collection>/<hash>/<path>`: the hash is that of the whole collection, so files of one
collection may refer to each other by relative addresses, and each may be kept for a year.
"""

import hashlib
import mimetypes
from collections.abc import Collection as Several
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kit.pages.packing import packed_of, takes_gzip

PREFIX = "/assets"
_HASH_LENGTH = 16
_KEPT = "public, max-age=31536000, immutable"
_ASKED_AGAIN = "public, no-cache"


@dataclass(frozen=True, slots=True)
class Collection:
    """The files of one folder by their paths in it, and the hash of all of them.

    Args:
        packed: those that are smaller by gzip, packed.
    """

    files: Mapping[str, bytes]
    packed: Mapping[str, bytes]
    hash: str

    @classmethod
    def of(cls, folder: Traversable, only: Several[str] | None = None) -> "Collection":
        """Read a folder, or some of its files."""
        if only is None:
            found = dict(sorted(_walk(folder, "")))
        else:
            found = {path: (folder / path).read_bytes() for path in sorted(only)}
        digest = hashlib.sha256()
        for path, content in found.items():
            digest.update(f"{path}\0{len(content)}\0".encode() + content)
        packed = {path: smaller for path, one in found.items() if (smaller := packed_of(one))}
        return cls(files=found, packed=packed, hash=digest.hexdigest()[:_HASH_LENGTH])


class Assets:
    """The static files of everybody; kit's own are the collection `kit`."""

    def __init__(self) -> None:
        self._collections: dict[str, Collection] = {}
        self.add("kit", files("kit.pages") / "static")

    def add(self, name: str, folder: Traversable, only: Several[str] | None = None) -> None:
        """Serve the files of a folder, for example `files("api_catalog") / "portal/static"`.

        Args:
            name: of the collection, in addresses.
            folder: where the files are.
            only: those that are served, by their paths in it; None: all of them.

        Raises:
            ValueError: the name is taken, or the folder is empty.
        """
        collection = Collection.of(folder, only)
        if name in self._collections or not collection.files:
            raise ValueError(f"Collection {name} is taken, or {folder} holds no files")
        self._collections[name] = collection

    def url(self, name: str, path: str) -> str:
        """Answer with the address of a file.

        Raises:
            LookupError: there is no such file.
        """
        collection = self._collections[name]
        if path not in collection.files:
            raise LookupError(f"Collection {name} has no file {path}")
        return f"{PREFIX}/{name}/{collection.hash}/{path}"

    async def serve(self, request: Request) -> Response:
        """Answer with a file; an address of an earlier version gets the present one."""
        place = request.path_params
        collection = self._collections.get(place["collection"])
        content = None if collection is None else collection.files.get(place["path"])
        if collection is None or content is None:
            return Response(status_code=404)
        packed = collection.packed.get(place["path"]) if takes_gzip(request) else None
        return Response(
            content if packed is None else packed,
            media_type=_media_type(place["path"]),
            headers={
                **({} if packed is None else {"Content-Encoding": "gzip"}),
                "Vary": "Accept-Encoding",
                "Cache-Control": _KEPT if place["hash"] == collection.hash else _ASKED_AGAIN,
                "X-Content-Type-Options": "nosniff",
                "Cross-Origin-Resource-Policy": "same-origin",
            },
        )

    def routes(self) -> list[Route]:
        """The one path that all files are under."""
        path = PREFIX + "/{collection}/{hash}/{path:path}"
        return [Route(path, self.serve, methods=["GET"], include_in_schema=False)]


def _walk(folder: Traversable, above: str) -> Iterator[tuple[str, bytes]]:
    for child in folder.iterdir():
        path = f"{above}{child.name}"
        if child.is_dir():
            yield from _walk(child, f"{path}/")
        elif not child.name.endswith((".py", ".pyc")):
            yield path, child.read_bytes()


def _media_type(path: str) -> str:
    return mimetypes.guess_type(path)[0] or "application/octet-stream"
