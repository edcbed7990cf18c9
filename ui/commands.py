"""What each command does. Every one returns the exit code."""

import argparse
import signal
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index import build as building
from index.changes import changes_of, problems_of
from index.corpus import add_files, remove_files
from index.documents import printable
from index.index import Index
from index.library import Library
from index.manifest import Manifest, NoIndex, StaleIndex
from index.oceanbase import OceanBaseStore, is_url
from index.scan import scan
from index.stores import open_store
from index.types import YuanhuaError
from rag.endpoint import Endpoint
from rag.essays import Essays
from rag.query import BadQuestion
from rag.scope import EVERYTHING, Scope
from rag.shown import answer_lines
from rag.types import Answer
from rag.why import why
from ui import pinned, proofs, records, terminal
from ui.lines import Rows
from ui.model import Model, endpoint_from, forget_key
from ui.writing import Writing

if TYPE_CHECKING:
    from rag.summary import Summary


class SamePlace(YuanhuaError):
    """From here to here."""


class NotShared(YuanhuaError):
    """A store that has one builder at a time."""


class Reader:
    """Answers questions from a library, and says once which essays it had to leave out."""

    def __init__(self, library: Library, scope: Scope = EVERYTHING, model: Model | None = None) -> None:
        self.library, self._scope, self._essays = library, scope, Essays(library)
        self._writing = Writing(library, model or Model())
        self._left_out: set[str] = set()

    def summary(self, answer: Answer) -> "Summary | None":
        """Of a language model, where there is one and there is something to sum up."""
        *_, last = None, *self._writing.summaries(answer)
        if last is not None and last.fault:
            terminal.say(terminal.model_fault(last))
        return last

    def ask(self, question: str) -> tuple[Answer, Index]:
        """The answer and the index that it comes from."""
        asked = self._essays.asked(question, self._scope)
        for name in sorted(set(asked.left_out) - self._left_out):
            terminal.say(terminal.left_out(name))
        self._left_out |= set(asked.left_out)
        return asked.answer, asked.index


def ask_command(options: argparse.Namespace) -> int:
    scope = Scope(tuple(options.essay), tuple(options.author), options.since or "", options.until or "")
    reader = Reader(_library(options), scope, Model(_endpoint(options)))
    if options.question is None:
        return _ask_lines(reader)
    if options.save:
        proofs.check_free(options.save, force=options.force)
    began = time.perf_counter()
    answer, index = reader.ask(options.question)
    elapsed, summary = _since(began), reader.summary(answer)
    if options.save:
        model = records.model_record(summary) if summary and not summary.fault else None
        proofs.save(proofs.proof_of(answer, index, scope=scope, model=model), options.save, force=options.force)
        terminal.say(f"Saved as {options.save}; check it again with: yuanhua verify {options.save}")
    if options.json:
        record = records.answer_record(answer, id=None, elapsed_ms=elapsed, index=index.manifest.digest)
        terminal.print_json(records.with_summary(record, summary))
    else:
        terminal.print_lines(terminal.summary_lines(summary, answer) if summary else ())
        terminal.print_lines(answer_lines(answer))
    return 0


def _endpoint(options: argparse.Namespace) -> Endpoint | None:
    """Raises BadEndpoint."""
    if options.no_llm:
        forget_key()
        return None
    return endpoint_from(options.llm, options.llm_model)


def _library(options: argparse.Namespace) -> Library:
    return Library(options.index, reranker=options.reranker, report=terminal.Progress())


def _ask_lines(reader: Reader) -> int:
    """A line out for every line in; a line that is no JSON object with a question is named at the end."""
    rows = Rows(enumerate(sys.stdin, start=1), "question", terminal.say)
    for row in rows:
        began = time.perf_counter()
        try:
            answer, index = reader.ask(row["question"])
        except BadQuestion as error:
            digest = reader.library.index.manifest.digest
            refused = records.refused_record(row["question"], id=row.get("id"), error=str(error), index=digest)
            terminal.print_json(refused)
        else:
            elapsed, digest = _since(began), index.manifest.digest
            record = records.answer_record(answer, id=row.get("id"), elapsed_ms=elapsed, index=digest)
            terminal.print_json(records.with_summary(record, reader.summary(answer)))
    return 1 if rows.bad else 0


def index_build(options: argparse.Namespace) -> int:
    library = Library(options.index, report=terminal.Progress())
    built = _build(options, library)
    _print_built(built, json_form=options.json)
    pinned.say_changes(options.seeds, library, built)
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
        built = library.store.build(options.seeds, encoder, terminal.Progress())
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
    store = open_store(options.index)
    try:
        manifest: Manifest | None = store.manifest()
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
            for document in store.load().cards
        )
    for problem in problems:
        terminal.say(str(problem))
    if not facts["current"]:
        terminal.say("The index is behind its essays; bring it up to date with: yuanhua index build")
    return 0


def terminal_label(label: str, author: str) -> str:
    return f"{label} ({author})" if author else label


def index_verify(options: argparse.Namespace) -> int:
    wrong = open_store(options.index).verify()
    if options.json:
        terminal.print_json({"sound": not wrong, "wrong": wrong})
    else:
        terminal.print_lines(wrong or ["Every stored byte and every offset is as it was written."])
    return 1 if wrong else 0


def index_work(options: argparse.Namespace) -> int:
    store, library = open_store(options.index), Library(options.index, report=terminal.Progress())
    if not isinstance(store, OceanBaseStore):
        raise NotShared(
            f"{store.place}: only a build into a database can be helped with; name one with --index oceanbase://…",
            f"{store.place}：只有建在数据库里的索引可以一起建；请用 --index oceanbase://… 指定。",
        )
    try:
        did = store.work(lambda spec: library.encoder(options.encoder or spec), terminal.Progress(), wait=options.wait)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt("Stopped; what was embedded here is kept, and others go on with the build.") from stop
    finally:
        store.close()
    if options.json:
        terminal.print_json(asdict(did))
    else:
        terminal.print_lines(terminal.worked_lines(did))
    return 0


def index_copy(options: argparse.Namespace) -> int:
    source, target = open_store(options.source), open_store(options.target)
    if source == target:
        raise SamePlace(
            f"{source.place}: an index cannot be copied onto itself; name another place to copy it to.",
            f"{source.place}：索引不能复制到它自己，请换一个目标。",
        )
    index = source.load()
    target.copy(index, terminal.Progress())
    terminal.print_lines([terminal.copied_line(index.manifest, source.place, target.place)])
    return 0


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


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def serve_command(options: argparse.Namespace) -> int:
    from ui.access import login_from_environment
    from ui.server import check_port, serve  # gradio takes seconds to import, and no other command needs it

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as services are stopped; it clears up, too
    login = None if options.login is None else login_from_environment(options.login)
    endpoint = _endpoint(options)
    check_port(options.host, options.port)
    library = _library(options)
    if library.reranker:
        library.reranker.load()  # whoever started the page is told what is wrong with it, and not its readers
    for line in terminal.built_lines(_nothing_to_build(options, library) or _build(options, library)):
        terminal.say(line)
    serve(options.seeds, library, options.host, options.port, login=login, prefix=options.root_path, endpoint=endpoint)
    return 0


def mcp_command(options: argparse.Namespace) -> int:
    from ui.mcp_server import over_stdio  # takes half a second to import, and no other command needs it

    if not is_url(options.index):  # an assistant starts us wherever it likes, and is told where we looked
        options.index = Path(options.index).absolute()
    over_stdio(_library(options))
