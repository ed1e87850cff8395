"""QR symbols: exact text, the level asked for, sizes that fit the paper."""

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.printing import qr
from tests.printing import papers


def read(matrix: qr.Matrix) -> zxingcpp.Barcode:
    side = qr.svg_side(matrix)
    image = Image.new("L", (side, side), 255)
    for x, y, n in qr.runs(matrix):
        image.paste(0, (x + qr.QUIET, y + qr.QUIET, x + qr.QUIET + n, y + qr.QUIET + 1))
    (code,) = zxingcpp.read_barcodes(
        image.resize((side * 4, side * 4), Image.Resampling.NEAREST),
        zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
    )
    return code


@pytest.mark.parametrize(
    ("payload", "level", "side"),
    [(papers.DGI_QR, "M", 37), (papers.QR_PAYLOAD, "L", 89), ("A" * 20, "M", 25)],
)
def test_a_symbol_reads_back_at_its_level_and_size(
    payload: str, level: qr.Level, side: int
) -> None:
    matrix = qr.modules(payload, level)
    code = read(matrix)
    assert (code.text, code.ec_level, len(matrix)) == (payload, level, side)


def test_the_longest_seal_is_701_characters_and_fits_58_mm_at_three_dots() -> None:
    assert len(papers.QR_PAYLOAD) == 701
    assert qr.svg_side(qr.modules(papers.QR_PAYLOAD, "L")) * 3 <= 384


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_any_text_reads_back(payload: str) -> None:
    assert read(qr.modules(payload, "L")).text == payload
