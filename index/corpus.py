"""The corpus folder as a reader changes it: files come in, files go out, nothing is overwritten or lost."""

import os
import shutil
import tempfile
import time
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index import archive, sidecar
from index.documents import Problem, Unreadable, printable, read_document
from index.scan import ARCHIVE
from index.types import YuanhuaError, sha256_of

REMOVED = ".removed"  # inside the corpus folder; hidden, so nothing in it is read
MOST_FILES = 200  # at once
LONGEST_LOOK = 120.0  # seconds that they may take to be read, since others wait to add theirs
TOO_SLOW = "reading these files takes too long; add them in parts", "读这些文件用时太久，请分几次加入"


class CannotAdd(YuanhuaError):
    """A file that cannot join the corpus."""


class CannotRemove(YuanhuaError):
    """A file that is not in the corpus, or cannot be moved out of it."""


class CannotRestore(YuanhuaError):
    """A removed file that is not there any more, or has no place to go back to."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of files that were to join: the names of those that did, and why the others did not."""

    names: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def add_files(corpus: Path, paths: Iterable[Path]) -> list[str]:
    """Copy files into the corpus and return their names in it. All are looked at before the first is copied.
    Raises CannotAdd."""
    chosen = _not_too_many(paths)
    for problem in filter(None, list(_problems(corpus, chosen))):
        raise _refusal(problem)
    for path in chosen:
        if failed := _copy(path, corpus / path.name):
            raise _refusal(failed)
    return [path.name for path in chosen]


def add_each(corpus: Path, paths: Iterable[Path]) -> Added:
    """As `add_files`, but what cannot be added keeps none of the others out. Raises CannotAdd where there are too
    many."""
    chosen = _not_too_many(paths)
    problems = [
        problem or _copy(path, corpus / path.name)
        for path, problem in zip(chosen, list(_problems(corpus, chosen)), strict=True)
    ]
    names = [path.name for path, problem in zip(chosen, problems, strict=True) if problem is None]
    return Added(tuple(names), tuple(filter(None, problems)))


def _not_too_many(paths: Iterable[Path]) -> list[Path]:
    chosen = list(paths)
    if len(chosen) > MOST_FILES:
        raise CannotAdd(
            f"{len(chosen)} files are more than the {MOST_FILES} that can be added at once; add them in parts.",
            f"一次最多加入 {MOST_FILES} 个文件，这里有 {len(chosen)} 个，请分几次加入。",
        )
    return chosen


def _refusal(problem: Problem) -> CannotAdd:
    return CannotAdd(str(problem), f"{printable(problem.name)}：{problem.chinese}。")


def _problems(corpus: Path, paths: Iterable[Path]) -> Iterator[Problem | None]:
    """Of each file, what keeps it out of the corpus; None where nothing does."""
    taken: set[str] = set()
    began = time.monotonic()
    for place, path in enumerate(paths):
        if place and time.monotonic() - began > LONGEST_LOOK:
            yield Problem(path.name, *TOO_SLOW)
            continue
        try:
            _look_at(path)
            _check_name(corpus, path, taken)
        except Unreadable as error:
            yield Problem(path.name, str(error), error.chinese)
        else:
            taken.add(path.name)
            yield None


def _look_at(path: Path) -> None:
    """Raises Unreadable where no essay would come of it."""
    if path.suffix.lower() != ARCHIVE:
        read_document(path, path.name)
    elif not archive.members(path)[0]:
        raise Unreadable("there is no essay in the archive", "压缩包里没有文章")


def _check_name(corpus: Path, path: Path, taken: Container[str]) -> None:
    """`taken`: by the files before it. Raises Unreadable."""
    if path.name.startswith((".", "~$")):
        raise Unreadable(
            "names that begin with a dot or ~$ are not read; rename it", "不读名字以点或 ~$ 开头的文件，请改名"
        )
    if path.name in taken:
        raise Unreadable("two of the files have this name; rename one of them", "有两个文件同名，请给其中一个改名")
    target = corpus / path.name
    if target.exists() and not (target.is_file() and sha256_of(target) == sha256_of(path)):
        raise Unreadable(
            "another essay has this name already; remove that one first or rename this one",
            "已经有一篇同名的文章，请先移走那一篇，或给这个文件改名",
        )


def _copy(source: Path, target: Path) -> Problem | None:
    """Whole or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=".adding-", dir=target.parent)
        os.close(handle)
        try:
            shutil.copyfile(source, draft)
            Path(draft).chmod(0o644)
            Path(draft).replace(target)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        return Problem(
            target.name,
            f"it cannot be copied into {target.parent} ({error.strerror})",
            f"不能复制到 {target.parent}（{error.strerror}）",
        )
    return None


def remove_files(corpus: Path, names: Iterable[str]) -> list[Path]:
    """Move essays out of the corpus, into its hidden folder, and return where they are now. All or none is moved.
    Raises CannotRemove."""
    sources = dict.fromkeys(_inside(corpus, name) for name in names)
    moved: list[tuple[Path, Path]] = []
    for source in sources:
        try:
            target = _free_place(corpus / REMOVED / source.relative_to(corpus.resolve()))
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
        except OSError as error:
            for here, there in moved:
                there.rename(here)
            raise CannotRemove(
                f"{printable(source.name)}: it cannot be moved away ({error.strerror}).",
                f"{printable(source.name)}：移不走（{error.strerror}）。",
            ) from error
        moved.append((source, target))
    return [target for _, target in moved]


def restore_file(corpus: Path, place: str, name: str) -> None:
    """Move an essay that was removed back to where it was. `place`: where it is now, below REMOVED. Raises
    CannotRestore."""
    root = corpus.resolve()
    source, target = root / REMOVED / place, root / name
    try:
        known = source.resolve().is_relative_to(root / REMOVED) and source.is_file() and not _hidden(Path(name))
        known = known and target.parent.resolve().is_relative_to(root) and target.name != sidecar.NAME
        known = known and not target.exists()
    except (OSError, ValueError):
        known = False
    if not known:
        raise CannotRestore(
            f"{printable(name)}: it cannot be put back; look for it in {corpus / REMOVED}.",
            f"{printable(name)}：放不回去，请到 {corpus / REMOVED} 里找它。",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
    except OSError as error:
        raise CannotRestore(
            f"{printable(name)}: it cannot be put back ({error.strerror}); it is in {corpus / REMOVED}.",
            f"{printable(name)}：放不回去（{error.strerror}），它在 {corpus / REMOVED} 里。",
        ) from error


def _inside(corpus: Path, name: str) -> Path:
    """The essay's file; never one outside the corpus, whatever the name says."""
    root = corpus.resolve()
    try:
        path = (root / name).parent.resolve() / Path(name).name
        known = path.is_relative_to(root) and path.is_file() and not _hidden(path.relative_to(root))
        known = known and path != root / sidecar.NAME
    except (OSError, ValueError):
        known = False
    holder = next((part for part in Path(name).parents if part.suffix.lower() == ARCHIVE), None)
    if not known and holder is not None and _is_file(root / holder):
        raise CannotRemove(
            f"{printable(name)}: it is inside {printable(str(holder))}; remove that, or unpack it first.",
            f"{printable(name)}：它在 {printable(str(holder))} 里；请移走整个压缩包，或先解压。",
        )
    if not known:
        raise CannotRemove(
            f"{printable(name)}: there is no such essay in {corpus}; see the names with: yuanhua index status",
            f"{printable(name)}：{corpus} 里没有这篇文章；所有名称见 yuanhua index status",
        )
    return path


def _is_file(path: Path) -> bool:
    """Whatever its name is."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _free_place(path: Path) -> Path:
    place, n = path, 1
    while place.exists():
        n += 1
        place = path.with_name(f"{path.stem}.{n}{path.suffix}")
    return place
