"""The optional reranker: what it may change and what not, and every way in which a model can be none."""

import json
import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer

from index import e5
from index.encoder import CrossReranker, SentenceEncoder
from index.library import Library
from index.types import Document, RerankerUnavailable, Span
from rag.answer import ask, inquire
from rag.rerank import RERANKED, reranked
from rag.types import Evidence
from rag.why import why
from tests.conftest import Run
from ui import commands
from ui.address import Address
from ui.desk import Desk
from ui.words import WORDS

QUESTION = "数据质量重要吗？"
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"水茶数据质量模型的是不要"]


class Scripted:
    """Scores by a rule; keeps what it was given to read."""

    fingerprint = "scripted-1"

    def __init__(self, rule: Callable[[str], float]) -> None:
        self.rule, self.read = rule, list[tuple[str, list[str]]]()

    def scores(self, question: str, texts: Sequence[str], /) -> list[float]:
        self.read.append((question, list(texts)))
        return [self.rule(text) for text in texts]


def make_model(folder: Path, *, outputs: int = 1, bias: float = 0.0, headless: bool = False) -> Path:
    """A cross-encoder of a few kilobytes, as others are saved."""
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = BertConfig.from_dict(
        {"vocab_size": len(VOCABULARY), "max_position_embeddings": 64, "num_labels": outputs, **sizes}
    )
    torch.manual_seed(1)
    model = BertForSequenceClassification(config)
    torch.nn.init.normal_(model.classifier.weight)
    model.classifier.bias.data.fill_(bias)
    kept = BertModel(config) if headless else model
    kept.save_pretrained(folder)
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")


def evidence_of(count: int) -> list[Evidence]:
    document = Document("a.md", "".join(f"{n:04}" for n in range(count)), "", "", "", "", "zh", "")
    return [Evidence(document, Span(4 * n, 4 * n + 4), 1 / (n + 2)) for n in range(count)]


def test_the_best_are_put_in_its_order_and_the_confidences_stay_where_they_were() -> None:
    evidence, reranker = evidence_of(RERANKED + 5), Scripted(float)
    found = reranked("?", evidence, reranker)
    assert reranker.read == [("?", [excerpt.quote for excerpt in evidence[:RERANKED]])]
    assert [int(excerpt.quote) for excerpt in found] == [*reversed(range(RERANKED)), *range(RERANKED, RERANKED + 5)]
    assert [excerpt.score for excerpt in found] == [excerpt.score for excerpt in evidence]


def test_equal_scores_change_nothing() -> None:
    evidence = evidence_of(7)
    assert reranked("?", evidence, Scripted(lambda _: 0.5)) == evidence
    halves = reranked("?", evidence, Scripted(lambda text: int(text) % 2))
    assert [int(excerpt.quote) for excerpt in halves] == [1, 3, 5, 0, 2, 4, 6]


@pytest.mark.parametrize("count", [0, 1])
def test_what_has_no_order_is_not_read(count: int) -> None:
    reranker = Scripted(float)
    assert (reranked("?", evidence_of(count), reranker), reranker.read) == (evidence_of(count), [])


@pytest.mark.parametrize("question", [QUESTION, "What is said about agents?", "北京今天的天气怎么样？", "？！"])
def test_whether_to_answer_is_decided_as_without_it_and_every_quotation_is_exact(
    library: Library, encoder: SentenceEncoder, question: str
) -> None:
    without, backwards = (
        ask(library.index, encoder, question, reranker=reranker)
        for reranker in (None, Scripted(lambda text: -len(text)))
    )
    assert (backwards.answered, backwards.confidence) == (without.answered, without.confidence)
    assert [c.document.text[c.start : c.end] for c in backwards.citations] == [c.quote for c in backwards.citations]
    scores = [citation.score for citation in backwards.citations]
    assert scores == sorted(scores, reverse=True)
    if backwards.answered:
        read = [e.quote for e in inquire(library.index, encoder, question).evidence[:RERANKED]]
        assert backwards.citations[0].quote == min(read, key=len)
        assert backwards.citations[0].quote != without.citations[0].quote


def test_why_goes_by_the_order_that_was_made(library: Library, encoder: SentenceEncoder) -> None:
    plain = inquire(library.index, encoder, QUESTION)
    last = plain.evidence[RERANKED - 1]
    reranker = Scripted(lambda text: text == last.quote)
    found = why(library.index, encoder, QUESTION, last.quote, reranker=reranker)
    assert (found.reranked, found.evidence, found.cited) == (True, 1, 1)
    assert found.confidence == found.best == round(plain.confidence, 4)
    before = why(library.index, encoder, QUESTION, last.quote)
    assert (before.reranked, before.evidence, before.cited) == (False, RERANKED, None)


def test_a_model_is_loaded_from_its_folder_when_it_is_first_used(model: Path) -> None:
    steps: list[str] = []
    reranker = CrossReranker(str(model), report=lambda step, done, total: steps.append(f"{step} {done}/{total}"))
    assert reranker.scores("水", []) == []
    assert steps == []
    scores = reranker.scores("数据质量", ["水", "茶的水", "模型" * 400, "\ud800", ""])
    assert steps == ["Loading the reranker 0/1", "Loading the reranker 1/1"]
    assert len(scores) == 5
    assert len(set(scores)) > 1
    assert reranker.scores("数据质量", ["茶的水"]) == pytest.approx(scores[1:2], abs=1e-5)
    assert len(steps) == 2


def test_several_threads_share_one_model(model: Path) -> None:
    reranker = CrossReranker(str(model))
    questions = ["数据" * n for n in range(1, 20)]
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(lambda question: reranker.scores(question, ["水", "茶的水"]), questions))
    assert together == [reranker.scores(question, ["水", "茶的水"]) for question in questions]


def test_its_name_changes_when_its_scores_may(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_model(tmp_path / "tiny", bias=1.0)
    mine, others = CrossReranker(str(model)).fingerprint, CrossReranker(str(other)).fingerprint
    assert re.fullmatch(r"tiny-[0-9a-f]{8}", mine)
    assert mine != others
    monkeypatch.chdir(tmp_path)
    assert CrossReranker("tiny").spec == str(other)
    assert CrossReranker("somebody/some-model").fingerprint == "somebody/some-model"


def test_a_name_on_the_hub_is_asked_for_unless_the_user_is_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    CrossReranker("somebody/some-model")
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    monkeypatch.delenv("HF_HUB_OFFLINE")
    CrossReranker("somebody/some-model")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # as loading an encoder from its folder does
    assert os.environ["HF_HUB_OFFLINE"] == ""


def _broken(folder: Path) -> Path:
    make_model(folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    return folder


def _empty(folder: Path) -> Path:
    folder.mkdir()
    return folder


NO_RERANKERS: dict[str, tuple[Callable[[Path], Path | str], str]] = {
    "gone": (lambda folder: folder, "there is no such folder"),
    "empty": (_empty, "cannot be loaded"),
    "broken": (_broken, "cannot be loaded"),
    "three": (lambda folder: make_model(folder, outputs=3), "gives 3 figures for a text"),
    "nan": (lambda folder: make_model(folder, bias=float("nan")), "scores are not numbers"),
    "headless": (lambda folder: make_model(folder, headless=True), "this is no reranker, since a BertModel"),
    "unknown": (lambda _: "nobody/no-such-model", "cannot be loaded"),
}


@pytest.mark.parametrize("kind", NO_RERANKERS)
def test_what_is_no_reranker_is_one_sentence_that_names_it(
    kind: str, tmp_path: Path, run: Run, seeds_index: Path
) -> None:
    make, reason = NO_RERANKERS[kind]
    given = make(tmp_path / kind)
    code, out, err = run("ask", QUESTION, "--json", "--index", seeds_index, "--reranker", given)
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith(f"{given}: ")
    assert reason in err.splitlines()[-1]
    assert err.splitlines()[-1].endswith("--reranker.")
    assert len([line for line in err.splitlines() if "done" not in line]) == 1, err
    with pytest.raises(RerankerUnavailable) as caught:
        CrossReranker(str(given)).load()
    assert "--reranker" in caught.value.said("zh")
    assert "\n" not in caught.value.said("zh")


@pytest.mark.skipif(e5.weights_file() is None, reason="the encoder has no folder here")
def test_an_encoder_is_no_reranker(encoder: SentenceEncoder) -> None:
    encoder.load()
    with pytest.raises(RerankerUnavailable, match="this is no reranker, since a BertModel gives no scores"):
        CrossReranker(str(e5.model_folder())).load()


def test_a_model_that_fails_on_a_text_is_one_sentence(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reranker = CrossReranker(str(model))
    reranker.load()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("index out of range\nmore")

    monkeypatch.setattr(reranker._loaded, "predict", fail)
    with pytest.raises(RerankerUnavailable, match=r"fails on a text \(index out of range\); name another"):
        reranker.scores("水", ["茶"])


def test_the_command_line_has_it_on_every_question(run: Run, seeds_index: Path, model: Path) -> None:
    index = ["--index", seeds_index]
    with_it = [*index, "--reranker", model]
    code, out, err = run("ask", QUESTION, "--json", *with_it)
    assert code == 0
    assert "Loading the reranker: done" in err
    one, without = json.loads(out), json.loads(run("ask", QUESTION, "--json", *index)[1])
    assert (one["answered"], one["confidence"]) == (without["answered"], without["confidence"])
    assert one["citations"] != without["citations"]
    lines = "".join(json.dumps({"id": n, "question": QUESTION}) + "\n" for n in range(3))
    code, out, err = run("ask", "--json", *with_it, stdin=lines)
    assert [json.loads(line)["citations"] for line in out.splitlines()] == [one["citations"]] * 3
    assert err.count("Loading the reranker: done") == 1
    traced = run("why", QUESTION, one["citations"][0]["quote"], *with_it)[1]
    assert "条摘录（重排以后）" in traced
    assert "重排" not in run("why", QUESTION, one["citations"][0]["quote"], *index)[1]


def test_a_saved_run_names_it(run: Run, seeds_index: Path, model: Path, tmp_path: Path) -> None:
    questions, saved = tmp_path / "questions.jsonl", tmp_path / "before.json"
    questions.write_text(json.dumps({"id": 1, "question": QUESTION, "answers": ["数据"]}) + "\n", encoding="utf-8")
    assert run("evaluate", questions, "--save", saved, "--index", seeds_index)[0] == 0
    assert json.loads(saved.read_text(encoding="utf-8"))["reranker"] is None
    against = [questions, "--against", saved, "--index", seeds_index, "--reranker", model]
    now, before = run("evaluate", *against)[1].splitlines()[:2]
    name = CrossReranker(str(model)).fingerprint
    assert now.endswith(f"reranker {name}")
    assert before.endswith("no reranker")
    record = json.loads(run("evaluate", *against, "--json")[1])
    assert (record["reranker"], record["against"]["reranker"]) == (name, None)


def test_a_run_from_before_there_were_rerankers_is_read(run: Run, seeds_index: Path, tmp_path: Path) -> None:
    questions, saved = tmp_path / "questions.jsonl", tmp_path / "before.json"
    questions.write_text(json.dumps({"id": 1, "question": QUESTION, "answers": ["数据"]}) + "\n", encoding="utf-8")
    run("evaluate", questions, "--save", saved, "--index", seeds_index)
    record = json.loads(saved.read_text(encoding="utf-8"))
    del record["reranker"]
    saved.write_text(json.dumps(record), encoding="utf-8")
    assert run("evaluate", questions, "--against", saved, "--index", seeds_index)[0] == 0


def test_the_page_has_it_too(seeds_index: Path, model: Path) -> None:
    library = Library(seeds_index, reranker=str(model))
    desk, words = Desk(Path("seeds"), library), WORDS["zh"]
    *_, turn = desk.answering(desk.remembered("", Address(QUESTION)), words)
    expected = ask(library.index, library.encoder_of(library.index), QUESTION, reranker=CrossReranker(str(model)))
    assert turn.answer is not None
    assert [c.quote for c in turn.answer.citations] == [c.quote for c in expected.citations]
    assert "重排以后" in desk.why(Address(QUESTION), expected.citations[0].quote, words)


def test_the_page_does_not_start_with_what_is_no_reranker(
    run: Run, corpus: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    monkeypatch.setattr("ui.server.serve", lambda *given, **_: started.append(given))
    monkeypatch.setattr("ui.server.check_port", lambda *_: None)
    empty = _empty(tmp_path / "empty")
    code, _, err = run("serve", *corpus, "--reranker", empty)
    assert (code, started) == (1, [])
    assert f"{empty}: this reranker cannot be loaded" in err
    assert not (tmp_path / "index").exists()
    good = make_model(tmp_path / "good")
    assert run("serve", *corpus, "--reranker", good)[0] == 0
    assert len(started) == 1


def test_it_is_off_by_default(seeds_index: Path) -> None:
    assert Library(seeds_index).reranker is None
    assert commands.Reader(Library(seeds_index)).library.reranker is None
