"""The files that pages load, each at an address that names its content.

There is no bundler. On disk, modules import one another by relative path; they are served
minified, with these paths replaced by addresses that carry the hash of what stands there. So an
address never changes its content, a browser may keep it for ever, and a page never mixes builds.
"""

import gzip
import hashlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

import brotli
import rjsmin

PREFIX: Final = "/a/"
HASH_DIGITS: Final = 8
ADDRESS: Final = re.compile(rf"/a/([\w./-]+)\.([0-9a-f]{{{HASH_DIGITS}}})\.(\w+)")
"""An address as it stands in a page: name, hash, ending."""

TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_FOLDERS: Final = {"static": "", "i18n": "i18n/"}
"""Where assets lie below `web/`, and how their names begin."""

_IMPORT: Final = re.compile(
    r"""(?P<before>\b(?:from|import)\s*(?P<later>\()?\s*)(?P<quote>["'])"""
    r"""(?P<path>\.\.?/[\w./-]+)(?P=quote)"""
)
"""A path in a module that has lost its comments; `later` where it is imported when it is wanted."""


class AssetMissing(LookupError):
    """A page or a module names a file that does not exist."""


class ImportCycle(ValueError):
    """Modules import one another in a circle: no hash can name both."""


class Body:
    """Bytes as they are served; each coding is made once, when it is first asked for."""

    def __init__(self, content: bytes, media_type: str) -> None:
        self.content, self.media_type = content, media_type

    @cached_property
    def _gzip(self) -> bytes:
        return gzip.compress(self.content, 9, mtime=0)

    @cached_property
    def _brotli(self) -> bytes:
        compressed: bytes = brotli.compress(self.content)
        return compressed

    def coded(self, accepted: str) -> tuple[str, bytes]:
        """The coding that this Accept-Encoding likes best, "" for none, and the bytes."""
        names = {part.strip() for part in accepted.split(",")}  # one with a weight is not meant
        if self.media_type == TYPES[".png"]:
            return "", self.content
        if "br" in names:
            return "br", self._brotli
        return ("gzip", self._gzip) if "gzip" in names else ("", self.content)


@dataclass(frozen=True)
class Asset:
    """One file at its address, and the names of the modules that it needs."""

    name: str
    address: str
    body: Body
    imports: tuple[str, ...]
    """All of them."""
    at_once: tuple[str, ...]
    """Those without which it does not run; the others are imported when they are wanted."""


def minify(path: Path) -> str:
    """The script in that file without its comments and spaces; nothing else is rewritten."""
    text: str = rjsmin.jsmin(path.read_text(encoding="utf-8"))
    return text


class Assets:
    """The assets below one `web/`, read when first asked for: to start costs nothing."""

    def __init__(self, web: Path) -> None:
        self.web = web
        self._read: dict[str, Asset] = {}

    @cached_property
    def _paths(self) -> dict[str, Path]:
        return {
            start + path.relative_to(self.web / folder).as_posix(): path
            for folder, start in _FOLDERS.items()
            for path in sorted((self.web / folder).rglob("*"))
            if path.suffix in TYPES
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all assets: "js/till/till.js", "i18n/fr.js"."""
        return tuple(self._paths)

    def address(self, name: str) -> str:
        """Where the asset of that name is served; raises `AssetMissing`."""
        return self.asset(name).address

    def asset(self, name: str, above: tuple[str, ...] = ()) -> Asset:
        """The asset of that name, its imports already addresses.

        Raises:
            AssetMissing: it, or what it imports, is no file.
            ImportCycle: it imports one of those `above`, which import it.
        """
        if name in above:
            raise ImportCycle(" → ".join((*above[above.index(name) :], name)))
        if name not in self._read:
            if name not in self._paths:
                raise AssetMissing(" → ".join((*above, name)))
            self._read[name] = self._made(name, above)
        return self._read[name]

    def at(self, path: str) -> Asset | None:
        """The asset whose address is exactly that path, if there is one."""
        match = ADDRESS.fullmatch(path)
        name = f"{match[1]}.{match[3]}" if match else ""
        asset = self.asset(name) if name in self._paths else None
        return asset if asset and asset.address == path else None

    def closure(self, names: list[str]) -> list[Asset]:
        """Those assets and all that they import, in turn; each once."""
        return list(self._walk(names, lambda asset: asset.imports).values())

    def before(self, entry: str, known: str = "") -> list[str]:
        """The addresses of all that must be there before the script `entry` runs, it among them.

        What must be there before `known` runs is not told again.
        """
        needed = self._walk([entry], lambda asset: asset.at_once)
        above = self._walk([known] if known else [], lambda asset: asset.at_once)
        return [asset.address for name, asset in needed.items() if name not in above]

    def _walk(
        self, names: Iterable[str], imports: Callable[[Asset], Iterable[str]]
    ) -> dict[str, Asset]:
        found: dict[str, Asset] = {}
        left = list(names)
        while left:
            asset = self.asset(left.pop(0))
            if asset.name not in found:
                found[asset.name] = asset
                left += imports(asset)
        return found

    def resolve(self, path: Path, above: tuple[str, ...] = ()) -> tuple[str, list[str], list[str]]:
        """The module in that file, minified, with addresses for its imports.

        And their names: all of them, and those without which it does not run.
        """
        imports: list[str] = []
        at_once: list[str] = []

        def replaced(match: re.Match[str]) -> str:
            name = self._name(path.parent / match["path"])
            imports.append(name)
            if not match["later"]:
                at_once.append(name)
            address = self.asset(name, above).address
            return f"{match['before']}{match['quote']}{address}{match['quote']}"

        return _IMPORT.sub(replaced, minify(path)), imports, at_once

    def _made(self, name: str, above: tuple[str, ...]) -> Asset:
        path, imports, at_once = self._paths[name], list[str](), list[str]()
        if path.suffix == ".js":
            text, imports, at_once = self.resolve(path, (*above, name))
            content = text.encode()
        else:
            content = path.read_bytes()
        stem = PurePosixPath(name).with_suffix("")
        digest = hashlib.sha256(content).hexdigest()[:HASH_DIGITS]
        address = f"{PREFIX}{stem}.{digest}{path.suffix}"
        body = Body(content, TYPES[path.suffix])
        return Asset(name, address, body, tuple(imports), tuple(at_once))

    def _name(self, path: Path) -> str:
        """The name of the asset in that file, or the path itself when it is none."""
        path = Path(os.path.normpath(path))
        for folder, start in _FOLDERS.items():
            if path.is_relative_to(self.web / folder):
                return start + path.relative_to(self.web / folder).as_posix()
        return path.as_posix()
