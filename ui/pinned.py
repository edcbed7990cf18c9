"""Pinned questions on the command line."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.build import Built
from index.documents import printable
from index.library import Library
from index.types import YuanhuaError
from rag.pins import Change, Kept, Pin
from rag.scope import Scope
from rag.shown import start_of
from ui import pinboard, records, terminal
from ui.lines import BadInput
from ui.words import WORDS


def add_command(options: argparse.Namespace) -> int:
    library = Library(options.index, report=terminal.Progress())
    scope = Scope(tuple(options.essay), tuple(options.author), options.since or "", options.until or "")
    answer, _ = pinboard.answered(library, library.index, options.question, scope)
    pin = pinboard.pin(options.seeds, answer, scope)
    n = len(pinboard.read_pins(options.seeds))
    if options.json:
        terminal.print_json(records.pin_record(n, pin))
    else:
        terminal.print_lines([_line(n, pin)])
    return 0


def list_command(options: argparse.Namespace) -> int:
    for n, pin in enumerate(pinboard.read_pins(options.seeds), start=1):
        if options.json:
            terminal.print_json(records.pin_record(n, pin))
        else:
            terminal.print_lines([_line(n, pin)])
    return 0


def remove_command(options: argparse.Namespace) -> int:
    pins = pinboard.read_pins(options.seeds)
    if not 0 < options.n <= len(pins):
        raise BadInput(f"There is no pinned question number {options.n}; see them with: yuanhua pins list")
    pin = pins[options.n - 1]
    pinboard.unpin(options.seeds, pin.key)
    if options.json:
        terminal.print_json(records.pin_record(options.n, pin))
    else:
        terminal.say(f"Not pinned any more: {pin.question}")
    return 0


def check_command(options: argparse.Namespace) -> int:
    library = Library(options.index, report=terminal.Progress())
    changes = list(pinboard.changes_of(library, library.index, pinboard.read_pins(options.seeds)))
    for n, change in enumerate(changes, start=1):
        if options.json:
            terminal.print_json(records.change_record(n, change))
        else:
            terminal.print_lines(_change_lines(n, change))
    if options.seen:
        pinboard.accept(options.seeds, [change for change in changes if change])
    return 0


def say_changes(seeds: Path, library: Library, built: Built) -> None:
    """After a build, in a line, where there is something to say and the encoder is there to say it."""
    if not built.changes and not built.embedded:
        return
    try:
        pins = pinboard.read_pins(seeds)
        if not pins:
            return
        encoder = library.encoder_of(library.index)
        if not encoder.loaded:
            terminal.say("Whether pinned questions are answered otherwise now says: yuanhua pins check")
            return
        changed = sum(map(bool, pinboard.changes_of(library, library.index, pins)))
    except YuanhuaError as error:
        terminal.say(str(error))
        return
    if changed:
        terminal.say(f"Pinned questions answered otherwise now: {changed} of {len(pins)}; see: yuanhua pins check")


def _line(n: int, pin: Pin) -> str:
    narrowed = "; ".join(f"{name} {_listed(value)}" for name, value in pin.scope.record().items())
    cited = f"{len(pin.kept)} cited" if pin.kept else "not answered"
    return f"{n}. {pin.question}{f' ({narrowed})' if narrowed else ''}: {cited}, seen {pin.seen[:10]}"


def _listed(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ", ".join(map(printable, value))


def _change_lines(n: int, change: Change) -> Iterator[str]:
    yield f"{_line(n, change.pin)}, {_counts(change)}"
    for moved in change.moved:
        how = f" ({WORDS['en']['pin_recut_now']})" if moved.recut else ""
        yield f"  moved: {_where(moved.was)} is now {_where(moved.now)}: {start_of(moved.now.quote)}{how}"
    for kept in change.appeared:
        yield f"  appeared: {_where(kept)}: {start_of(kept.quote)}"
    for died in change.died:
        yield f"  died: {_where(died.was)}: {start_of(died.was.quote)} ({WORDS['en'][f'pin_{died.why}']})"


def _counts(change: Change) -> str:
    kinds = {"moved": change.moved, "appeared": change.appeared, "died": change.died}
    return ", ".join(f"{len(found)} {kind}" for kind, found in kinds.items() if found) or "unchanged"


def _where(kept: Kept) -> str:
    return f"{printable(kept.document)}, {kept.span.start}–{kept.span.end}"
