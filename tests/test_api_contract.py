"""The API against its own description: many hundred requests, right and wrong, and none that it has no word for."""

import ast
import contextlib
from collections import Counter
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from tests.programs import (  # noqa: F401 - fixtures
    NAME,
    RIGHT,
    basic,
    corpus_folder,
    guarded_app,
    one_encoder,
    program_app,
)

FEW = 5
HOST = {"host": "127.0.0.1"}
EXAMPLES = 40  # requests that are made up for each route in each of the two last phases, beside those of every limit


@pytest.fixture(autouse=True)
def parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis reads its own sources, and in early versions of Python 3.11 to 3.12 that may end in a SystemError
    which has nothing to do with what is read."""
    parse = ast.parse

    def patiently(*arguments: Any, **options: Any) -> Any:
        for _ in range(10):
            with contextlib.suppress(SystemError):
                return parse(*arguments, **options)
        return parse(*arguments, **options)

    monkeypatch.setattr(ast, "parse", patiently)


class Ran:
    """What came of all requests that schemathesis thought of, in all of its phases and by all of its checks."""

    def __init__(self, app: FastAPI, examples: int, *, login: bool = False) -> None:
        self.failures: list[str] = []
        self.statuses: Counter[tuple[str, int]] = Counter()
        config = SchemathesisConfig.from_dict(
            {
                "seed": 1,
                "headers": HOST,
                "auth": {"basic": {"username": NAME, "password": RIGHT}} if login else {},
                "generation": {"max-examples": examples, "deterministic": True},
            }
        )
        headers = HOST | (basic() if login else {})
        schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, config=config, headers=headers)
        paths = schema.raw_schema["paths"]
        self.routes = {f"{method.upper()} {path}" for path in paths for method in paths[path]}
        for event in from_schema(schema).execute():
            self._note(event)

    def _note(self, event: events.EngineEvent) -> None:
        if isinstance(event, events.NonFatalError):
            self.failures.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
        elif isinstance(event, events.ScenarioFinished):
            self._note_all(event.recorder)

    def _note_all(self, recorder: ScenarioRecorder) -> None:
        labels = {name: node.value.operation.label for name, node in recorder.cases.items()}
        for name, checks in recorder.checks.items():
            failed = [check for check in checks if check.status == Status.FAILURE]
            self.failures += [f"{labels[name]}: {check.name}: {check.failure_info}" for check in failed]
        for name, interaction in recorder.interactions.items():
            status = interaction.response.status_code if interaction.response else 0
            self.statuses[labels[name], status] += 1


def test_every_request_is_answered_as_the_description_says(program_app: FastAPI) -> None:  # noqa: F811
    ran = Ran(program_app, EXAMPLES)
    assert ran.failures == []
    assert sum(ran.statuses.values()) > 800
    good = {label for label, status in ran.statuses if status in (200, 202)}
    by_chance = {"GET /v1/passages/{id}", "DELETE /v1/index/build"}  # nobody guesses an id, or when a build runs
    assert ran.routes - good <= by_chance


def test_so_it_is_behind_a_login_which_every_route_asks_for(guarded_app: FastAPI) -> None:  # noqa: F811
    ran = Ran(guarded_app, FEW, login=True)
    assert ran.failures == []
    statuses = {status for _, status in ran.statuses}
    assert {200, 202, 401, 422} <= statuses
