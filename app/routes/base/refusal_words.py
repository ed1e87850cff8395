"""What refusals mean, by rule, and their sentences in English for whoever asks for it.

French is what the product says. An English sentence is found by the French one, as with gettext, so
that what refuses needs no word of another language.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from app.routes.base.request import Asked

Language = Literal["fr", "en"]

MACHINES: Final = ("/api/", "/.well-known/", "/schema", "/healthz", "/readyz", "/metrics")
"""Below these addresses nobody is told with a page."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Rules of one kind, with what each means, in both languages."""

    title: Mapping[Language, str]
    rules: Mapping[str, Mapping[Language, str]]


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))


def _chapter(rows: dict[str, Any]) -> Chapter:
    return Chapter(rows.pop("title"), rows)


CHAPTERS: Final = tuple(_chapter(rows) for rows in _table("rules").values())
"""Every rule that a refusal may name."""
RULES: Final = {rule: words for chapter in CHAPTERS for rule, words in chapter.rules.items()}
SENTENCES: Final[Mapping[str, str]] = _table("english")


def _pattern(french: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(map(re.escape, french.split("{}"))), re.DOTALL)


_PATTERNS: Final = tuple((_pattern(fr), en) for fr, en in SENTENCES.items() if "{}" in fr)


def english(sentence: str) -> str:
    """The sentence in English; as it is when it has no row."""
    if sentence in SENTENCES:
        return SENTENCES[sentence]
    for pattern, words in _PATTERNS:
        match = pattern.fullmatch(sentence)
        if match is not None:
            return words.format(*(SENTENCES.get(value, value) for value in match.groups()))
    return sentence


def said(sentence: str, language: Language) -> str:
    """The sentence in that language."""
    return english(sentence) if language == "en" else sentence


_RANGE: Final = re.compile(
    r"\s*(fr|en)(?:-[a-z0-9-]{1,32})?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*"
)


def _thousandths(quality: str) -> int:
    whole, _, decimals = quality.partition(".")
    return int(whole) * 1000 + int(decimals.ljust(3, "0"))


def preferred(accepted: str) -> Language:
    """The language that an `Accept-Language` asks for: English before French, or French."""
    weights = {"fr": 0, "en": 0}
    for part in accepted.lower().split(","):
        match = _RANGE.fullmatch(part)
        if match is not None:
            weights[match[1]] = max(weights[match[1]], _thousandths(match[2] or "1"))
    return "en" if weights["en"] > weights["fr"] else "fr"


def language_of(request: Asked) -> Language:
    """The language of a refusal to this asker.

    Programs may ask for English. The till is answered in French whatever its browser speaks: it
    translates by itself, and shows the rest beside papers that are French.
    """
    if "signature-input" in request.headers or not request.url.path.startswith(MACHINES):
        return "fr"
    return preferred(request.headers.get("accept-language", ""))
