"""Altered quotations by kind: how many get the right verdict, which alarms, and how long one takes."""

import time
from collections import Counter

from rag.quotes import Checked, check
from rag.stretches import Essays
from tests.altered import KINDS, Altered, altered
from tests.test_altered import INVENTED, PARTS, documents

EACH = 400  # quotations of a kind, where the essays have as many sentences for it


def main() -> None:
    """Of the real essays, those that were looked at while the rules were written and those that were not; and of public
    sets that were not."""
    for part in PARTS:
        essays = Essays(documents(part))
        began = time.perf_counter()
        found = [(one, check(one.quote, essays)) for one in altered(essays.documents, INVENTED, EACH)]
        each = 1000 * (time.perf_counter() - began) / len(found)
        print(f"\n{part}: {len(essays.documents)} essays, {each:.1f} ms a quotation")
        print(f"{'':12}{'quotations':>12}{'right':>8}{'alarm missing':>15}{'alarm too many':>16}  wrong")
        for kind in KINDS:
            print(_row(kind, [(one, checked) for one, checked in found if one.kind == kind]), flush=True)
        print(_row("all", found))


def _row(name: str, found: list[tuple[Altered, Checked]]) -> str:
    right = sum(checked.verdict == one.verdict for one, checked in found)
    missing = sum(bool(one.alarm) and one.alarm not in checked.alarms for one, checked in found)
    many = sum(bool(set(checked.alarms) - {one.alarm}) for one, checked in found)
    wrong = Counter(checked.verdict for one, checked in found if checked.verdict != one.verdict)
    listed = ", ".join(f"{count} {verdict}" for verdict, count in wrong.items())
    return f"{name:12}{len(found):>12}{right:>8}{missing:>15}{many:>16}  {listed}"
