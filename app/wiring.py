"""Settings to parts: the only place that knows whether this is the centre, an outlet or a demo."""

from collections.abc import Callable
from functools import partial

import structlog

from app.channels.mail import AddressUnreadable, SmtpChannel, read_server
from app.channels.outgoing import Channel, Channels
from app.channels.webhook import WebhookChannel
from app.channels.whatsapp import WhatsAppBusinessChannel
from app.control.emcf import EMcf
from app.control.emcf_token import TokenUnreadable, read_token
from app.process import Parts
from app.scheduler import Means, Schedule
from app.services.dgi.agent import Agent
from app.services.dgi.modules import Address, Modules
from app.services.directory import Directory
from app.services.ledger.arrivals import Arrivals
from app.services.ledger.thread import SealingThread
from app.services.messages import sending
from app.services.watch.job_log import JobLog
from app.settings import InvalidSetting, Settings
from app.signing.pkcs11 import HsmSigner
from app.signing.signer import Signer
from app.signing.software import open_software_signer
from app.store.engine import migrate, open_engine
from app.store.tables.messages import ChannelName

_log = structlog.get_logger()

AUTHORITY = "centre"
"""The sealing party of a centre and of the demo; it holds series 1 of every outlet."""


def signer_opener(settings: Settings) -> Callable[[], Signer]:
    """What the sealing thread calls to open the signer of this process.

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
            "hsm-1",
            settings.var / "pkcs11.lock",
        )
    if settings.role != "demo":
        raise InvalidSetting("BONO_PKCS11_MODULE: hors démonstration, les sceaux viennent d'un HSM")
    return lambda: open_software_signer(AUTHORITY, "demo-1", settings.var / "keys" / "demo-1.pem")


def assemble(settings: Settings) -> Parts:
    """The parts of this process, over a store whose schema is the newest; nothing runs yet."""
    settings.var.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database)
    migrate(engine)
    sealing = SealingThread(engine, signer_opener(settings), settings.verify_host)
    arrivals = Arrivals()
    agent = Agent(engine, sealing, open_module, settings.var / "locks", arrivals.notify)
    directory, channels = Directory(engine), channels_of(settings)
    jobs = JobLog()
    schedule = Schedule(
        Means(engine, sealing, Modules(engine, open_module), settings.internet_probe),
        loops=(partial(sending.run, engine, channels),) * sending.SENDERS,
        log=jobs,
    )
    return Parts(settings, engine, sealing, directory, arrivals, agent, channels, schedule, jobs)


def open_module(address: Address) -> EMcf:
    """The e-MCF at that address."""
    _check_token(address.token, address.nif, address.nim)
    return EMcf(address.url, address.token, address.nif, address.nim)


def channels_of(settings: Settings) -> Channels:
    """The channels that are set up.

    Raises:
        InvalidSetting: the mail server's address cannot be read.
    """
    return Channels(
        {"webhook": WebhookChannel(private=settings.webhook_private), **_to_people(settings)},
        settings.mail_from,
        settings.verify_host,
        settings.whatsapp_template,
    )


def _to_people(settings: Settings) -> dict[ChannelName, Channel]:
    channels: dict[ChannelName, Channel] = {}
    if settings.smtp_url:
        try:
            server = read_server(settings.smtp_url)
        except AddressUnreadable as error:
            raise InvalidSetting("BONO_SMTP_URL: smtp://hôte:port ou smtps://hôte:port") from error
        channels["email"] = SmtpChannel(server, settings.mail_from)
    if settings.whatsapp_token:
        channels["whatsapp"] = WhatsAppBusinessChannel(
            settings.whatsapp_url, settings.whatsapp_token, settings.whatsapp_phone
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
