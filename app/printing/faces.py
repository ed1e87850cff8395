"""The faces of our papers, and which of them draws which characters.

Source Sans Pro (SIL OFL 1.1) has figures of one width. Noto Sans (SIL OFL 1.1) has Ɔ, Ɛ, Ɓ and
knows where a tone stands on its letter, which Source Sans does not: it draws whole words with
tones, shaped by HarfBuzz. WenQuanYi Micro Hei (Apache 2.0) has Chinese. `app/fiscal/printable.py`
names what they have together.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import as_file, files
from itertools import repeat
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, shapeStr

REGULAR: Final = "SourceSansPro-Regular"
BOLD: Final = "SourceSansPro-Semibold"
_TONES: Final = "NotoSans"

_FILES: Final = {
    REGULAR: ("font_source_sans_pro", "files", f"{REGULAR}.ttf"),
    BOLD: ("font_source_sans_pro", "files", f"{BOLD}.ttf"),
    _TONES: ("fontpkg_noto_sans", "files", "NotoSans[wdth,wght].ttf"),
    "MicroHei": ("paperang_p2_fonts_cjk", "fonts", "wqy-microhei.ttc"),
}
"""Package, folder and file of each face."""
_OTHERS: Final = (_TONES, "MicroHei")
"""Where a character is looked for next, in that order."""
_WORDS: Final = re.compile(r" +|[^ ]+")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text that one face draws; `shaped` when its tones are put on their letters."""

    font: str
    text: str
    shaped: bool

    def drawn(self, size: float) -> str:
        """The text as reportlab draws it."""
        if not self.shaped:
            return self.text
        shaped: str = shapeStr(self.text, self.font, size, force=True)
        return shaped

    def width(self, size: float) -> float:
        """In points."""
        points: float = pdfmetrics.stringWidth(self.text, self.font, size)
        return points


@cache
def face(name: str) -> TTFont:
    """The face, known to reportlab from now on; read from its package once."""
    package, *path = _FILES[name]
    with as_file(files(package).joinpath(*path)) as file:
        font = TTFont(name, str(file))
    pdfmetrics.registerFont(font)
    return font


def has(name: str, text: str) -> bool:
    """Whether that face has every character."""
    glyphs = face(name).face.charToGlyph
    return all(ord(char) in glyphs for char in text)


@lru_cache(maxsize=4096)
def runs(text: str, font: str) -> tuple[Run, ...]:
    """The text, each piece with the face that has all of it; what none has stays with `font`."""
    if text.isascii():
        return (Run(font, text, shaped=False),) if face(font) and text else ()
    found: list[Run] = []
    for word in _WORDS.findall(text):
        toned = any(map(unicodedata.combining, word)) and has(_TONES, word)
        for run in map(_run, _clusters(word), repeat(_TONES if toned else font)):
            last = found[-1] if found else None
            if last and last.font == run.font and not last.shaped and not run.shaped:
                found[-1] = Run(run.font, last.text + run.text, shaped=False)
            else:
                found.append(run)
    return tuple(found)


def _run(cluster: str, font: str) -> Run:
    name = next((name for name in (font, *_OTHERS) if has(name, cluster)), font)
    return Run(name, cluster, shaped=len(cluster) > 1)


def _clusters(word: str) -> Iterator[str]:
    """The letters, each with the tones that follow it."""
    cluster = ""
    for char in word:
        if cluster and not unicodedata.combining(char):
            yield cluster
            cluster = ""
        cluster += char
    yield cluster
