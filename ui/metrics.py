"""What is counted and timed, for whoever watches over the server; the only importer of prometheus_client."""

import time
from collections.abc import Generator, Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.library import Library
from index.manifest import Manifest
from index.types import YuanhuaError
from rag.asking import Reading, Stage, Weighed, Whole
from rag.query import BadQuestion
from ui.faults import is_of_program
from ui.jobs import Rebuilds

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
FACES = ("page", "api", "mcp")
OUTCOMES = ("answered", "refused", "bad", "error", "left")
STEPS: dict[type[Stage], str] = {Reading: "search", Weighed: "weigh", Whole: "answer"}  # what ends with each
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Of one server. Every label has few values, whatever is asked."""

    def __init__(self, library: Library, rebuilds: Rebuilds) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # each would be a measure of its own
        self._registry = CollectorRegistry()
        self._questions = Counter(
            "yuanhua_questions",
            "Questions by what came of them: refused where the essays do not say, bad where nothing was asked, left "
            "where whoever asked did not wait.",
            ["face", "outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "yuanhua_question_seconds",
            "Seconds by step of a question.",
            ["step"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._requests = Counter(
            "yuanhua_http_requests", "Answered requests.", ["face", "status"], registry=self._registry
        )
        for face in FACES:
            for outcome in OUTCOMES:
                self._questions.labels(face, outcome)  # zero, before the first one
        self._registry.register(_Standing(library, rebuilds))

    def watched(self, face: str, stages: Iterable[Stage]) -> Generator[Stage, None, None]:
        """The stages of a question, timed and counted as they go by."""
        outcome, spent, coming = "left", 0.0, iter(stages)
        try:
            while True:
                began = time.perf_counter()
                stage = next(coming, None)
                spent += time.perf_counter() - began  # and not what the face does with a stage
                if stage is None:
                    return
                if (step := STEPS.get(type(stage))) is not None:
                    self._seconds.labels(step).observe(spent)
                    spent = 0.0
                if isinstance(stage, Whole):
                    outcome = "answered" if stage.answer.answered else "refused"
                yield stage
        except BadQuestion:
            outcome = "bad"
            raise
        except Exception:
            outcome = "error"
            raise
        finally:
            self._questions.labels(face, outcome).inc()

    def answered(self, face: str, status: int) -> None:
        self._requests.labels(face, str(status)).inc()

    def text(self) -> bytes:
        """In Prometheus' own format."""
        return generate_latest(self._registry)


class Counted:
    """Counts every answer by its status."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        face = "program" if is_of_program(scope) else "page"  # now, since what is mounted changes the scope

        async def forward(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.answered(face, message["status"])
            await send(message)

        await self._app(scope, receive, forward)


class _Standing(Collector):
    """How the index stands at the moment in which somebody looks."""

    def __init__(self, library: Library, rebuilds: Rebuilds) -> None:
        self._library, self._rebuilds = library, rebuilds

    def collect(self) -> Iterator[Metric]:
        try:
            manifest = self._library.index.manifest
        except YuanhuaError:
            manifest = None
        yield _gauge("yuanhua_index_available", "Whether there is an index that can be asked.", manifest is not None)
        if manifest is not None:
            yield from _of_index(manifest)
        job = self._rebuilds.job
        yield _gauge("yuanhua_rebuild_running", "Whether the index is being rebuilt.", job.running)
        done = job.done / job.total if job.running and job.total else 0.0
        yield _gauge("yuanhua_rebuild_progress_ratio", "How much of its present step is done.", done)
        ended = CounterMetricFamily("yuanhua_rebuilds", "Rebuilds that have ended.", labels=["outcome"])
        for outcome, times in self._rebuilds.outcomes.items():
            ended.add_metric([outcome], times)
        yield ended


def _of_index(manifest: Manifest) -> Iterator[Metric]:
    try:
        created = datetime.fromisoformat(manifest.created).timestamp()
    except ValueError:
        created = 0.0
    if created:
        yield _gauge("yuanhua_index_created_timestamp_seconds", "When the index was made.", created)
        yield _gauge("yuanhua_index_age_seconds", "How long ago that is.", max(0.0, time.time() - created))
    yield _gauge("yuanhua_index_documents", "Essays in the index.", manifest.documents)
    yield _gauge("yuanhua_index_passages", "Passages in the index.", manifest.passages)
    yield _gauge("yuanhua_index_sentences", "Sentences in the index.", manifest.sentences)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=float(value))
