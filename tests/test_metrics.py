"""What whoever watches over the server can see of it."""

import threading
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from index.build import Built
from index.changes import Changes
from index.library import Library
from index.types import Report, YuanhuaError
from rag.asking import asking
from rag.scope import EVERYTHING
from tests.programs import (  # noqa: F401 - fixtures
    QUESTION,
    SILENT,
    client,
    client_of,
    corpus_folder,
    one_encoder,
    program_app,
)
from tests.test_jobs import until
from ui.desk import Desk
from ui.jobs import Rebuilds
from ui.metrics import Metrics
from ui.words import EN

NOTHING = Built(Changes(), (), 0, 0, 0, "")


def values(text: str) -> dict[str, float]:
    """By name and labels, as they stand there."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def seen(client: TestClient) -> dict[str, float]:  # noqa: F811
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return values(answer.text)


def test_questions_are_counted_by_what_came_of_them_and_timed_by_step(client: TestClient) -> None:  # noqa: F811
    before = seen(client)
    client.post("/api/v1/ask", json={"question": QUESTION})
    client.post("/api/v1/ask/stream", json={"question": SILENT})
    client.post("/api/v1/ask", json={"question": " "})
    after = seen(client)
    grown = {name: value - before.get(name, 0.0) for name, value in after.items() if value != before.get(name)}
    for outcome in ("answered", "refused", "bad"):
        assert grown[f'yuanhua_questions_total{{face="api",outcome="{outcome}"}}'] == 1
    for step in ("search", "weigh", "answer"):
        assert grown[f'yuanhua_question_seconds_count{{step="{step}"}}'] == 2
    assert 0 < grown['yuanhua_question_seconds_sum{step="weigh"}'] < 60
    assert grown['yuanhua_http_requests_total{face="program",status="422"}'] == 1
    assert after['yuanhua_questions_total{face="page",outcome="answered"}'] == 0


def test_the_index_and_the_rebuild_are_seen(client: TestClient) -> None:  # noqa: F811
    now = seen(client)
    status = client.get("/api/v1/index").json()
    assert now["yuanhua_index_available"] == 1
    assert now["yuanhua_index_documents"] == status["documents"] == 6
    assert now["yuanhua_index_passages"] == status["passages"]
    assert 0 <= now["yuanhua_index_age_seconds"] < 3600
    assert now["yuanhua_index_created_timestamp_seconds"] > 1.7e9
    assert now["yuanhua_rebuild_running"] == 0
    assert {name for name in now if name.startswith("yuanhua_rebuilds_total")} == {
        f'yuanhua_rebuilds_total{{outcome="{outcome}"}}' for outcome in ("built", "stopped", "failed")
    }


def test_a_question_on_the_page_is_counted_as_one_of_the_page(essays: Path, tmp_path: Path) -> None:
    desk = Desk(essays, Library(tmp_path / "nowhere"))
    turns = list(desk.answering(desk.understood("茶", [], "", EVERYTHING), EN))
    assert "no index" in turns[-1].note
    counted = values(desk.metrics.text().decode())
    assert counted['yuanhua_questions_total{face="page",outcome="error"}'] == 1
    assert counted["yuanhua_index_available"] == 0


def test_a_question_of_an_assistant_is_counted_as_one_of_those(program_app: FastAPI) -> None:  # noqa: F811
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
    with client_of(program_app) as client:  # noqa: F811
        before = seen(client)
        for question in (QUESTION, SILENT, " "):
            params = {"name": "ask", "arguments": {"question": question}}
            call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
            assert client.post("/mcp", json=call, headers=headers).json()["result"]["content"]
        after = seen(client)
    for outcome in ("answered", "refused", "bad"):
        name = f'yuanhua_questions_total{{face="mcp",outcome="{outcome}"}}'
        assert after[name] - before[name] == 1


def test_a_question_that_was_left_is_counted_as_that(client: TestClient, corpus_folder: Path) -> None:  # noqa: F811
    library = Library(corpus_folder / "index")
    metrics = Metrics(library, Rebuilds(lambda report: NOTHING))
    stages = metrics.watched("api", asking(library, QUESTION))
    next(stages)
    stages.close()
    assert values(metrics.text().decode())['yuanhua_questions_total{face="api",outcome="left"}'] == 1


def test_a_rebuild_is_seen_while_it_runs_and_counted_by_how_it_ended(tmp_path: Path) -> None:
    go = threading.Event()

    def work(report: Report) -> Built:
        report("Embedding", 1, 4)
        assert go.wait(20)
        report("Embedding", 4, 4)
        raise YuanhuaError("The disk is full.")

    rebuilds = Rebuilds(work)
    metrics = Metrics(Library(tmp_path), rebuilds)

    def now() -> dict[str, float]:
        return values(metrics.text().decode())

    rebuilds.start()
    until(lambda: now()["yuanhua_rebuild_progress_ratio"] == 0.25)
    assert now()["yuanhua_rebuild_running"] == 1
    go.set()
    until(lambda: rebuilds.ended == 1)
    assert now()["yuanhua_rebuild_running"] == 0
    assert now()['yuanhua_rebuilds_total{outcome="failed"}'] == 1
    go.clear()
    rebuilds.start()
    rebuilds.stop()
    go.set()
    until(lambda: rebuilds.ended == 2)
    assert now()['yuanhua_rebuilds_total{outcome="stopped"}'] == 1
    assert now()['yuanhua_rebuilds_total{outcome="built"}'] == 0


def test_no_label_has_what_somebody_asked(client: TestClient) -> None:  # noqa: F811
    before = set(seen(client))
    for word in ("zebra", "quagga"):
        client.get(f"/api/v1/{word}")
        client.get(f"/api/v1/search?q={word}")
        client.request(word.upper(), "/api/v1/index")
    after = set(seen(client))
    assert not [name for name in after if "zebra" in name.lower() or "quagga" in name.lower()]
    assert len(after - before) <= 3
