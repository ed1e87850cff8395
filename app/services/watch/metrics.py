"""What Prometheus reads: drawn from the store at each scrape, so that no process must remember.

Outlets are named by their code and nothing else.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.fiscal.ledger import utc_time
from app.fiscal.probe import PARTS, Statement, read_statement
from app.services.watch.figures import Figures, all_figures, figures
from app.services.watch.health import GRAVITY
from app.services.watch.job_log import JobLog
from app.store.engine import Engine, Session, reading
from app.store.ledger.entries import sealed_counts
from app.store.tenancy import EVERYWHERE
from app.store.watch.probes import last_probes
from app.store.watch.turns import turns_done

_Value = Callable[[Figures], int | None]
_GAUGES: Final[Sequence[tuple[str, str, _Value]]] = (
    ("oldest_unsent_seconds", "Âge de la plus ancienne facture non transmise", lambda f: f.age),
    ("past_grace", "Factures non transmises dans le délai", lambda f: f.past_grace),
    ("refused_open", "Factures refusées et non reprises", lambda f: f.refused_open),
    ("paused", "1 : envois en pause", lambda f: int(f.paused)),
    ("next_try_timestamp_seconds", "Prochain essai", lambda f: f.next_try),
    ("last_heard_timestamp_seconds", "Dernière réponse de la DGI", lambda f: _time(f.last_heard)),
    ("attempts_24h", "Essais sans réponse qui décide, en 24 h", lambda f: f.recent.attempts),
    ("normalised_24h", "Factures normalisées en 24 h", lambda f: f.recent.normalised),
    ("refused_24h", "Factures refusées en 24 h", lambda f: f.recent.refused),
    ("normalised_percent", "Part normalisée des décisions, 24 h", lambda f: f.recent.percent),
    ("normalising_mean_seconds", "Du sceau à la DGI, moyenne", lambda f: f.recent.mean_seconds),
    ("normalising_max_seconds", "Du sceau à la DGI, maximum", lambda f: f.recent.max_seconds),
)
"""Name after `bono_`, help, and the figure; None is left out."""


def _time(text: str | None) -> int | None:
    return None if text is None else int(utc_time(text).timestamp())


@dataclass(frozen=True, slots=True)
class Scrape:
    """What the store held at one instant."""

    figures: Sequence[Figures]
    sealed: Counter[str]
    """By outlet, how many invoices were ever sealed."""
    probes: dict[str, Statement]
    turns: dict[str, int]


def scrape(session: Session, now: datetime, outlet_id: str) -> Scrape:
    """What Prometheus reads of that outlet, or with `EVERYWHERE` of each one."""
    every = (
        all_figures(session, now) if outlet_id == EVERYWHERE else [figures(session, outlet_id, now)]
    )
    sealed: Counter[str] = Counter()
    for (outlet, _series), count in sealed_counts(session, outlet_id).items():
        sealed[outlet] += count
    probes = {
        name: read_statement(row.statement) for name, row in last_probes(session, outlet_id).items()
    }
    return Scrape(every, sealed, probes, turns_done(session))


class _Collected(Collector):
    """A scrape in the shape of the Prometheus client."""

    def __init__(self, scrape: Scrape, jobs: JobLog) -> None:
        self._scrape, self._jobs = scrape, jobs

    def collect(self) -> Iterator[Metric]:
        """Every family."""
        every = self._scrape.figures
        waiting = GaugeMetricFamily(
            "bono_unsent", "Factures sans réponse de la DGI", labels=("outlet", "state")
        )
        colour = GaugeMetricFamily(
            "bono_colour", "1 : la couleur du point de vente", labels=("outlet", "state")
        )
        for one in every:
            for state in ("pending", "in_doubt", "failed"):
                waiting.add_metric((one.outlet_id, state), getattr(one, state))
            for shade in GRAVITY:
                colour.add_metric((one.outlet_id, shade), int(one.colour == shade))
        yield waiting
        yield colour
        for name, words, value in _GAUGES:
            yield _gauge(name, words, {one.outlet_id: value(one) for one in every})
        yield self._sealed()
        yield self._parts()
        yield from self._work()

    def _sealed(self) -> Metric:
        family = CounterMetricFamily(
            "bono_invoices_sealed", "Factures scellées depuis toujours", labels=("outlet",)
        )
        for outlet, count in self._scrape.sealed.items():
            family.add_metric((outlet,), count)
        return family

    def _parts(self) -> Metric:
        family = GaugeMetricFamily(
            "bono_part", "1 : l’état de cette partie", labels=("outlet", "part", "state")
        )
        for outlet, statement in self._scrape.probes.items():
            for part in PARTS:
                family.add_metric((outlet, part, statement.parts[part]), 1)
        return family

    def _work(self) -> Iterator[Metric]:
        ended = CounterMetricFamily(
            "bono_job_runs", "Travaux réguliers de ce processus", labels=("job", "state")
        )
        for (job, outcome), count in self._jobs.ended().items():
            ended.add_metric((job, outcome), count)
        yield ended
        last = GaugeMetricFamily(
            "bono_job_last_success_timestamp_seconds", "Dernier succès", labels=("job",)
        )
        here = self._jobs.last_success()
        for job in sorted({*here, *self._scrape.turns}):
            last.add_metric((job,), max(here.get(job, 0), self._scrape.turns.get(job, 0)))
        yield last


def _gauge(name: str, words: str, values: dict[str, int | None]) -> Metric:
    family = GaugeMetricFamily(f"bono_{name}", words, labels=("outlet",))
    for outlet, value in values.items():
        if value is not None:
            family.add_metric((outlet,), value)
    return family


def exposition(engine: Engine, jobs: JobLog, now: datetime, outlet_id: str) -> bytes:
    """The text that Prometheus reads: every outlet's figures, or that one's."""
    with reading(engine) as session:
        found = scrape(session, now, outlet_id)
    registry = CollectorRegistry()
    registry.register(_Collected(found, jobs))
    return generate_latest(registry)
