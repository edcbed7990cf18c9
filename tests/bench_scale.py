"""`python -m tests.bench scale [PASSAGES...]`: what size costs, on essays that are made up.

Texts are words of jieba's dictionary as often as it says they are; vectors lie around as many centres as there are
essays, so that an essay's passages are alike, as real ones are. No token vectors are kept: those take 192 bytes a
token, whatever the size. Everything else is the program's own, from the files to the answer's ranking.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any
from zlib import crc32

import jieba
import numpy as np

from index.build import build, nothing_to_build
from index.store import FolderIndex, load
from index.terms import terms_of
from index.types import Reading, Vectors
from rag.query import understood
from rag.retrieve import hits_of, rank

DIMENSION = 384
ALIKE = 0.8  # cosine of an essay's passages to its centre, about
ESSAY = 50  # passages
ASKED = 200
CHARACTERS = 320  # of a passage; what the program aims at is 350
SIZES = (10_000,)


class MadeUp:
    """Vectors out of a hash of the text; the first word of a text says which essay it belongs to."""

    spec = fingerprint = "made-up-1"

    def __init__(self) -> None:
        self.seconds = 0.0
        self._centres: dict[str, Vectors] = {}

    def encode_document(self, texts: Sequence[str], /) -> Vectors:
        began = time.perf_counter()
        rows = np.stack([self._vector(text) for text in texts]) if texts else np.zeros((0, DIMENSION), np.float32)
        self.seconds += time.perf_counter() - began
        return rows

    encode_query = encode_document

    def read_document(self, texts: Sequence[str], /) -> list[Reading]:
        nothing = np.zeros((0, DIMENSION), np.float32)
        return [Reading(vector, nothing, ()) for vector in self.encode_document(texts)]

    read_query = read_document

    def _vector(self, text: str) -> Vectors:
        essay = text[:6] if text[:6].isdigit() else ""  # a sentence does not say
        if essay not in self._centres:
            self._centres[essay] = _unit(_random(essay).standard_normal(DIMENSION, np.float32))
        noise = _unit(_random(text).standard_normal(DIMENSION, np.float32))
        return _unit(ALIKE * self._centres[essay] + (1 - ALIKE**2) ** 0.5 * noise)


def _random(text: str) -> np.random.Generator:
    return np.random.default_rng(crc32(text.encode()))


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def write_essays(folder: Path, passages: int, characters: int) -> None:
    """Each of ESSAY passages, and each passage under a heading of its own and of about so many characters."""
    words, frequencies = _vocabulary()
    total = list(accumulate(frequencies))
    for number in range(-(-passages // ESSAY)):
        generator = random.Random(number)
        place = folder / f"{number // 1000:04}" / f"{number:06}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        sections = (_section(generator, words, total, characters, f"{number:06}章{n}") for n in range(ESSAY))
        place.write_text("\n\n".join(sections), encoding="utf-8")


def _section(
    generator: random.Random, words: Sequence[str], total: Sequence[int], characters: int, heading: str
) -> str:
    sentences, length = [], 0
    while length < characters - 20:
        sentence = "".join(generator.choices(words, cum_weights=total, k=generator.randint(8, 24)))
        sentences.append(f"{sentence}。")
        length += len(sentence)
    return f"# {heading}\n\n{''.join(sentences)}"


def _vocabulary() -> tuple[list[str], list[int]]:
    jieba.initialize()
    rows = [(word, count) for word, count in jieba.dt.FREQ.items() if count > 20 and len(word) > 1]
    return [word for word, _ in rows], [count for _, count in rows]


def measure(passages: int, characters: int, scratch: Path) -> dict[str, Any]:
    essays, folder = scratch / "essays", scratch / "index"
    write_essays(essays, passages, characters)
    encoder = MadeUp()
    began = time.perf_counter()
    with most_memory() as most:
        built = build(essays, folder, encoder)
    seconds = time.perf_counter() - began - encoder.seconds
    row: dict[str, Any] = {"passages": built.passages, "essays": built.documents, "build_s": round(seconds)}
    row["build_MB"] = most[0] // 1000
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    row |= {"disk_MB": round(size / 1e6), "bytes/passage": round(size / built.passages)}
    row["unchanged_s"] = _timed(lambda: build(essays, folder, encoder))
    (essays / "one more.txt").write_text("# 000000章\n\n新的一篇，只有一句话。\n", encoding="utf-8")
    row["add_one_s"] = _timed(lambda: build(essays, folder, encoder))
    (essays / "one more.txt").unlink()
    row["remove_one_s"] = _timed(lambda: build(essays, folder, encoder))
    command = [sys.executable, "-m", "tests.bench_scale", "--serve", str(folder)]
    served: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return row | served


@contextmanager
def most_memory() -> Iterator[list[int]]:
    """The most that this process had of its own meanwhile, in kB, in a list of one."""
    most, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(0.1):
            most[0] = max(most[0], _memory()["RssAnon"])

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        ended.set()
        watcher.join()


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 1)


def serve(folder: Path) -> dict[str, Any]:
    """In a process of its own, as a reader's question finds it."""
    before = _memory()
    began = time.perf_counter()
    index = load(folder)
    opened = time.perf_counter() - began
    encoder = MadeUp()
    assert nothing_to_build(Path(index.manifest.seeds), index, encoder)
    compared = time.perf_counter() - began
    seconds, shares = [], []
    exact = _exact(index) if index.manifest.passages <= 200_000 else None
    after_exact = _memory()
    for question in _questions(index):
        query = understood(question, question, (), encoder.read_query([question])[0])
        began = time.perf_counter()
        hits_of(index, rank(index, query))
        seconds.append(time.perf_counter() - began)
        shares.append(_recall(index, query.vector, exact))
    memory = {name: _memory()[name] - (after_exact if exact is not None else before)[name] for name in before}
    return {
        "open_ms": round(1000 * opened),
        "start_ms": round(1000 * compared),  # with a look at every essay's size and times
        "p50_ms": round(1000 * statistics.median(seconds), 1),
        "p95_ms": round(1000 * statistics.quantiles(seconds, n=20)[-1], 1),
        "recall@10": round(statistics.mean(shares), 4),
        "own_MB": memory["RssAnon"] // 1000,
        "mapped_MB": memory["RssFile"] // 1000,
    }


def _memory() -> dict[str, int]:
    """Of this process, in kB: its own, and pages of files that the system takes back when it needs them."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("RssAnon", "RssFile"))}


def _exact(index: FolderIndex) -> Vectors:
    return np.concatenate([np.asarray(segment.embeddings.passage_vectors, np.float32) for segment in index.segments])


def _recall(index: FolderIndex, vector: Vectors, exact: Vectors | None) -> float:
    """Share of the ten nearest passages that the index finds."""
    if exact is not None:
        best = set(np.argsort(-(exact @ vector), kind="stable")[:10].tolist())
    else:
        best = _nearest_by_parts(index, vector)
    return len(best & set(index.nearest(vector, 10, None))) / 10


def _nearest_by_parts(index: FolderIndex, vector: Vectors) -> set[int]:
    first, found = 0, []
    for segment in index.segments:
        scores = segment.embeddings.passage_vectors.astype(np.float32) @ vector
        found += [(float(scores[row]), first + int(row)) for row in np.argpartition(-scores, 10)[:10]]
        first += len(scores)
    return {row for _, row in sorted(found, reverse=True)[:10]}


def _questions(index: FolderIndex) -> Iterator[str]:
    """Some words of a passage, so that both legs have something to find."""
    generator = random.Random(7)
    count = ASKED if index.manifest.passages <= 200_000 else ASKED // 4
    for _ in range(count):
        text = index.passage(generator.randrange(index.manifest.passages)).text
        yield text[2:8] + "".join(generator.sample(terms_of(text), 6))


def plot(rows: Sequence[dict[str, Any]], picture: Path) -> None:
    """What a question takes, what is in memory then, and what is on the disk, over the number of passages."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "yuanhua"
    from matplotlib import pyplot as plt

    panels = (
        ("a question, ms", {"p50_ms": "median", "p95_ms": "95th percentile"}),
        ("memory, MB", {"own_MB": "its own", "mapped_MB": "pages of the index"}),
        ("without token vectors", {"disk_MB": "disk, MB", "build_s": "build, s"}),
    )
    figure, axes = plt.subplots(1, len(panels), figsize=(9.6, 2.8), layout="constrained")
    passages = [row["passages"] for row in rows]
    for axis, (title, columns) in zip(axes, panels, strict=True):
        for (column, label), style in zip(columns.items(), ("-", "--"), strict=True):
            axis.plot(passages, [row[column] for row in rows], f"o{style}", color="#9a3324", label=label, markersize=4)
        axis.set(xscale="log", yscale="log", xlabel="passages", title=title)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, fontsize="small")
    figure.savefig(picture, metadata={"Date": None})


def main(sizes: Sequence[int], characters: int = CHARACTERS, kept: Path | None = None) -> None:
    for size in sizes or SIZES:
        with tempfile.TemporaryDirectory() as scratch:
            row = measure(size, characters, Path(scratch))
        if kept is not None:
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        if size == (sizes or SIZES)[0]:
            print("".join(f"{name:>15}" for name in row))
        print("".join(f"{value:>15,}" for value in row.values()), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", type=int, nargs="*")
    parser.add_argument("--characters", type=int, default=CHARACTERS, help="of a passage")
    parser.add_argument("--rows", type=Path, help="a file to add the rows to, as JSON")
    parser.add_argument("--plot", type=Path, help="draw the rows of --rows into this SVG")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        print(json.dumps(serve(options.serve)))
    elif options.plot:
        plot([json.loads(line) for line in options.rows.read_text(encoding="utf-8").splitlines()], options.plot)
    else:
        main(options.sizes, options.characters, options.rows)
