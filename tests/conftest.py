"""What the tests share: the real encoder, an index of the sample essays, a small fake, where the real essays lie."""

import contextlib
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from index.build import build
from index.encoder import SentenceEncoder
from index.lexical import LexicalIndex, LexicalPart
from index.library import Library
from index.postings import Postings
from index.terms import is_latin, terms_of
from index.types import Reading, Span, Vectors
from tests.browser import browser, page, reader, seeds, wrong  # noqa: F401 - fixtures for every test of the page
from tests.seekdb import seekdb, store_url  # noqa: F401
from ui.cli import main

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"  # real essays and judged questions, where a checkout has them beside it
needs_shared = pytest.mark.skipif(
    not (SHARED / "seeds").is_dir(), reason="the real essays are not beside this checkout (../shared)"
)

expect.set_options(timeout=90_000)  # milliseconds; machines that run tests are busy

Run = Callable[..., tuple[int, str, str]]
"""A command's arguments to its exit code, standard output and standard error."""

HOSTILE_NAME = "<img src=x onerror=alert(1)>.md"
HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(1)> [点这里](javascript:alert(1)) ${alert(1)} {{7*7}}"


class WordCountEncoder:
    """Texts that share words point the same way, so that a test can say what should be found."""

    spec = "word-count"
    fingerprint = "word-count-1"

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode_document(self, texts: Sequence[str], /) -> Vectors:
        self.encoded += texts
        return self._encode(texts)

    def encode_query(self, texts: Sequence[str], /) -> Vectors:
        return self._encode(texts)

    def read_document(self, texts: Sequence[str], /) -> list[Reading]:
        return [self._read(text, vector) for text, vector in zip(texts, self.encode_document(texts), strict=True)]

    def read_query(self, texts: Sequence[str], /) -> list[Reading]:
        return [self._read(text, vector) for text, vector in zip(texts, self.encode_query(texts), strict=True)]

    def _read(self, text: str, vector: Vectors) -> Reading:
        words = [match for match in re.finditer(r"[㐀-鿿]|\w+", text) if terms_of(match[0])]
        spans = tuple(Span(*match.span()) for match in words)
        return Reading(vector, self._encode([match[0] for match in words]), spans)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.full((len(texts), 256), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for term in terms_of(text):
                vectors[row, zlib.crc32(term.encode()) % 256] += 1
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def lexical_index(*segments: Sequence[Sequence[str]], dead: Sequence[int] = ()) -> LexicalIndex:
    """Of the terms of each row of each segment; rows in `dead` are in the corpus no more."""
    parts, first = [], 0
    for texts in segments:
        out = np.array([first + row in dead for row in range(len(texts))], bool)
        latin = sorted({term for text in texts for term in text if is_latin(term)})
        parts.append(LexicalPart(Postings.of(texts), first, out if out.any() else None, latin))
        first += len(texts)
    return LexicalIndex(parts)


@pytest.fixture
def fake_encoder() -> WordCountEncoder:
    return WordCountEncoder()


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """The real one; made in the user's cache the first time, which takes seconds."""
    return SentenceEncoder()


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory, encoder: SentenceEncoder) -> Path:
    """The folder of an index of a copy of the sample essays; not to be changed."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(ROOT / "seeds", folder / "seeds", ignore=shutil.ignore_patterns(".*"))
    build(folder / "seeds", folder / "index", encoder)
    return folder / "index"


@pytest.fixture(scope="session")
def real_index(tmp_path_factory: pytest.TempPathFactory, encoder: SentenceEncoder) -> Path:
    """The folder of an index of the five real essays; not to be changed."""
    if not (SHARED / "seeds").is_dir():
        pytest.skip("the real essays are not beside this checkout (../shared)")
    folder = tmp_path_factory.mktemp("real") / "index"
    build(SHARED / "seeds", folder, encoder)
    return folder


@pytest.fixture
def library(seeds_index: Path) -> Library:
    return Library(seeds_index)


@pytest.fixture
def essays(tmp_path: Path) -> Path:
    """A corpus folder with two short essays, to be changed at will."""
    folder = tmp_path / "essays"
    folder.mkdir()
    (folder / "tea.md").write_text(
        "---\ntitle: 论茶\nauthor: 陆小羽\ndate: 2021-03-04\n---\n\n泡绿茶的水温不要超过八十度。"
        "水太烫，茶叶会发苦。\n\n好茶不必贵，新鲜最要紧。\n",
        encoding="utf-8",
    )
    (folder / "bread.txt").write_text(
        "Bread needs time more than it needs skill. A slow rise overnight gives the crust its flavour.\n"
        "Most people knead too long and wait too little.\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, encoder: SentenceEncoder) -> Run:
    """Runs a command in this process, with the encoder that the other tests use, since loading one takes seconds."""
    monkeypatch.setattr("index.library.SentenceEncoder", lambda spec, report: encoder)

    def run(*arguments: object, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


@pytest.fixture
def corpus(essays: Path, tmp_path: Path) -> list[object]:
    return ["--seeds", essays, "--index", tmp_path / "index"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a running page, and its folder of essays; one of them is hostile."""
    folder = tmp_path_factory.mktemp("page")
    essays = folder / "seeds"
    shutil.copytree(ROOT / "seeds", essays, ignore=shutil.ignore_patterns(".*"))
    (essays / HOSTILE_NAME).write_text(
        f"---\ntitle: '{HOSTILE}'\n---\n\n紫砂壶养壶的窍门是 {HOSTILE} 天天用它泡茶。\n", encoding="utf-8"
    )
    with serving(folder) as address:
        yield address, essays


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(folder: Path, *options: str, password: str = "", program: str = "ui") -> Iterator[str]:
    """The address of the page over `folder/seeds`, run as a program; what it prints is in `folder/log`."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        program,
        "serve",
        "--seeds",
        str(folder / "seeds"),
        "--index",
        str(folder / "index"),
    ]
    log = (folder / "log").open("w")
    (folder / "tmp").mkdir()
    environment = os.environ | {"TMPDIR": str(folder / "tmp")}  # where uploads wait
    if password:
        environment["YUANHUA_PASSWORD"] = password
    process = subprocess.Popen(
        [*command, "--port", str(port), *options], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/health", process, folder / "log")
        yield address
    finally:
        # An open page holds a connection of its own, and must not keep the server from ending.
        heartbeat = f"{address}/zh/gradio_api/heartbeat/x"
        with contextlib.suppress(OSError, subprocess.TimeoutExpired), urllib.request.urlopen(heartbeat, timeout=60):
            process.send_signal(signal.SIGINT)
            process.wait(150)
        if process.poll() is None:  # nobody let us in to hold that connection
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(150)
        process.kill()
        log.close()
    assert process.returncode == 0, "the server did not end by itself"
    written = (folder / "log").read_text(encoding="utf-8")
    assert [room for room in ("index", "rag", "ui") if f'File "{ROOT / room}' in written] == [], written


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))
