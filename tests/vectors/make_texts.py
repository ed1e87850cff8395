"""Prints texts.json again: `python -m tests.vectors.make_texts`.

What the server makes of texts; the browser's tests hold theirs against it.
"""

import json
import sys
from typing import Any, Final

from app.fiscal.draft import SALE
from app.fiscal.printable import unprintable
from app.fiscal.texts import clean, clean_nif, is_nif, size
from app.folding import folded, order_key
from tests.vectors.make_characters import edges, invisible

BLANKS: Final = (
    *range(0x09, 0x0E), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028,
    0x2029, 0x202F, 0x205F, 0x3000,
)  # fmt: skip
TYPED: Final = (
    "", " ", "Quincaillerie Exemple SARL", "  deux   blancs ", "e\u0301te\u0301", "\u212bngström",
    "9XK\t22", "9XK\u202822", "9XK\r\n22", "\u202a+243\u00a081 234 56 78\u202c", "\ufeffMarie",
    "\u200b", "\u3164", "\u115f\u1160", "\u2800\u2800", "\u202eelbaT", "\u2066x\u2069", "a\u00adb",
    "x\ufdd0", "\ufffe", "\U000e0041\U000e007f", "\ue000", "\U000f0000", "\u0378", "\U000e0100",
    "\ud83e", "x\uddfe", "Farine \U0001f9fe", "\u2764\ufe0f", "面粉", "Мука",
    "\u0645\u0631\u062d\u0628\u0627",
    "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u200c\u0646",
    "\u0646\u200d", "a\u200db",
    "\u0915\u094d\u200d\u0937", "\u0646\u200c\u200c\u0646", "\u0600\u0661", "...", "— —", "\u0301",
    "Ngɔ́mbɛ", "Mbújímáyi", "\u1112\u1161\u11ab", "½ kg", "№ 5", "x\x00y", "x\x1b[2Jy", "\x7f",
)  # fmt: skip
NIFS: Final = (
    "A2699999B", "a2699999b", " A 2699999 B ", "A-2699999-B", "A2699999\u200bB", "A.26.99.999/B",
    "\uff21\uff12\uff16\uff19\uff19\uff19\uff19\uff19\uff22", "A\u20112699999\u2013B", "abc", "",
    "00001234A", "FR 12 345678901", "A269999B", "A26999999B", "AA699999B",
    "\N{CYRILLIC CAPITAL LETTER A}2699999B",
    "12345", "1234", "A2699999B\u3164", "é2699999B", "A\u00b72699999_B",
)  # fmt: skip
NAMES: Final = (
    "Œufs, plateau de 6", "oeufs", "Œuvres", "Æsir", "Crème glacée", "ÉTÉ", "Ngɔmbɛ", "NGOMBE",
    "Straße", "Łódź", "\ufb01n", "Eau 1,5 l", "Eau 1,5l", "Eau 1.5 L", "Eau 0,5 l", "Eau 10 l",
    "Eau 2 l", "Eau 1 l", "Farine 25 kg", "Farine 1 kg", "Farine 2 kg", "Farine", "Farine-T55",
    "Crédit téléphone 5 000 FC", "Crédit téléphone 500 FC", "BIE72", "bie 72", "007", "7", "İzmir",
    "ΣΊΣΥΦΟΣ", "Zoé", "zèbre", "Œ", "ŋanda", "Mama’s", "l’eau", "", "…",
)  # fmt: skip


def limits() -> dict[str, int]:
    """The longest text of each member that a till fills in, as the server reads it."""
    sale: Any = SALE
    client = sale.members["client"].members
    found = {name: client[name].most for name in ("nif", "name", "contact", "address")}
    found["exemption"] = sale.members["comments"].members["A"].most
    found["reference"] = sale.members["payments"].of.members["reference"].most
    found["price_change_reason"] = sale.members["items"].of.members["price_change_reason"].most
    found["comment"] = sale.members["comments"].members["B"].most
    return found


def texts() -> list[str]:
    """Those that people type, and one with each blank and each invisible character."""
    few = sorted(code for code in invisible() if not 0xE0080 <= code < 0xE0FFF)
    return [*TYPED, *(f"a{chr(code)}b " for code in (*BLANKS, *few))]


def vectors() -> dict[str, Any]:
    """Everything that both sides must agree on."""
    return {
        "about": "What app.fiscal.texts and app.folding make of texts; the till makes the same.",
        "generator": "tests/vectors/make_texts.py",
        "edges": edges(),
        "limits": limits(),
        "texts": [
            {"text": text, "clean": _spoken(clean(text)), "refused": unprintable(text) is not None}
            for text in texts()
        ],
        "sizes": [
            {"text": text, "size": size(text)} for text in ("abc", "été", "面粉", "\U0001f9fe")
        ],
        "nifs": [
            {
                "text": text,
                "nif": clean_nif(text),
                "dgi": is_nif(clean_nif(text), of_the_dgi=True),
                "any": is_nif(clean_nif(text), of_the_dgi=False),
            }
            for text in NIFS
        ],
        "folded": [{"text": text, "folded": folded(text)} for text in NAMES],
        "ordered": sorted(NAMES, key=lambda text: (order_key(text), text)),
    }


def _spoken(text: str) -> str | None:
    """None for what UTF-8 cannot write: the browser then has the same lone half."""
    return text if text.isascii() or not any(0xD800 <= ord(c) < 0xE000 for c in text) else None


def main() -> None:
    sys.stdout.write(json.dumps(vectors(), indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
