"""Whatever happens to a corpus and its index: after the next build the index is what one built from scratch is, and
every citation is what the file says."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from index import build as building
from index import embedder, merging, store
from index.build import build
from index.library import Library
from rag.answer import inquire
from tests.conftest import WordCountEncoder

SENTENCES = [
    "泡绿茶的水温不要超过八十度。",
    "水太烫，茶叶会发苦。",
    "磨墨要慢，心急的人磨不出好墨。",
    "写作要慢，慢才看得清自己在想什么。",
    "Bread needs time more than it needs skill.",
    "Most people knead too long and wait too little.",
    "數據的質量比數量要緊。",
    "A small model that is trained on good data beats a large one.",
    "读博之前先想清楚自己要什么。",
    "Nobody reads what was written in a hurry.",
]
NAMES = ["a.txt", "b.md", "c.html", "deep/d.txt", "deep/e.md", "f.text"]
QUESTIONS = ["茶叶为什么会发苦？", "How much time does bread need?", "写作和磨墨", "data quality", "量子计算机"]
BODIES = st.lists(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4), min_size=1, max_size=5)
STEPS = st.integers(1, 12)


class Stopped(BaseException):
    """As a reader's Ctrl-C, or the plug being pulled."""


class Corpus(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.seeds, self.index = self.folder / "essays", self.folder / "index"
        self.seeds.mkdir()
        self.encoder = WordCountEncoder()
        self.built = False
        self.clock = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def write(self, name: str, body: list[list[str]]) -> None:
        path = self.seeds / name
        path.parent.mkdir(exist_ok=True)
        if name.endswith(".html"):
            text = "<html><body>" + "".join(f"<p>{' '.join(paragraph)}</p>" for paragraph in body)
        else:
            text = "\n\n".join(" ".join(paragraph) for paragraph in body) + "\n"
        path.write_text(text, encoding="utf-8")
        self.built = False

    def existing(self, data: Any) -> Path:
        name: str = data.draw(st.sampled_from([name for name in NAMES if (self.seeds / name).exists()]))
        return self.seeds / name

    def has_files(self) -> bool:
        return any((self.seeds / name).exists() for name in NAMES)

    @initialize(body=BODIES)
    def first(self, body: list[list[str]]) -> None:
        self.write("a.txt", body)

    @rule(name=st.sampled_from(NAMES), body=BODIES)
    def add_or_edit(self, name: str, body: list[list[str]]) -> None:
        self.write(name, body)

    @precondition(has_files)
    @rule(data=st.data(), to=st.sampled_from(NAMES))
    def rename(self, data: Any, to: str) -> None:
        path = self.existing(data)
        (self.seeds / to).parent.mkdir(exist_ok=True)
        path.rename(self.seeds / to)
        self.built = False

    @precondition(has_files)
    @rule(data=st.data(), to=st.sampled_from(NAMES))
    def copy(self, data: Any, to: str) -> None:
        data_of = self.existing(data).read_bytes()
        (self.seeds / to).parent.mkdir(exist_ok=True)
        (self.seeds / to).write_bytes(data_of)
        self.built = False

    @precondition(has_files)
    @rule(data=st.data())
    def remove(self, data: Any) -> None:
        self.existing(data).unlink()
        self.built = False

    @rule(name=st.sampled_from(NAMES), title=st.sampled_from(["", "论茶", "On bread"]))
    def retitle(self, name: str, title: str) -> None:
        text = f'["{name}"]\ntitle = "{title}"\n' if title else ""
        (self.seeds / "essays.toml").write_text(text, encoding="utf-8")
        self.built = False

    @rule(after=STEPS)
    def build_is_stopped(self, after: int) -> None:
        left = after

        def report(_step: str, _done: int, _total: int) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Stopped

        try:
            build(self.seeds, self.index, self.encoder, report)
        except Stopped:
            return
        self.built = True

    @rule()
    def rebuild(self) -> None:
        build(self.seeds, self.index, self.encoder)
        self.built = True

    @rule()
    def a_stopped_build_tells_nobody_lies(self) -> None:
        """What is not current is never cited, index behind or not."""
        if (self.index / "MANIFEST").exists():
            library = Library(self.index)
            index = library.index
            for question in QUESTIONS:
                inquiry = inquire(index, self.encoder, question, readable=lambda name: library.is_current(index, name))
                for excerpt in inquiry.shown:
                    self.is_exact(excerpt.document.name, excerpt.quote)

    def is_exact(self, name: str, quote: str) -> None:
        file = (self.seeds / name).read_text(encoding="utf-8")
        if name.endswith(".html"):  # white space is not the author's there, whoever wrote the file
            quote, file = ("".join(re.sub(r"</?(?:html|body|p)>", "", text).split()) for text in (quote, file))
        assert quote in file

    @invariant()
    def a_finished_build_is_one_from_scratch(self) -> None:
        if not self.built:
            return
        scratch = self.folder / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        build(self.seeds, scratch, self.encoder)
        one, other = Library(self.index), Library(scratch)
        assert store.verify(self.index) == []
        assert one.index.manifest.digest == other.index.manifest.digest
        assert list(one.index.documents) == list(other.index.documents)
        assert one.left_out(one.index) == []
        same_rows(store.load(self.index), store.load(scratch))
        for question in QUESTIONS:
            found, expected = (inquire(library.index, self.encoder, question) for library in (one, other))
            assert [(e.document.name, e.span, e.score) for e in found.evidence] == [
                (e.document.name, e.span, e.score) for e in expected.evidence
            ]
            for excerpt in found.shown:
                self.is_exact(excerpt.document.name, excerpt.quote)


def same_rows(one: store.FolderIndex, other: store.FolderIndex) -> None:
    for entry in one.entries:
        rows = zip(one.rows_of(entry.name), other.rows_of(entry.name), strict=True)
        for mine, theirs in rows:
            assert one.passage(mine) == other.passage(theirs)
            assert np.array_equal(one.passage_vectors([mine]), other.passage_vectors([theirs]))
            sentences = one.sentences_of(mine), other.sentences_of(theirs)
            assert np.array_equal(one.sentence_vectors(sentences[0]), other.sentence_vectors(sentences[1]))
            tokens = one.tokens_of(mine), other.tokens_of(theirs)
            for column in ("codes", "scales", "counts"):
                assert np.array_equal(getattr(tokens[0], column), getattr(tokens[1], column))


@pytest.mark.timeout(600)
def test_an_index_is_what_one_built_from_scratch_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """With limits so small that a few essays make many segments, windows and parts."""
    for owner, name, value in (
        (merging, "SMALLEST", 2),
        (merging, "FACTOR", 2),
        (merging, "LARGEST", 8),
        (building, "LARGEST", 8),
        (building, "WINDOW", 3),
        (embedder, "KEPT", 2),
    ):
        monkeypatch.setattr(owner, name, value)
    run_state_machine_as_test(
        Corpus,
        settings=settings(
            max_examples=25,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,  # another seed is a matter for a quiet afternoon, not for every run
            suppress_health_check=list(HealthCheck),
        ),
    )
