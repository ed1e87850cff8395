"""The HSM's key stays inside, and the signer comes back when the token does (F10)."""

import fcntl
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from app.fiscal.errors import SignerBusy
from app.fiscal.seal import unb64
from app.fiscal.verification import key_of, verify_signature
from app.signing.pkcs11 import HsmSigner
from tests.harness import forks, in_other_processes
from tests.harness.softhsm import HsmToken


@pytest.fixture
def signer(hsm_token: HsmToken, tmp_path: Path) -> Iterator[HsmSigner]:
    signer = in_other_processes.hsm(hsm_token.module, hsm_token.label, hsm_token.pin, str(tmp_path))
    yield signer
    signer.close()


def plain(token: HsmToken) -> tuple[str, str, str]:
    return token.module, token.label, token.pin


@pytest.fixture
def session(signer: HsmSigner, hsm_token: HsmToken) -> Any:
    """The session of a thief inside the process, where the signer is logged in."""
    signer.public_jwk()
    return pkcs11.lib(hsm_token.module).get_token(token_label=hsm_token.label).open(rw=True)


@pytest.fixture
def private(session: Any) -> Any:
    (key,) = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
    return key


def test_the_key_is_sensitive_and_can_never_be_extracted(private: Any) -> None:
    assert private[Attribute.SENSITIVE] is True
    assert private[Attribute.EXTRACTABLE] is False
    assert private[Attribute.ALWAYS_SENSITIVE] is True
    assert private[Attribute.NEVER_EXTRACTABLE] is True
    assert private[Attribute.LOCAL] is True  # made inside the token
    assert private[Attribute.TOKEN] is True


def test_the_secret_number_cannot_be_read(private: Any) -> None:
    with pytest.raises(pkcs11.AttributeSensitive):
        private[Attribute.VALUE]


def test_the_key_cannot_be_wrapped_out(session: Any, private: Any) -> None:
    wrapping = session.generate_key(KeyType.AES, 256)
    free = session.generate_key(
        KeyType.AES, 256, template={Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}
    )
    for mechanism in (Mechanism.AES_KEY_WRAP, Mechanism.AES_KEY_WRAP_PAD):
        assert wrapping.wrap_key(free, mechanism=mechanism)  # so the token can wrap
        with pytest.raises(pkcs11.KeyUnextractable):
            wrapping.wrap_key(private, mechanism=mechanism)


def test_the_key_cannot_be_made_readable(private: Any) -> None:
    for attribute, value in ((Attribute.SENSITIVE, False), (Attribute.EXTRACTABLE, True)):
        with pytest.raises(pkcs11.PKCS11Error):
            private[attribute] = value
    with pytest.raises(pkcs11.AttributeSensitive):
        private[Attribute.VALUE]


def test_a_copy_of_the_key_is_no_more_readable(private: Any) -> None:
    try:
        copy = private.copy({Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True})
    except pkcs11.PKCS11Error:
        return
    with pytest.raises(pkcs11.AttributeSensitive):
        copy[Attribute.VALUE]


def test_a_closed_session_is_opened_again(signer: HsmSigner) -> None:
    key = signer.public_jwk()
    signer._session.close()  # noqa: SLF001 - as the token would
    assert len(signer.seal(b"after")) == 64
    assert signer.public_jwk() == key


def test_every_session_of_the_process_may_be_closed_beneath_it(
    signer: HsmSigner, hsm_token: HsmToken
) -> None:
    signer.seal(b"before")
    pkcs11.lib(hsm_token.module).reinitialize()
    assert len(signer.seal(b"after")) == 64


def test_a_library_that_was_finalised_is_initialised_again(
    signer: HsmSigner, hsm_token: HsmToken
) -> None:
    signer.seal(b"before")
    pkcs11.lib(hsm_token.module).finalize()
    assert len(signer.seal(b"after")) == 64


def test_a_token_that_is_gone_is_busy_and_works_when_it_is_back(
    signer: HsmSigner, hsm_token: HsmToken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = signer.public_jwk()
    library = pkcs11.lib(hsm_token.module)
    signer.close()
    library.finalize()
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "tokens").mkdir(parents=True)
    configuration = elsewhere / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {elsewhere / 'tokens'}\n")
    with monkeypatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(configuration))
        for _ in range(2):
            with pytest.raises(SignerBusy, match="NoSuchToken"):
                signer.seal(b"nobody signs this")
    assert len(signer.seal(b"it is back")) == 64
    assert signer.public_jwk() == key
    shutil.rmtree(elsewhere)


def test_a_token_that_is_not_there_does_not_hold_up_another(
    signer: HsmSigner, hsm_token: HsmToken, tmp_path: Path
) -> None:
    missing = in_other_processes.hsm(hsm_token.module, "bono-not-there", "5678", str(tmp_path))
    with pytest.raises(SignerBusy):
        missing.seal(b"nobody signs this")
    assert len(signer.seal(b"the other one goes on")) == 64


def test_a_wrong_pin_is_busy_and_does_not_end_the_process(
    signer: HsmSigner, hsm_token: HsmToken, tmp_path: Path
) -> None:
    stranger = in_other_processes.hsm(hsm_token.module, hsm_token.label, "0000", str(tmp_path))
    with pytest.raises(SignerBusy, match="PinIncorrect"):
        stranger.seal(b"nobody signs this")
    assert len(signer.seal(b"with the right one")) == 64


def test_a_missing_library_is_busy(tmp_path: Path) -> None:
    signer = HsmSigner(tmp_path / "no.so", "bono", "1", "centre", "hsm-1", tmp_path / "lock")
    with pytest.raises(SignerBusy, match="does not sign"):
        signer.seal(b"nobody signs this")


def test_a_login_waits_until_another_process_has_done_its_own(
    signer: HsmSigner, tmp_path: Path
) -> None:
    signed: list[bytes] = []
    with (tmp_path / "pkcs11.lock").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        thread = threading.Thread(target=lambda: signed.append(signer.seal(b"patience")))
        thread.start()
        thread.join(0.3)
        assert signed == []
    thread.join()
    assert len(signed) == 1


def test_processes_that_log_in_together_all_sign(
    signer: HsmSigner, hsm_token: HsmToken, tmp_path: Path
) -> None:
    signer.public_jwk()
    work = (plain(hsm_token), str(tmp_path), b"statement", 5)
    signatures = [
        s for all_of in forks.at_once(in_other_processes.signed, *[work] * 6) for s in all_of
    ]
    assert len(signatures) == 30
    public = key_of(signer.public_jwk())
    for signature in signatures:
        verify_signature(public, signature, b"statement")


def test_processes_that_start_together_make_exactly_one_key(
    signer: HsmSigner, hsm_token: HsmToken, tmp_path: Path
) -> None:
    keys = forks.at_once(in_other_processes.first_key, *[(plain(hsm_token), str(tmp_path))] * 4)
    assert all(key == keys[0] for key in keys)
    assert signer.public_jwk() == keys[0]
    session = pkcs11.lib(hsm_token.module).get_token(token_label=hsm_token.label).open()
    found = session.get_objects({Attribute.LABEL: signer.kid})
    kinds = sorted(key[Attribute.CLASS].name for key in found)
    assert kinds == ["PRIVATE_KEY", "PUBLIC_KEY"]


def test_the_published_point_is_the_key_of_the_token(signer: HsmSigner, session: Any) -> None:
    jwk = signer.public_jwk()
    (key,) = session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY})
    point = bytes(key[Attribute.EC_POINT])
    assert point.endswith(b"\x04" + unb64(jwk["x"]) + unb64(jwk["y"]))
