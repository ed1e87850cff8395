"""What every signer promises; run over each one."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from joserfc import jws
from joserfc.jwk import ECKey

from app.fiscal.errors import SignerBusy
from app.fiscal.seal import compact, signing_input
from app.fiscal.verification import key_of, verify_signature
from app.signing.pkcs11 import HsmSigner
from app.signing.software import InsecureSoftwareSigner
from tests.harness import in_other_processes

AnySigner = InsecureSoftwareSigner | HsmSigner
STATEMENT = {"v": "seal/1", "authority": "centre", "total": "90000.00"}


@pytest.fixture(params=["software", "hsm"])
def reopened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], AnySigner]]:
    """Opens the same signer, each time anew."""
    opened: list[HsmSigner] = []
    if request.param == "software":
        yield lambda: in_other_processes.software(str(tmp_path))
        return
    token = request.getfixturevalue("hsm_token")

    def again() -> HsmSigner:
        opened.append(in_other_processes.hsm(token.module, token.label, token.pin, str(tmp_path)))
        return opened[-1]

    yield again
    for signer in opened:
        signer.close()


@pytest.fixture
def signer(reopened: Callable[[], AnySigner]) -> AnySigner:
    return reopened()


def test_a_seal_verifies_with_any_jose_library(signer: AnySigner) -> None:
    to_sign = signing_input(signer.kid, STATEMENT)
    seal = compact(to_sign, signer.seal(to_sign))
    key = ECKey.import_key(dict(signer.public_jwk()))
    assert jws.deserialize_compact(seal, key, algorithms=["ES256"]).headers() == {
        "alg": "ES256",
        "kid": signer.kid,
    }


def test_a_signature_is_r_and_s_of_32_bytes_each(signer: AnySigner) -> None:
    key = key_of(signer.public_jwk())
    for number in range(40):  # r or s begins with a zero byte about once in 128
        text = b"statement %d" % number
        signature = signer.seal(text)
        assert len(signature) == 64
        verify_signature(key, signature, text)


def test_the_public_key_is_a_jwk_of_p_256(signer: AnySigner) -> None:
    jwk = signer.public_jwk()
    assert {name: jwk[name] for name in ("kty", "crv")} == {"kty": "EC", "crv": "P-256"}
    assert set(jwk) == {"kty", "crv", "x", "y"}
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", jwk[name]) for name in ("x", "y"))


def test_the_names_fit_into_a_seal(signer: AnySigner) -> None:
    assert all(re.fullmatch(r"[a-z0-9-]{1,8}", n) for n in (signer.authority, signer.kid))


def test_the_same_signer_opened_again_has_the_same_key(
    reopened: Callable[[], AnySigner],
) -> None:
    first, second = reopened(), reopened()
    assert first.public_jwk() == second.public_jwk()
    verify_signature(key_of(second.public_jwk()), first.seal(b"one"), b"one")
    verify_signature(key_of(first.public_jwk()), second.seal(b"two"), b"two")


def test_a_key_has_issued_nothing_by_itself(signer: AnySigner) -> None:
    signer.seal(b"something")
    assert [*signer.issued_since(0)] == []


def test_a_signature_that_does_not_verify_never_leaves(signer: AnySigner) -> None:
    signer.public_jwk()
    signer._public = generate_private_key(SECP256R1()).public_key()  # noqa: SLF001 - as if it lied
    with pytest.raises(SignerBusy, match="does not verify"):
        signer.seal(b"statement")
