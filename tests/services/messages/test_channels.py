"""Which channels a process has: what its settings say, and nothing by half."""

from pathlib import Path

import pytest

from app.channels.outgoing import Channels
from app.settings import InvalidSetting, Settings, read_settings
from app.wiring import channels_of

MAIL = {"BONO_SMTP_URL": "smtps://user:pass@post.example", "BONO_MAIL_FROM": "f@bono.example"}
WHATSAPP = {"BONO_WHATSAPP_TOKEN": "token", "BONO_WHATSAPP_PHONE": "10055"}


def test_a_process_without_settings_has_webhooks_alone() -> None:
    assert set(channels_of(Settings()).by_name) == {"webhook"}
    assert read_settings({}).webhook_private is False


def test_mail_and_whatsapp_are_there_once_they_are_set_up() -> None:
    settings = read_settings({**MAIL, **WHATSAPP, "BONO_VERIFY_HOST": "bono.example"})
    channels = channels_of(settings)
    assert set(channels.by_name) == {"webhook", "email", "whatsapp"}
    assert (channels.mail_from, channels.host) == ("f@bono.example", "bono.example")


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"BONO_SMTP_URL": "smtp://post.example"}, "BONO_MAIL_FROM"),
        ({"BONO_WHATSAPP_TOKEN": "token"}, "BONO_WHATSAPP_PHONE"),
        ({"BONO_WHATSAPP_SECRET": "secret"}, "BONO_WHATSAPP_VERIFY"),
    ],
)
def test_half_a_setting_is_refused_by_name(environment: dict[str, str], missing: str) -> None:
    with pytest.raises(InvalidSetting, match=missing):
        read_settings(environment)


def test_a_mail_server_whose_address_cannot_be_read_is_refused_without_its_password() -> None:
    settings = read_settings({**MAIL, "BONO_SMTP_URL": "http://user:secret@post.example"})
    with pytest.raises(InvalidSetting, match="BONO_SMTP_URL") as caught:
        channels_of(settings)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("bono.example", "https://bono.example/recus/a"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000/recus/a"),
        ("localhost:8000", "http://localhost:8000/recus/a"),
    ],
)
def test_pages_are_reached_with_tls_except_on_this_machine(host: str, address: str) -> None:
    assert Channels(host=host).address("/recus/a") == address


def test_the_templates_of_the_mails_stand_with_the_other_pages() -> None:
    folder = Path(__file__).parents[3] / "web" / "templates" / "mail"
    assert {file.name for file in folder.iterdir()} == {"receipt.txt", "receipt.html", "alert.txt"}
