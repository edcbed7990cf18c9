"""Answers as files: saved on the command line, and checked again."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from index.documents import Problem, Unreadable, printable
from index.drafts import write_whole
from index.index import Index
from index.scan import Found, read, scan
from index.types import Document, YuanhuaError
from rag.proof import BadProof, proof_record, read_record
from rag.scope import EVERYTHING, Scope
from rag.shown import start_of
from rag.types import Answer, Excerpt
from rag.verify import BROKEN, CHANGED, GONE, UNKNOWN, Files, Held, Source, Verified, verify
from ui import __version__, records, terminal

LARGEST = 5_000_000  # bytes; an answer has some thousand

SEALS = {BROKEN: "it was edited after it was saved: its checksum does not fit", "whole": "its checksum fits"}


class CannotSave(YuanhuaError):
    """The file is there already, or cannot be written."""


def proof_of(
    answer: Answer,
    index: Index,
    *,
    scope: Scope = EVERYTHING,
    known: Sequence[Excerpt] = (),
    model: Mapping[str, Any] | None = None,
) -> records.Record:
    """The answer as it is saved. `index`: the one that it comes from."""
    named = [citation.document for citation in answer.citations]
    named += [hit.passage.document for hit in answer.nearest]
    manifest = index.manifest
    return proof_record(
        records.answer_record(answer, id=None, elapsed_ms=0.0, index=manifest.digest),
        list({document.name: document for document in named}.values()),
        saved=datetime.now().astimezone().isoformat(timespec="seconds"),
        program=__version__,
        index=manifest.digest,
        encoder=manifest.fingerprint,
        scope=scope,
        known=known,
        model=model,
    )


def check_free(path: Path, *, force: bool) -> None:
    """Before the answer is looked for. Raises CannotSave."""
    if path.exists() and not force:
        raise CannotSave(f"{path}: there is such a file already; name another one, or replace it with --force.")


def save(record: Mapping[str, Any], path: Path, *, force: bool) -> None:
    """Whole or not at all. Raises CannotSave."""
    try:
        write_whole(path, records.indented(record), over=force)
    except FileExistsError:
        check_free(path, force=False)
    except OSError as error:
        raise CannotSave(f"{path}: the answer cannot be saved there ({error.strerror}); name another place.") from error


def verify_command(options: argparse.Namespace) -> int:
    files = files_in(options.seeds)
    checked, fell = 0, []
    for number, answer in _answers(options.proof):
        try:
            verified = verify(answer, files)
        except BadProof as error:
            raise _bad(options.proof, number, str(error)) from error
        checked += len(verified.held)
        fell += [verified] if verified.fell else []
        if options.json:
            _print_records(verified)
        else:
            terminal.print_lines(lines_of(verified))
    if not checked:
        terminal.say(f"{options.proof}: it has no citations, so there was nothing to check.")
    if fell:
        terminal.say(f"{options.proof}: {_why(fell)}.")
    return 1 if fell else 0


def _bad(path: Path, number: int | None, reason: str) -> BadProof:
    where = f"{path}, line {number}" if number else f"{path}"
    return BadProof(f"{where}: {reason}")


def files_in(seeds: Path) -> Files:
    """Hashed all, read as they are asked for."""
    found = {one.name: one for one in scan(seeds).found}
    texts: dict[str, Document | None] = {}

    def read_once(name: str) -> Document | None:
        if name not in texts:
            texts[name] = _document(seeds, found[name])
        return texts[name]

    return Files({name: one.state.sha256 for name, one in found.items()}, read_once)


def _document(seeds: Path, found: Found) -> Document | None:
    try:
        return read(seeds, found)
    except Unreadable as error:
        terminal.say(str(Problem(found.name, str(error), error.chinese)))
        return None


def _answers(path: Path) -> Iterator[tuple[int | None, records.Record]]:
    """One over all lines, or one a line, which then has its number. Raises BadProof."""
    text = _text(path)
    try:
        whole = read_record(text)
    except BadProof as error:
        raise _bad(path, None, str(error)) from error
    if whole is not None:
        yield None, whole
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _answer(path, number, line)


def _answer(path: Path, number: int, line: str) -> records.Record:
    try:
        answer = read_record(line)
    except BadProof as error:
        raise _bad(path, number, str(error)) from error
    if answer is None:
        raise _bad(path, number, "this is no answer as `yuanhua ask` saves or prints it; save one anew.")
    return answer


def _text(path: Path) -> str:
    """Raises BadProof."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise _bad(path, None, f"it cannot be read ({error.strerror}); check its name.") from error
    except UnicodeDecodeError as error:
        raise _bad(path, None, "it is no UTF-8 text, so no saved answer; save one anew.") from error
    if len(data) > LARGEST:
        raise _bad(path, None, f"it has more than {LARGEST // 1_000_000} MB; no saved answer is as long.")
    return text


def lines_of(verified: Verified) -> Iterator[str]:
    """One a citation, one a source, and what it comes to."""
    for held in verified.held:
        mark = "“”" if held.n is None else f"[{held.n}]"
        yield f"{mark} {held.verdict}: {_where(held)}: {start_of(held.quote, 300)}"
    for source in verified.sources:
        yield f"{_state(source)}: {printable(source.document)}{_renamed(source)}"
    yield _summary(verified)


def _where(held: Held) -> str:
    place = f", {held.span.start}–{held.span.end}" if held.span else ""
    return f"{printable(held.now or held.document)}{place}"


def _state(source: Source) -> str:
    return "not compared, as no hash was saved" if source.state == UNKNOWN else f"file {source.state}"


def _renamed(source: Source) -> str:
    return f" is now {printable(source.now)}" if source.now not in ("", source.document) else ""


def _summary(verified: Verified) -> str:
    counts = _counted([held.verdict for held in verified.held]) or "no citations"
    seal = SEALS.get(verified.seal)
    return f"{counts}{f'; {seal}' if seal else ''}"


def _counted(kinds: Sequence[str]) -> str:
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))


def _why(fell: Sequence[Verified]) -> str:
    """In a line, of all that fell."""
    fallen = [held.verdict for verified in fell for held in verified.held if held.fell]
    reasons = [SEALS[BROKEN]] if any(verified.seal == BROKEN for verified in fell) else []
    names = {CHANGED: "no longer in its essay", GONE: "without its essay", "absent": "in none of the essays"}
    reasons += [f"{fallen.count(kind)} of its quotations {names[kind]}" for kind in dict.fromkeys(fallen)]
    return "; ".join(reasons)


def _print_records(verified: Verified) -> None:
    states = {source.document: source.state for source in verified.sources}
    for held in verified.held:
        terminal.print_json(records.held_record(held, source=states.get(held.document), seal=verified.seal))
