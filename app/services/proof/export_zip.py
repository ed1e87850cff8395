"""The files of an export, as people hand it on: unpacked, looked at, packed again."""

import zipfile
from pathlib import PurePosixPath
from typing import Final

from app.fiscal import audit
from app.fiscal.errors import VerificationFailed
from app.services.proof.known_keys import Unreadable

MOST_UNPACKED = 64 << 20
"""Bytes of one file: a chunk of 1,000 lines is far smaller."""

_ADDED: Final = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""What an operating system leaves in every folder that is opened."""
_ENCRYPTED: Final = 1


class ExportZip:
    """The files of an export by name; one folder around them all, and folders, say nothing."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Raises `Unreadable`, or `VerificationFailed` for what two readers may read as two."""
        self._archive = archive
        found = [each for each in archive.infolist() if not each.is_dir() and not _added(each)]
        around = _folder_around([each.filename for each in found])
        self._files: dict[str, zipfile.ZipInfo] = {}
        for each in found:
            name = each.filename.removeprefix(around)
            if each.flag_bits & _ENCRYPTED:
                raise Unreadable(f"{name} est chiffré")
            if name in self._files:
                raise VerificationFailed(5, name, "il y est deux fois")
            self._files[name] = each

    @property
    def names(self) -> frozenset[str]:
        """The names of all files."""
        return frozenset(self._files)

    def read(self, name: str) -> bytes:
        """The bytes of that file.

        Raises:
            Unreadable: it is not there, or far larger than any file of an export.
        """
        if name not in self._files:
            raise Unreadable(f"{name} manque")
        if self._files[name].file_size > MOST_UNPACKED:
            raise Unreadable(f"{name} est trop grand")
        return self._archive.read(self._files[name])


def _added(info: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(info.filename)
    return path.name in _ADDED or path.parts[:1] == ("__MACOSX",)


def _folder_around(names: list[str]) -> str:
    """The one folder in which all of them stand, when the manifest does too; else nothing."""
    tops = {name.partition("/")[0] for name in names}
    if len(tops) == 1 and (around := f"{min(tops)}/") + audit.MANIFEST in names:
        return around
    return ""
