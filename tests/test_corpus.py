"""Files come into the corpus whole, and go out of it without being lost; neither ever touches anything else."""

import shutil
from pathlib import Path

import pytest

from index.corpus import (
    MOST_FILES,
    REMOVED,
    CannotAdd,
    CannotRemove,
    CannotRestore,
    add_each,
    add_files,
    remove_files,
    restore_file,
)
from index.scan import read_corpus


def write(path: Path, text: str = "雨停了。\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def content(folder: Path) -> dict[str, str]:
    """Every file below the folder, hidden ones too."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


def refused(essays: Path, paths: list[Path]) -> str:
    """The one line with which an addition is refused that changes nothing."""
    before = content(essays)
    with pytest.raises(CannotAdd) as error:
        add_files(essays, paths)
    assert content(essays) == before
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


def test_added_files_are_whole_and_readable_and_the_originals_stay(essays: Path, tmp_path: Path) -> None:
    paths = [write(tmp_path / "rain.txt"), write(tmp_path / "more" / "ink.md", "磨墨要慢。\r\n")]
    assert add_files(essays, paths) == ["rain.txt", "ink.md"]
    assert (essays / "ink.md").read_bytes() == paths[1].read_bytes()
    assert [document.name for document in read_corpus(essays).documents] == [
        "bread.txt",
        "ink.md",
        "rain.txt",
        "tea.md",
    ]
    assert (essays / "rain.txt").stat().st_mode & 0o777 == 0o644
    assert all(path.is_file() for path in paths)


def test_a_corpus_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    add_files(tmp_path / "new" / "essays", [write(tmp_path / "rain.txt")])
    assert content(tmp_path / "new") == {"essays/rain.txt": "雨停了。\n"}


def test_the_same_file_twice_is_no_mistake(essays: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "rain.txt")
    add_files(essays, [path])
    before = content(essays)
    assert add_files(essays, [path]) == ["rain.txt"]
    assert content(essays) == before


def test_another_essay_of_the_same_name_is_not_overwritten(essays: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "tea.md", "另一篇。\n")
    assert "tea.md: another essay has this name already" in refused(essays, [write(tmp_path / "rain.txt"), other])


def test_a_folder_in_the_corpus_is_not_overwritten(essays: Path, tmp_path: Path) -> None:
    write(essays / "rain.txt" / "a.txt")
    assert "rain.txt: " in refused(essays, [write(tmp_path / "rain.txt")])


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("empty.txt", "", "it is empty"),
        ("paper.pdf", "%PDF", "it is damaged or no PDF"),
        ("binary.txt", "\0" * 100, "save it as UTF-8"),
        (".hidden.txt", "雨停了。", "begin with a dot"),
        ("~$rain.txt", "雨停了。", "~$rain.txt: "),
        ("a\nb.pdf", "%PDF", "a\ufffdb.pdf: it is damaged"),
    ],
)
def test_one_file_that_would_not_be_read_keeps_all_of_them_out(
    essays: Path, tmp_path: Path, name: str, text: str, reason: str
) -> None:
    assert reason in refused(essays, [write(tmp_path / "rain.txt"), write(tmp_path / name, text)])


def test_what_is_no_file_is_refused(essays: Path, tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    assert "folder.txt: it is not a regular file" in refused(essays, [tmp_path / "folder.txt"])
    assert "gone.txt: it cannot be read" in refused(essays, [tmp_path / "gone.txt"])


def test_two_files_of_one_name_are_refused(essays: Path, tmp_path: Path) -> None:
    pair = [write(tmp_path / "a" / "rain.txt"), write(tmp_path / "b" / "rain.txt", "又下了。")]
    assert "rain.txt: two of the files have this name" in refused(essays, pair)


def test_more_files_than_can_be_looked_after_are_refused(essays: Path, tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n}.txt", f"第{n}篇。") for n in range(MOST_FILES + 1)]
    assert "add them in parts" in refused(essays, paths)
    assert len(add_files(essays, paths[:MOST_FILES])) == MOST_FILES


def test_files_that_take_too_long_to_read_are_refused(
    essays: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.corpus.LONGEST_LOOK", -1.0)
    assert "takes too long" in refused(essays, [write(tmp_path / "1.txt"), write(tmp_path / "2.txt")])
    assert add_files(essays, [tmp_path / "1.txt"]) == ["1.txt"]


def test_of_many_files_the_good_ones_are_added_and_each_bad_one_is_named(essays: Path, tmp_path: Path) -> None:
    good = [write(tmp_path / f"{n}.txt", f"第{n}篇。") for n in range(3)]
    bad = [write(tmp_path / "paper.pdf", "%PDF"), write(tmp_path / "tea.md", "另一篇。"), write(tmp_path / "old.doc")]
    added = add_each(essays, [bad[0], *good[:2], *bad[1:], good[2]])
    assert added.names == ("0.txt", "1.txt", "2.txt")
    assert [problem.name for problem in added.problems] == ["paper.pdf", "tea.md", "old.doc"]
    assert "it is damaged" in str(added.problems[0])
    assert str(added.problems[1]).startswith("tea.md: another essay has this name already")
    assert added.problems[2].chinese == "不读 .doc 文件，请另存为 .docx"
    assert "另一篇" not in content(essays)["tea.md"]
    assert content(essays)["2.txt"] == "第2篇。"
    assert not (essays / "paper.pdf").exists()


def test_of_two_files_of_one_name_the_first_is_added(essays: Path, tmp_path: Path) -> None:
    added = add_each(essays, [write(tmp_path / "a" / "rain.txt"), write(tmp_path / "b" / "rain.txt", "又下了。")])
    assert added.names == ("rain.txt",)
    assert [str(problem) for problem in added.problems] == [
        "rain.txt: two of the files have this name; rename one of them."
    ]
    assert content(essays)["rain.txt"] == "雨停了。\n"


def test_a_file_that_cannot_be_copied_keeps_no_other_out(
    essays: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [write(tmp_path / "rain.txt"), write(tmp_path / "snow.txt", "下雪了。")]
    really = shutil.copyfile

    def full(source: Path, target: str) -> object:
        if source == paths[0]:
            raise OSError(28, "No space left on device")
        return really(source, target)

    monkeypatch.setattr("index.corpus.shutil.copyfile", full)
    added = add_each(essays, paths)
    assert added.names == ("snow.txt",)
    assert "it cannot be copied into" in str(added.problems[0])
    assert not list(essays.glob(".adding-*"))


def test_a_removed_essay_is_kept_out_of_sight(essays: Path) -> None:
    text = (essays / "tea.md").read_text(encoding="utf-8")
    assert remove_files(essays, ["tea.md"]) == [essays / REMOVED / "tea.md"]
    assert [document.name for document in read_corpus(essays).documents] == ["bread.txt"]
    assert (essays / REMOVED / "tea.md").read_text(encoding="utf-8") == text


def test_two_removed_essays_of_one_name_are_both_kept(essays: Path) -> None:
    for text in ("一。", "二。", "三。"):
        write(essays / "more" / "rain.txt", text)
        remove_files(essays, ["more/rain.txt"])
    assert sorted(text for name, text in content(essays).items() if name.startswith(REMOVED)) == [
        "一。",
        "三。",
        "二。",
    ]


def test_an_essay_with_the_longest_of_names_is_removed_or_stays(essays: Path) -> None:
    name = f"{'a' * 251}.txt"
    write(essays / name)
    remove_files(essays, [name])
    write(essays / name)
    with pytest.raises(CannotRemove, match="cannot be moved away"):
        remove_files(essays, [name])
    assert (essays / name).is_file()


def test_an_essay_named_twice_is_removed_once(essays: Path) -> None:
    assert remove_files(essays, ["tea.md", "tea.md", "./tea.md"]) == [essays / REMOVED / "tea.md"]


@pytest.mark.parametrize(
    "name",
    [
        *("../outside.txt", "more/../../outside.txt", "link/outside.txt", "/etc/passwd", ".removed/old.txt"),
        *(".hidden.txt", "more", "link", "", ".", "..", "nothing.txt", "a\0b", "x" * 5000),
        *(f"{'a' * 300}.zip/b.txt", f"{'x/' * 3000}a.zip/q", "a\0.zip/b.txt", "\ud800.zip/b.txt"),
    ],
)
def test_nothing_but_an_essay_of_the_corpus_can_be_removed(essays: Path, tmp_path: Path, name: str) -> None:
    write(tmp_path / "elsewhere" / "outside.txt")
    write(tmp_path / "outside.txt")
    (essays / "link").symlink_to(tmp_path / "elsewhere")
    for hidden in ("more/ink.md", ".removed/old.txt", ".hidden.txt"):
        write(essays / hidden)
    before = content(tmp_path)
    with pytest.raises(CannotRemove, match="there is no such essay"):
        remove_files(essays, ["tea.md", name])
    assert content(tmp_path) == before


def test_an_essay_that_is_a_link_is_removed_and_what_it_points_to_stays(essays: Path, tmp_path: Path) -> None:
    (essays / "link.txt").symlink_to(write(tmp_path / "outside.txt"))
    (moved,) = remove_files(essays, ["link.txt"])
    assert moved.is_symlink()
    assert not (essays / "link.txt").exists()
    assert (tmp_path / "outside.txt").is_file()


def test_all_are_removed_or_none(essays: Path) -> None:
    write(essays / "more" / "rain.txt")
    write(essays / REMOVED / "more", "a file where a folder is needed")
    before = content(essays)
    with pytest.raises(CannotRemove, match="cannot be moved away"):
        remove_files(essays, ["tea.md", "more/rain.txt"])
    assert content(essays) == before


def test_a_removed_essay_can_be_put_back(essays: Path) -> None:
    before = (essays / "tea.md").read_bytes()
    (place,) = remove_files(essays, ["tea.md"])
    restore_file(essays, place.relative_to(essays.resolve() / REMOVED).as_posix(), "tea.md")
    assert (essays / "tea.md").read_bytes() == before
    assert not place.exists()


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("tea.md", "bread.txt"),  # another essay is there
        ("tea.md", "../outside.md"),
        ("tea.md", ".hidden/tea.md"),
        ("tea.md", "essays.toml"),
        ("../bread.txt", "new.txt"),
        ("nothing.md", "new.txt"),
        ("\0", "new.txt"),
        ("", "new.txt"),
        ("tea.md", "a" * 300),
        ("tea.md", f"{'x/' * 3000}a.md"),
    ],
)
def test_nothing_but_a_removed_essay_is_put_back_and_nothing_is_overwritten(
    essays: Path, place: str, name: str
) -> None:
    remove_files(essays, ["tea.md"])
    before = {path: path.read_bytes() for path in essays.parent.rglob("*") if path.is_file()}
    with pytest.raises(CannotRestore):
        restore_file(essays, place, name)
    assert {path: path.read_bytes() for path in essays.parent.rglob("*") if path.is_file()} == before
