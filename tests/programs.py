"""The app as programs meet it, in this process: with real essays, a real index and the encoder of the other tests."""

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from index.build import build
from index.encoder import SentenceEncoder
from tests.conftest import ROOT
from tests.test_access import made
from ui.access import Login

NAME, RIGHT, WRONG = "mei", "correct-horse", "wrong-horse"
QUESTION = "数据质量和数据数量哪个更重要？"
SILENT = "怎样给猫剪指甲才不会被抓？"


def basic(password: str = RIGHT, name: str = NAME) -> dict[str, str]:
    """The header of a program that logs in."""
    return {"authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"}


@pytest.fixture(scope="session")
def corpus_folder(tmp_path_factory: pytest.TempPathFactory, encoder: SentenceEncoder) -> Path:
    """With `seeds` and `index` in it; only the index may be built anew."""
    folder = tmp_path_factory.mktemp("programs")
    shutil.copytree(ROOT / "seeds", folder / "seeds", ignore=shutil.ignore_patterns(".*"))
    (folder / "seeds" / "more").mkdir()
    (folder / "seeds" / "more" / "50% of #1?.txt").write_text("Bread needs time more than it needs skill.\n")
    build(folder / "seeds", folder / "index", encoder)
    return folder


@pytest.fixture(scope="session")
def one_encoder(encoder: SentenceEncoder) -> Iterator[None]:
    """For every app in this process, since loading one takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.library.SentenceEncoder", lambda spec, report: encoder)
        yield


@pytest.fixture(scope="session")
def program_app(corpus_folder: Path, one_encoder: None) -> FastAPI:
    """Without a login, on this machine."""
    return made(corpus_folder, None)


@pytest.fixture(scope="session")
def guarded_app(corpus_folder: Path, one_encoder: None) -> FastAPI:
    """With a login, on every address of this machine."""
    return made(corpus_folder, Login(NAME, RIGHT), "0.0.0.0")


@pytest.fixture
def client(program_app: FastAPI) -> TestClient:
    return client_of(program_app)


def client_of(app: FastAPI) -> TestClient:
    app.middleware_stack = None  # made anew, so that nobody waits for what others did
    return TestClient(
        app,
        base_url="http://127.0.0.1",
        follow_redirects=False,
        headers={"accept-language": "en"},
        raise_server_exceptions=False,
    )
