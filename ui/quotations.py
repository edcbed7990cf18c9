"""Quotations on the command line: those of a text, or one a line for programs."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from index.documents import printable
from index.library import Freshness, Library
from rag.quoted import Judged, judge, lines_of, quotations_of
from rag.quotes import Checked, check
from rag.stretches import Essays
from ui import records, terminal
from ui.lines import Rows, numbered_lines

ALARMS = {"negation": "a negation differs", "number": "a number differs"}
TOLD = {
    "exact": "exact",
    "normalised": "normalised",
    "altered": "altered",
    "absent": "absent",
    "short": "too short to judge",
}


def quotes_command(options: argparse.Namespace) -> int:
    library = Library(options.index)
    index = library.index
    essays, readable = Essays(index.documents), Freshness(library, index)
    code = _check_lines(options, essays, readable) if options.json else _check_text(options, essays, readable)
    for name in sorted(readable.stale):
        terminal.say(f"{printable(name)}: changed or gone since the last build; what was compared is what is indexed.")
    return code


def _check_lines(options: argparse.Namespace, essays: Essays, readable: Freshness) -> int:
    """A line out for every line in that has a quotation."""
    lines = enumerate(sys.stdin, start=1) if options.file is None else numbered_lines(options.file)
    rows = Rows(lines, "quote", terminal.say)
    for row in rows:
        checked = check(row["quote"], essays)
        _look_at(checked, readable)
        terminal.print_json(records.checked_record(checked, id=row.get("id")))
    return 1 if rows.bad else 0


def _look_at(checked: Checked, readable: Freshness) -> None:
    if checked.document is not None:
        readable(checked.document.name)


def _check_text(options: argparse.Namespace, essays: Essays, readable: Freshness) -> int:
    text = "".join(line for _, line in numbered_lines(options.file, blank=True))
    quotations = quotations_of(text)
    if not quotations and text.strip():
        terminal.say('There is no “ ”, 「 」, " " or > in this text, so each line was taken for one quotation.')
        quotations = lines_of(text)
    judged = judge(quotations, essays)
    for one in judged:
        _look_at(one.checked, readable)
    terminal.print_lines([*_lines(judged), _summary(judged)])
    return 0


def _lines(judged: Sequence[Judged]) -> Iterator[str]:
    for one in judged:
        document, span = one.checked.document, one.checked.span
        told = one.verdict in ("exact", "normalised", "altered")
        where = f" ({printable(document.name)}, {span.start}–{span.end})" if told and document and span else ""
        alarms = "".join(f"; {ALARMS[alarm]}!" for alarm in one.alarms)
        text = one.checked.difference if one.verdict == "altered" else one.quotation.text
        yield f"{TOLD[one.verdict]}{where}{alarms}: {' '.join(text.split())}"


def _summary(judged: Sequence[Judged]) -> str:
    if not judged:
        return "No quotations."
    counts = Counter(one.verdict for one in judged)
    listed = ", ".join(f"{counts[verdict]} {told}" for verdict, told in TOLD.items() if counts[verdict])
    alarmed = sum(bool(one.alarms) for one in judged)
    alarm = f"; in {alarmed} of them a negation or a number differs" if alarmed else ""
    return f"{len(judged)} {'quotation' if len(judged) == 1 else 'quotations'}: {listed}{alarm}."
