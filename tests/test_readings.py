"""A look at the corpus does not wait for what takes long to read, and reads nothing twice."""

import threading
import time
from pathlib import Path

import pytest

from index import changes
from index.changes import compare, problems_of, read_anew
from index.documents import FileState
from index.problems import UnreadableContent
from index.readings import Readings
from index.scan import Found, scan
from index.types import Document
from tests.made import zipped


class Slow:
    """Reads what is called slow only when it is let."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.let = threading.Event()

    def __call__(self, folder: Path, found: Found) -> tuple[Document, str]:
        self.read.append(found.name)
        if "slow" in found.name:
            assert self.let.wait(30)
        return read_anew(folder, found)


@pytest.fixture
def slow() -> Slow:
    return Slow()


def looked_at(folder: Path, readings: Readings, seconds: float = 0.2) -> dict[str, Document | None]:
    return {one.found.name: one.document for one in compare(folder, scan(folder), None, readings.in_time(seconds))}


def until_idle(readings: Readings) -> None:
    end = time.monotonic() + 20
    while readings._job is not None:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_was_read_is_not_read_again(essays: Path, slow: Slow) -> None:
    readings = Readings(slow)
    first = looked_at(essays, readings, 20)
    assert {name: document and document.title for name, document in first.items()} == {
        "bread.txt": "",
        "tea.md": "论茶",
    }
    (essays / "tea.md").rename(essays / "green.md")
    document = looked_at(essays, readings, 20)["green.md"]
    assert document is not None
    assert (document.name, document.title) == ("green.md", "论茶")
    assert slow.read == ["bread.txt", "tea.md"]
    (essays / "essays.toml").write_text('["green.md"]\ntitle = "绿茶"\n', encoding="utf-8")
    document = looked_at(essays, readings, 20)["green.md"]
    assert document is not None
    assert document.title == "绿茶"


def test_a_file_that_takes_long_is_listed_by_its_name_until_it_is_read(essays: Path, slow: Slow) -> None:
    (essays / "slow.md").write_bytes(b"# Slow\n\nIt takes its time.\n")
    readings = Readings(slow)
    for _ in range(3):
        document = looked_at(essays, readings)["slow.md"]
        assert document is not None
        assert (document.label, document.title) == ("slow", "")
    assert slow.read.count("slow.md") == 1
    began = time.monotonic()
    looked_at(essays, readings, 20)  # others have waited for it long enough
    assert time.monotonic() - began < 30
    slow.let.set()
    until_idle(readings)
    looked_at(essays, readings, 20)
    document = looked_at(essays, readings)["slow.md"]
    assert document is not None
    assert document.title == "Slow"


def test_why_a_file_cannot_be_read_is_remembered_too(essays: Path, slow: Slow) -> None:
    (essays / "empty.txt").write_bytes(b"")
    readings = Readings(slow)
    for _ in range(2):
        (problem,) = problems_of(scan(essays), compare(essays, scan(essays), None, readings.in_time(20)))
        assert str(problem) == "empty.txt: it is empty."
    assert slow.read.count("empty.txt") == 1


def test_no_more_is_remembered_than_there_is_room_for(
    essays: Path, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.readings.MOST", 1)
    readings = Readings(slow)
    looked_at(essays, readings, 20)
    looked_at(essays, readings, 20)
    assert slow.read == ["bread.txt", "tea.md"] * 2


def test_a_file_that_changed_after_it_was_looked_at_is_not_remembered_as_what_it_was(essays: Path) -> None:
    readings = Readings()
    before = scan(essays)
    (essays / "tea.md").write_text("# 别的\n\n茶要热。\n", encoding="utf-8")
    documents = [one.document for one in compare(essays, before, None, readings.in_time(20))]
    assert [document and document.title for document in documents] == ["", ""]
    assert [document and document.title for document in looked_at(essays, readings, 20).values()] == ["", "别的"]


def test_of_an_archive_that_takes_too_long_the_rest_is_named(essays: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "LONGEST_ARCHIVE", 0.1)
    (essays / "a.zip").write_bytes(zipped({f"{n}.txt": f"第{n}篇。" for n in range(9)}))

    def slowly(folder: Path, found: Found) -> tuple[Document, str]:
        time.sleep(0.04)
        return read_anew(folder, found)

    compared = list(compare(essays, scan(essays), None, slowly))
    left_out = [one.found.name for one in compared if one.problem]
    assert left_out
    assert left_out == [f"a.zip/{n}.txt" for n in range(9 - len(left_out), 9)]
    assert all("reading the archive takes too long" in str(one.problem) for one in compared if one.problem)
    assert not any(one.always for one in compared)
    assert [one.found.name for one in compared if one.document and not one.found.state.archive] == [
        "bread.txt",
        "tea.md",
    ]


def test_a_fault_of_the_bytes_is_one_however_often_it_is_told() -> None:
    def refuse(folder: Path, found: Found) -> tuple[Document, str]:
        raise UnreadableContent("it is empty", "文件是空的")

    read = Readings(refuse).in_time(20)
    for _ in range(2):
        with pytest.raises(UnreadableContent, match="it is empty") as error:
            read(Path(), Found(FileState("a.txt", "0" * 64, 0, 0)))
        assert error.value.chinese == "文件是空的"
