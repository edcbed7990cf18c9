"""Several at once: builders take turns, and readers go on with whole answers that are never out of date."""

import multiprocessing
import re
import threading
from functools import partial
from multiprocessing.synchronize import Barrier
from pathlib import Path

from index import store
from index.build import BuildRunning, build
from index.library import Library
from rag.answer import inquire
from tests.conftest import WordCountEncoder

QUESTIONS = 1_000
EDITION = re.compile(r"第(\d+)版")


def publish(essays: Path, number: int) -> None:
    """A new edition of one essay, there at once or not at all; some other essays come and go with it."""
    draft = essays / ".draft"
    draft.write_text(
        f"这是第{number}版的说法，水温要看茶叶。\n\n第{number}版另外说了，好茶不必贵。\n", encoding="utf-8"
    )
    draft.replace(essays / "editions.txt")
    for one in range(4):
        extra = essays / f"extra{one}.txt"
        if number % (one + 2):
            extra.write_text(f"磨墨要慢，第{one}个人说。\n", encoding="utf-8")
        else:
            extra.unlink(missing_ok=True)


def _build_often(essays: Path, folder: Path, times: int, results: "multiprocessing.Queue[str]", start: Barrier) -> None:
    start.wait(60)
    for _ in range(times):
        try:
            build(essays, folder, WordCountEncoder())
        except BuildRunning as error:
            results.put("busy" if "wait until it has finished" in str(error) else str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is told
            results.put(repr(error))
        else:
            results.put("built")


def test_of_builders_at_once_one_builds_and_the_others_are_told_to_wait(essays: Path, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[str] = context.Queue()
    arguments = essays, tmp_path / "index", 40, results, context.Barrier(2)
    builders = [context.Process(target=_build_often, args=arguments) for _ in range(2)]
    for builder in builders:
        builder.start()
    found = []
    for number in range(80):
        publish(essays, number)
        found.append(results.get(timeout=60))
    for builder in builders:
        builder.join()
    assert set(found) == {"built", "busy"}
    assert store.verify(tmp_path / "index") == []
    build(essays, tmp_path / "index", WordCountEncoder())
    library = Library(tmp_path / "index")
    assert library.left_out(library.index) == []


def test_a_thousand_questions_during_builds_get_whole_answers_that_are_not_out_of_date(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    publish(essays, 0)
    build(essays, tmp_path / "index", fake_encoder)
    stop, failures = threading.Event(), list[Exception]()

    def work() -> None:
        number = 0
        try:
            while not stop.is_set():
                number += 1
                publish(essays, number)
                build(essays, tmp_path / "index", WordCountEncoder())
                stop.wait(0.1)  # for so long what is cited is the last word
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is told
            failures.append(error)

    def edition() -> int:
        return int(EDITION.findall((essays / "editions.txt").read_text(encoding="utf-8"))[0])

    builder = threading.Thread(target=work)
    builder.start()
    library = Library(tmp_path / "index")
    versions, cited = set(), 0
    try:
        for _ in range(QUESTIONS):
            before = edition()
            index = library.index
            inquiry = inquire(
                index,
                fake_encoder,
                "水温要看什么？",
                readable=partial(library.is_current, index),
            )
            after = edition()
            versions.add(index.manifest.digest)
            for excerpt in inquiry.evidence:
                whole = excerpt.document.text
                assert whole[excerpt.span.start : excerpt.span.end] == excerpt.quote
                for number in EDITION.findall(excerpt.quote):
                    cited += 1
                    assert before <= int(number) <= after
    finally:
        stop.set()
        builder.join()
    assert failures == []
    assert len(versions) > 5
    assert cited > 50
