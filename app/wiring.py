"""Settings to parts: the only place that knows whether this is the centre, an outlet or a demo."""

import ssl
from collections.abc import Callable
from email.utils import parseaddr
from functools import partial
from urllib.parse import urlsplit

import httpx
import structlog

from app.channels.mail import AddressUnreadable, SmtpChannel, is_address, read_server
from app.channels.outgoing import Channel, Channels
from app.channels.proxy import Proxy, ProxyUnreadable, is_own_machine, read_proxy
from app.channels.webhook import WebhookChannel
from app.channels.whatsapp import WhatsAppBusinessChannel
from app.control.emcf import EMcf
from app.control.emcf_token import TokenUnreadable, read_token
from app.process import Parts
from app.scheduler import Means, Schedule
from app.services.dgi.agent import Agent
from app.services.dgi.modules import Address, Modules
from app.services.directory import Directory
from app.services.ledger.anchoring import Admission, Anchoring
from app.services.ledger.arrivals import Arrivals
from app.services.ledger.keys import nothing_sealed
from app.services.ledger.thread import SealingThread
from app.services.messages import sending
from app.services.watch.job_log import JobLog
from app.settings import InvalidSetting, Settings
from app.signing.pkcs11 import HsmSigner
from app.signing.signer import Signer
from app.signing.software import open_software_signer
from app.store.engine import migrate, open_engine
from app.store.ledger.anchors import AnchorFolder
from app.store.tables.messages import ChannelName

_log = structlog.get_logger()

AUTHORITY = "centre"
"""The sealing party of a centre and of the demo; it holds series 1 of every outlet."""


def signer_opener(
    settings: Settings, may_make: Callable[[], bool] = lambda: False
) -> Callable[[], Signer]:
    """What the sealing thread calls to open the signer of this process.

    `may_make` says whether a key that is not there is made: a lost one never is, in silence.

    Raises:
        InvalidSetting: no HSM is set and this is no demo.
    """
    module = settings.pkcs11_module
    if module is not None:
        return lambda: HsmSigner(
            module,
            settings.pkcs11_token,
            settings.pkcs11_pin,
            AUTHORITY,
            settings.kid,
            settings.var / "pkcs11.lock",
            make=may_make(),
        )
    if settings.role != "demo":
        raise InvalidSetting("BONO_PKCS11_MODULE: hors démonstration, les sceaux viennent d'un HSM")
    path = settings.var / "keys" / f"{settings.kid}.pem"
    return lambda: open_software_signer(AUTHORITY, settings.kid, path, make=may_make())


def assemble(settings: Settings) -> Parts:
    """The parts of this process, over a store whose schema is the newest; nothing runs yet."""
    settings.var.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database)
    migrate(engine)
    anchors = AnchorFolder(settings.var / "anchors")
    sealing = SealingThread(
        engine,
        signer_opener(settings, lambda: settings.role == "demo" and nothing_sealed(engine)),
        settings.verify_host,
        admit=Admission(engine, anchors),
    )
    arrivals = Arrivals()
    open_module = module_opener(settings)
    agent = Agent(engine, sealing, open_module, settings.var / "locks", arrivals.notify)
    directory, channels = Directory(engine), channels_of(settings)
    jobs = JobLog()
    schedule = Schedule(
        Means(engine, sealing, Modules(engine, open_module), settings.internet_probe),
        loops=(partial(sending.run, engine, channels),) * sending.SENDERS,
        log=jobs,
    )
    return Parts(
        settings,
        engine,
        sealing,
        directory,
        arrivals,
        agent,
        channels,
        schedule,
        jobs,
        Anchoring(engine, sealing, anchors),
    )


def module_opener(settings: Settings) -> Callable[[Address], EMcf]:
    """What opens the e-MCF at an address.

    Raises:
        InvalidSetting: the proxy or the file of certificates cannot be read.
    """
    context = trusted(settings)
    proxy_of(settings)

    def open_module(address: Address) -> EMcf:
        _check_token(address.token, address.nif, address.nim)
        return EMcf(
            address.url,
            address.token,
            address.nif,
            address.nim,
            proxy=_proxy_to(settings, address.url),
            context=context,
        )

    return open_module


def trusted(settings: Settings) -> ssl.SSLContext | None:
    """Whom to believe beside the public authorities; None: nobody.

    Raises:
        InvalidSetting: the file of certificates cannot be read.
    """
    if settings.ca_file is None:
        return None
    context = httpx.create_ssl_context(trust_env=False)
    try:
        context.load_verify_locations(settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise InvalidSetting(f"BONO_CA_FILE: « {settings.ca_file} » est illisible") from error
    return context


def proxy_of(settings: Settings) -> Proxy | None:
    """The proxy that is set.

    Raises:
        InvalidSetting: its address is none.
    """
    try:
        return read_proxy(settings.proxy) if settings.proxy else None
    except ProxyUnreadable as error:  # the sentence does not repeat its password
        raise InvalidSetting("BONO_PROXY: http://hôte:port est attendu") from error


def _proxy_to(settings: Settings, url: str) -> str | None:
    """The proxy on the way there, if there is one."""
    own = is_own_machine(urlsplit(url).hostname or "")
    return None if own else settings.proxy or None


def channels_of(settings: Settings) -> Channels:
    """The channels that are set up.

    Raises:
        InvalidSetting: the mail server's address, the proxy or its CA cannot be read.
    """
    context = trusted(settings)
    webhook = WebhookChannel(
        private=settings.webhook_private, context=context, proxy=proxy_of(settings)
    )
    return Channels(
        {"webhook": webhook, **_to_people(settings, context)},
        settings.mail_from,
        settings.verify_host,
        settings.whatsapp_template,
    )


def _to_people(settings: Settings, context: ssl.SSLContext | None) -> dict[ChannelName, Channel]:
    channels: dict[ChannelName, Channel] = {}
    if settings.smtp_url:
        try:
            server = read_server(settings.smtp_url)
        except AddressUnreadable as error:
            raise InvalidSetting("BONO_SMTP_URL: smtp://hôte:port ou smtps://hôte:port") from error
        if not is_address(parseaddr(settings.mail_from)[1]):
            raise InvalidSetting("BONO_MAIL_FROM: une adresse e-mail est attendue")
        channels["email"] = SmtpChannel(server, settings.mail_from)
    if settings.whatsapp_token:
        channels["whatsapp"] = WhatsAppBusinessChannel(
            settings.whatsapp_url,
            settings.whatsapp_token,
            settings.whatsapp_phone,
            proxy=_proxy_to(settings, settings.whatsapp_url),
            context=context,
        )
    return channels


def _check_token(token: str, nif: str, nim: str) -> None:
    """A token that says it is another's is told; only the authority can refuse it."""
    try:
        claims = read_token(token)
    except TokenUnreadable as error:
        _log.warning("emcf.token", nim=nim, problem=str(error))
        return
    if (claims.nif, claims.nim) != (nif, nim):
        _log.warning("emcf.token", nim=nim, problem=f"jeton de {claims.nif}, {claims.nim}")
