"""Whoever speaks to the world goes by the proxy that is set, and believes the CA that is set."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from app import wiring
from app.channels.outgoing import Outgoing
from app.channels.proxy import Proxy, ProxyUnreadable, read_proxy
from app.channels.webhook import WebhookChannel
from app.services.dgi.modules import Address
from app.settings import InvalidSetting, Settings, read_settings
from tests.harness.certificates import trust_for
from tests.harness.proxy import TunnelProxy, proxy_to
from tests.harness.receiver import Receiver, Reply, receiving

NAME: Final = "monde.example"
CHECKED: Final = "192.0.2.7"
"""What the name leads to; nobody is there."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Receiver]:
    """A server with a certificate of our own CA, reached through a proxy alone."""
    with receiving(trust_for(NAME, tmp_path).server) as receiver:
        yield receiver


@pytest.fixture
def proxy(world: Receiver) -> Iterator[TunnelProxy]:
    with proxy_to(world.port) as proxy:
        yield proxy


def settings(tmp_path: Path, proxy: TunnelProxy, user: str = "caisse:s%40cret@") -> Settings:
    return read_settings(
        {
            "BONO_PROXY": f"http://{user}127.0.0.1:{proxy.port}",
            "BONO_CA_FILE": str(tmp_path / f"{NAME}.pem"),
            "BONO_WHATSAPP_URL": f"https://{NAME}/v",
            "BONO_WHATSAPP_TOKEN": "token",
            "BONO_WHATSAPP_PHONE": "10055",
        }
    )


def webhook(given: Settings) -> WebhookChannel:
    return WebhookChannel(
        private=True,
        context=wiring.trusted(given),
        proxy=read_proxy(given.proxy),
        resolve=lambda *_: [CHECKED],
    )


def out(target: str) -> Outgoing:
    return Outgoing(message_id="m", target=target, body=b"{}", at=int(time.time()), secrets=())


def test_the_emcf_whatsapp_and_webhooks_go_by_the_proxy(
    tmp_path: Path, world: Receiver, proxy: TunnelProxy
) -> None:
    given = settings(tmp_path, proxy)
    world.usual = Reply(body=b'{"messages": [{}]}')
    module = wiring.module_opener(given)(
        Address(nim="CD01-1", nif="A2512345Z", url=f"https://{NAME}/edef", token="t")
    )
    assert "501" in getattr(module.status(), "reason", "")  # that server knows no GET
    module.close()
    whatsapp = wiring.channels_of(given).by_name["whatsapp"]
    assert whatsapp(out("243812345678")).state == "sent"
    assert webhook(given)(out(f"https://{NAME}/bono")).state == "sent"
    assert [got.path for got in world.received] == [
        "/v/10055/messages", "/bono",
    ]  # fmt: skip
    assert [head.split()[1] for head in proxy.heads] == [
        f"{NAME}:443", f"{NAME}:443", f"{CHECKED}:443",
    ]  # fmt: skip
    assert all("Proxy-Authorization: Basic Y2Fpc3NlOnNAY3JldA==" in h for h in proxy.heads)


def test_a_proxy_that_refuses_is_told_and_nothing_goes_around_it(
    tmp_path: Path, world: Receiver
) -> None:
    with proxy_to(None) as refusing:
        outcome = webhook(settings(tmp_path, refusing))(out(f"https://{NAME}/bono"))
    assert (outcome.state, outcome.blocks) == ("later", "target")
    assert "mandataire refuse" in outcome.words
    assert "407" in outcome.words
    assert world.received == []


def test_what_lies_on_this_machine_needs_no_proxy(proxy: TunnelProxy) -> None:
    with receiving() as near:
        channel = WebhookChannel(private=True, proxy=Proxy("127.0.0.1", proxy.port))
        assert channel(out(near.url())).state == "sent"
    assert proxy.heads == []


@pytest.mark.parametrize(
    "url", ["socks5://h:1", "https://h:1", "h:8080", "http://h", "http://:80", "http://h:99999"]
)
def test_what_is_no_proxy_is_refused_at_start(url: str) -> None:
    with pytest.raises(ProxyUnreadable):
        read_proxy(url)
    with pytest.raises(InvalidSetting, match="BONO_PROXY"):
        wiring.module_opener(read_settings({"BONO_PROXY": url}))


def test_an_address_that_no_mail_can_come_from_is_refused_at_start() -> None:
    smtp = {"BONO_SMTP_URL": "smtp://127.0.0.1:25"}
    for wrong in ("bono", "Bono <bono>", "a b@c", "bono@"):
        with pytest.raises(InvalidSetting, match="BONO_MAIL_FROM"):
            wiring.channels_of(read_settings(smtp | {"BONO_MAIL_FROM": wrong}))
    named = read_settings(smtp | {"BONO_MAIL_FROM": "Bono Pay <caisse@exemple.cd>"})
    assert "email" in wiring.channels_of(named).by_name


def test_certificates_that_cannot_be_read_are_refused_at_start(tmp_path: Path) -> None:
    for content in (None, b"no certificate"):
        file = tmp_path / "ca.pem"
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(InvalidSetting, match="BONO_CA_FILE"):
            wiring.channels_of(read_settings({"BONO_CA_FILE": str(file)}))


def test_an_address_of_ipv6_is_asked_for_in_brackets() -> None:
    assert b"CONNECT [2001:db8::1]:443 HTTP/1.1\r\n" in Proxy("p", 3128).opening("2001:db8::1", 443)
