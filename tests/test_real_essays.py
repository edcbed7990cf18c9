"""The five real essays and their judged questions, where a checkout has them beside it."""

from pathlib import Path

import pytest

from index import store
from index.library import Library
from index.scan import read_corpus
from index.types import Document
from rag.answer import ask, by_essay
from rag.evaluate import evaluate, figures
from rag.questions import read_questions
from tests.conftest import ROOT, SHARED, needs_shared

pytestmark = needs_shared

HEADERS = {  # file: title, author, date, url; as a reader would read them off the file
    "000_ceb43f88b526cfca.txt": (
        "我为什么不看好LLM —— 记过去一年实习经历有感",
        "",
        "2024-07-18",
        "https://zhuanlan.zhihu.com/p/709590163",
    ),
    "001_3e5b70f3c5e94191.txt": ("关于大语言模型的思考", "", "2023-10-15", ""),
    "002_047ce547f4c368c3.txt": ("", "", "", ""),
    "003_502f4151689067a5.txt": ("LLM趋势及个人生涯分享--李沐", "", "2024-08-24", ""),
    "004_049b2edee14d7007.txt": (
        "回望做大模型一年后的感悟",
        "AINLP",
        "",
        "https://www.zhihu.com/question/632702043/answer/3363750643",
    ),
}
NEVER_CITED = [
    *("赞数: 3430", "创建时间", "mathjax", "draft = false", "作者: AINLP", "<!--more-->", "![", "motidiff.png"),
    *("进技术交流群", "请备注具体方向", "关于AINLP", "更多AI工具", "沙发等你来抢", "若涉及版权问题"),
]


@pytest.fixture
def documents() -> dict[str, Document]:
    return {document.name: document for document in read_corpus(SHARED / "seeds").documents}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_are_read(documents: dict[str, Document], name: str) -> None:
    document = documents[name]
    assert (document.title, document.author, document.date, document.url) == HEADERS[name]
    assert document.language == "zh"


def test_headers_images_and_footers_are_in_no_sentence(real_index: Path) -> None:
    index = store.load(real_index)
    cited = [p.document.text[start:end] for p in index.passages() for start, end in p.sentences]
    assert not [(mark, text) for mark in NEVER_CITED for text in cited if mark in text]
    assert any("选择比努力更重要" in text for text in cited)  # and the last sentence before an end without a footer is


@pytest.mark.parametrize(
    ("question", "essays"), [("这些作者怎么看数据质量？", 5), ("What do these authors think about data quality?", 4)]
)
def test_the_authors_are_heard_on_data_quality(real_index: Path, question: str, essays: int) -> None:
    library = Library(real_index)
    index = library.index
    answer = ask(index, library.encoder_of(index), question)
    assert len(by_essay(answer.citations)) >= essays


def test_the_judged_questions_are_answered_as_well_as_when_this_was_written(real_index: Path) -> None:
    library = Library(real_index)
    index = library.index
    lines = (SHARED / "eval" / "essays-dev.jsonl").read_text(encoding="utf-8").splitlines()
    questions = read_questions(enumerate(lines, start=1), "essays-dev.jsonl")
    got = figures(evaluate(index, library.encoder_of(index), questions))
    floors = {"evidence@1": 0.7, "evidence@3": 0.85, "essays": 0.9, "refused": 0.6, "exact": 1.0}
    assert {name: got[name] for name, floor in floors.items() if (got[name] or 0) < floor} == {}


@pytest.mark.parametrize("original", HEADERS)
def test_no_sentence_of_an_original_stands_in_the_sample_essays(documents: dict[str, Document], original: str) -> None:
    """Names of papers and systems, in Latin letters, are the only long runs that a digest may share."""
    text = "".join(
        character for character in documents[original].text if character.isalnum() and not character.isascii()
    )
    for path in (ROOT / "seeds").glob("*.md"):
        digest = path.read_text(encoding="utf-8").split("---", 2)[2]
        ours = "".join(character for character in digest if character.isalnum() and not character.isascii())
        shared = [ours[i : i + 12] for i in range(len(ours) - 11) if ours[i : i + 12] in text]
        assert shared == [], path.name
