"""What each command does. Every one returns the exit code."""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from index import build as building
from index import store
from index.changes import changes_of, problems_of
from index.corpus import add_files, remove_files
from index.documents import printable
from index.library import Freshness, Library
from index.manifest import Manifest, NoIndex, StaleIndex, read_manifest
from index.scan import read_corpus, scan
from rag.answer import answer_of, inquire
from rag.opposed import oppositions
from rag.proof import BadProof, verify
from rag.query import BadQuestion
from rag.quotes import check
from rag.scope import EVERYTHING, Scope
from rag.types import Answer
from rag.why import why
from ui import records, terminal
from ui.lines import BadInput, numbered_lines

_QUOTATION = re.compile(r"“([^“”]{2,2000})”|「([^「」]{2,2000})」|『([^『』]{2,2000})』|\"([^\"\n]{2,2000})\"")


class Reader:
    """Answers questions from a library, and says once which essays it had to leave out."""

    def __init__(self, library: Library, scope: Scope = EVERYTHING) -> None:
        self.library, self._scope = library, scope
        self._left_out: set[str] = set()

    def ask(self, question: str) -> tuple[Answer, str]:
        """The answer and the digest of the index that it comes from."""
        index = self.library.index
        readable = Freshness(self.library, index)
        encoder = self.library.encoder_of(index)
        inquiry = inquire(
            index, encoder, question, readable=readable, scope=self._scope, reranker=self.library.reranker
        )
        answer = answer_of(inquiry, empty=not index.documents)
        answer = replace(answer, opposed=tuple(oppositions(index, inquiry)))
        for name in sorted(readable.stale - self._left_out):
            terminal.say(terminal.left_out(name))
        self._left_out |= readable.stale
        return answer, index.manifest.digest


def ask_command(options: argparse.Namespace) -> int:
    scope = Scope(tuple(options.essay), tuple(options.author), options.since or "", options.until or "")
    reader = Reader(_library(options), scope)
    if options.question is None:
        return _ask_lines(reader)
    began = time.perf_counter()
    answer, digest = reader.ask(options.question)
    if options.json:
        terminal.print_json(records.answer_record(answer, id=None, elapsed_ms=_since(began), index=digest))
    else:
        terminal.print_lines(terminal.answer_lines(answer))
    return 0


def _library(options: argparse.Namespace) -> Library:
    return Library(options.index, reranker=options.reranker, report=terminal.Progress())


def _ask_lines(reader: Reader) -> int:
    """A line out for every line in; a line that is no JSON object with a question is named at the end."""
    bad = 0
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip("\ufeff \t\r\n"):
            continue
        row = _object(line.removeprefix("\ufeff"))
        question = row.get("question") if row else None
        if row is None or not isinstance(question, str):
            bad += 1
            terminal.say(f'Line {number} is not {{"id": …, "question": "…"}}; it gets no answer.')
            continue
        began = time.perf_counter()
        try:
            answer, digest = reader.ask(question)
        except BadQuestion as error:
            digest = reader.library.index.manifest.digest
            terminal.print_json(records.refused_record(question, id=row.get("id"), error=str(error), index=digest))
        else:
            terminal.print_json(records.answer_record(answer, id=row.get("id"), elapsed_ms=_since(began), index=digest))
    return 1 if bad else 0


def index_build(options: argparse.Namespace) -> int:
    built = _build(options, Library(options.index, report=terminal.Progress()))
    _print_built(built, json_form=options.json)
    return 0


def index_add(options: argparse.Namespace) -> int:
    options.seeds.mkdir(parents=True, exist_ok=True)
    for name in add_files(options.seeds, options.files):
        terminal.say(f"{printable(name)}: added to {options.seeds}")
    return index_build(options)


def index_remove(options: argparse.Namespace) -> int:
    for place in remove_files(options.seeds, options.names):
        terminal.say(f"{printable(place.name)}: moved to {place}; move it back to have it again.")
    return index_build(options)


def _build(options: argparse.Namespace, library: Library) -> building.Built:
    try:
        encoder = library.encoder(options.encoder or library.spec())
        built = building.build(options.seeds, options.index, encoder, terminal.Progress())
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(
            "Stopped; the index is as it was before, and what was embedded is kept for the next build."
        ) from stop
    _say_problems(built)
    return built


def _nothing_to_build(options: argparse.Namespace, library: Library) -> building.Built | None:
    """Where the index is there and its essays are as they were."""
    try:
        index = library.index
    except (NoIndex, StaleIndex):
        return None
    encoder = library.encoder(options.encoder or index.manifest.encoder)
    built = building.nothing_to_build(options.seeds, index, encoder, terminal.Progress())
    if built is not None:
        _say_problems(built)
    return built


def _say_problems(built: building.Built) -> None:
    for problem in built.problems:
        terminal.say(str(problem))


def _print_built(built: building.Built, *, json_form: bool) -> None:
    if json_form:
        terminal.print_json(records.built_record(built))
    else:
        terminal.print_lines(terminal.built_lines(built))


def index_status(options: argparse.Namespace) -> int:
    try:
        manifest: Manifest | None = read_manifest(options.index)
    except NoIndex:
        manifest = None
    looked_at = scan(options.seeds)
    compared = [replace(one, document=None) for one in building.foreseen(options.seeds, looked_at, manifest)]
    changes = changes_of(compared, manifest)
    facts = {
        "index": manifest.digest if manifest else None,
        "created": manifest.created if manifest else None,
        "encoder": manifest.fingerprint if manifest else None,
        "documents": manifest.documents if manifest else 0,
        "passages": manifest.passages if manifest else 0,
        "sentences": manifest.sentences if manifest else 0,
        "current": building.usable(manifest) is not None and not changes,
    }
    problems = problems_of(looked_at, compared)
    if options.json:
        records_of = [records.problem_record(problem) for problem in problems]
        terminal.print_json({**facts, **records.changes_record(changes), "problems": records_of})
        return 0
    terminal.print_lines([*terminal.table(facts), *terminal.changes_lines(changes)])
    if manifest is not None:
        terminal.print_lines(
            f"  {printable(document.name)}: {terminal_label(document.label, document.author)}"
            for document in store.load(options.index).cards
        )
    for problem in problems:
        terminal.say(str(problem))
    if not facts["current"]:
        terminal.say("The index is behind its essays; bring it up to date with: yuanhua index build")
    return 0


def terminal_label(label: str, author: str) -> str:
    return f"{label} ({author})" if author else label


def index_verify(options: argparse.Namespace) -> int:
    wrong = store.verify(options.index)
    if options.json:
        terminal.print_json({"sound": not wrong, "wrong": wrong})
    else:
        terminal.print_lines(wrong or ["Every stored byte and every offset is as it was written."])
    return 1 if wrong else 0


def evaluate_command(options: argparse.Namespace) -> int:
    from ui.evaluation import evaluate_questions  # the measures take a second to import, for this command only

    return evaluate_questions(options)


def why_command(options: argparse.Namespace) -> int:
    library = _library(options)
    index = library.index
    trace = why(
        index,
        library.encoder_of(index),
        options.question,
        options.sentence,
        readable=lambda name: library.is_current(index, name),
        files=lambda: library.files_of(index),
        reranker=library.reranker,
    )
    if options.json:
        terminal.print_json(asdict(trace))
    else:
        terminal.print_lines(terminal.trace_lines(trace))
    return 0


def quotes_command(options: argparse.Namespace) -> int:
    documents = Library(options.index).index.documents
    if options.json:
        for number, line in numbered_lines(options.file):
            row = _object(line)
            if row is None or not isinstance(row.get("quote"), str):
                raise BadInput(f'Line {number} is not {{"id": …, "quote": "…"}}; correct it.')
            terminal.print_json(records.checked_record(check(row["quote"], documents), id=row.get("id")))
        return 0
    text = "".join(line for _, line in numbered_lines(options.file))
    quotations = ["".join(match.groups(default="")) for match in _QUOTATION.finditer(text)]
    if not quotations:
        terminal.say('There is no quotation in this text; quotations stand between “ ”, 「 」 or " ".')
    for quotation in quotations:
        checked = check(quotation, documents)
        where = (
            f" ({printable(checked.document.name)}, {checked.span.start}–{checked.span.end})"
            if checked.document and checked.span
            else ""
        )
        terminal.print_lines([f"{checked.verdict}{where}: {checked.difference or quotation}"])
    return 0


def verify_command(options: argparse.Namespace) -> int:
    documents = {document.name: document for document in read_corpus(options.seeds).documents}
    fallen = checked = 0
    for number, line in _answers(options.proof):
        row = _object(line)
        if row is None:
            raise BadProof(
                f"{options.proof}: line {number} is no answer as `yuanhua ask --json` prints it; save one anew."
            )
        for held in verify(row, documents):
            checked += 1
            fallen += held.verdict not in ("holds", "moved")
            if options.json:
                terminal.print_json(asdict(held))
            else:
                terminal.print_lines([f"[{held.n}] {held.verdict}: {printable(held.document)}: {held.quote}"])
    if not checked:
        terminal.say(f"{options.proof}: it has no citations, so there was nothing to check.")
    return 1 if fallen else 0


def _answers(path: Path) -> Iterator[tuple[int, str]]:
    """The saved answers: one a line, or one pretty-printed over many."""
    lines = list(numbered_lines(path))
    whole = "".join(line for _, line in lines)
    return iter([(1, whole)] if _object(whole) is not None else lines)


def _object(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def serve_command(options: argparse.Namespace) -> int:
    from ui.access import login_from_environment
    from ui.server import check_port, serve  # gradio takes seconds to import, and no other command needs it

    login = None if options.login is None else login_from_environment(options.login)
    check_port(options.host, options.port)
    library = _library(options)
    if library.reranker:
        library.reranker.load()  # whoever started the page is told what is wrong with it, and not its readers
    for line in terminal.built_lines(_nothing_to_build(options, library) or _build(options, library)):
        terminal.say(line)
    serve(options.seeds, library, options.host, options.port, login=login, prefix=options.root_path)
    return 0
