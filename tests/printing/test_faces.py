"""The faces of the papers: every character that may be sealed, and tones on their letters."""

import subprocess
from pathlib import Path

import pytest

from app.fiscal.printable import PRINTABLE
from app.printing.faces import BOLD, REGULAR, has, runs
from app.printing.pdf import a4, roll_80mm
from app.printing.typeset import width
from tests.printing import papers

FACES = (REGULAR, BOLD, "NotoSans", "MicroHei")
NAMES = ["Kɔngɔ́ Ŋandó", "Ɔ́kɔ Ɛ̂lɛmbɛ ḿ n̄", "王先生商店 12 瓶啤酒", "ƁƊ d’Élikya – « Œuvre »"]


def test_every_printable_character_is_in_a_face() -> None:
    codes = [code for first, last in PRINTABLE for code in range(first, last + 1)]
    assert [hex(c) for c in codes if not any(has(face, chr(c)) for face in FACES)] == []


@pytest.mark.parametrize("font", [REGULAR, BOLD])
def test_a_tone_is_shaped_upon_its_letter_and_takes_no_room(font: str) -> None:
    (letter,) = [run for run in runs("mɔ́tɔ", font) if run.shaped]
    assert (letter.text, letter.font) == ("ɔ́", "NotoSans")
    base, tone = letter.drawn(10).__shapeData__  # type: ignore[attr-defined]
    assert tone.x_advance == 0
    assert -base.x_advance < tone.x_offset < 0
    assert width("mɔ́tɔ", font, 10) == pytest.approx(
        sum(run.width(10) for run in runs("mɔtɔ", "NotoSans"))
    )


def test_french_stays_in_the_face_of_the_figures() -> None:
    (run,) = runs("Œufs d’élevage – 1 234,50 FC", BOLD)
    assert (run.font, run.shaped) == (BOLD, False)


@pytest.mark.parametrize("render", [a4, roll_80mm])
def test_names_in_the_letters_of_the_country_and_in_chinese_are_read_again(
    render: papers.Render, tmp_path: Path
) -> None:
    items = [papers.INVOICE["items"][0] | {"name": name} for name in NAMES]
    (tmp_path / "paper.pdf").write_bytes(render(papers.paper(items=items)))
    command = ["pdftotext", "-layout", "paper.pdf", "-"]
    text = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout.decode()
    assert [name for name in NAMES if name not in text] == []
