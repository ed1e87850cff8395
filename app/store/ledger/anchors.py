"""The folder of anchors: one small signed file per series, beside the database and not in it."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"([A-Z0-9]{3,5})-([0-9]{1,2})\.jws", re.ASCII)


class AnchorFolder:
    """The anchors of one machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> Mapping[tuple[str, str], str]:
        """By outlet and series, the text of each anchor."""
        found = {}
        for path in self._folder.glob("*.jws"):
            named = _NAME.fullmatch(path.name)
            if named is not None:
                found[named[1], named[2]] = path.read_text(errors="replace")
        return found

    def write(self, key: tuple[str, str], text: str) -> None:
        """The anchor of that series says this, whole, whenever the machine stops."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{key[0]}-{key[1]}.jws"
        unfinished = path.with_suffix(f".{os.getpid()}.new")
        with unfinished.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
