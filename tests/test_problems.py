"""What went wrong is said without where on the machine it did; at the terminal all of it is."""

from pathlib import Path

import pytest

from index.corpus import CannotAdd, CannotRemove, CannotRestore, add_files, remove_files, restore_file
from index.library import Library
from index.manifest import NoIndex
from index.scan import NoCorpus, scan
from index.sidecar import NAME, BadSidecar, read_sidecar
from index.types import YuanhuaError


def told(error: YuanhuaError, folder: Path) -> list[str]:
    said = [error.said("en"), error.said("zh")]
    assert str(folder) in str(error)
    assert str(folder) in error.chinese
    assert not any(str(folder.parent) in one or f"{folder.parent.name}/" in one for one in said), said
    return said


def test_a_reader_is_told_what_happened_without_the_folder(essays: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotRemove) as gone:
        remove_files(essays, ["nothing.txt"])
    assert told(gone.value, essays)[0].startswith("nothing.txt: there is no such essay in essays; see the names")
    with pytest.raises(CannotRestore) as lost:
        restore_file(essays, "nothing.txt", "nothing.txt")
    assert "look for it in .removed." in told(lost.value, essays)[0]
    with pytest.raises(NoIndex) as none:
        _ = Library(tmp_path / "a b" / "none").index
    assert told(none.value, tmp_path / "a b" / "none")[0].startswith("none: ")
    with pytest.raises(NoCorpus) as nowhere:
        scan(tmp_path / "nowhere")
    assert told(nowhere.value, tmp_path / "nowhere")[1].startswith("nowhere：")


def test_a_file_that_cannot_be_copied_says_so_without_the_folder(
    essays: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    (tmp_path / "rain.txt").write_text("雨停了。", encoding="utf-8")
    with pytest.raises(CannotAdd) as error:
        add_files(essays, [tmp_path / "rain.txt"])
    assert told(error.value, essays)[0] == "rain.txt: it cannot be copied into essays (No space left on device)."


def test_a_sidecar_that_cannot_be_read_does_not_say_where_it_lies(essays: Path) -> None:
    (essays / NAME).mkdir()
    with pytest.raises(BadSidecar) as error:
        read_sidecar(essays)
    assert str(essays) not in str(error.value) + error.value.chinese


@pytest.mark.parametrize(
    "sentence",
    [
        "more/ink.md: it is inside 文章/old.zip; remove that.",
        "It is 1/2 of https://example.org/a/b, and/or nothing.",
        "An unexpected error: ValueError('a/b').",
    ],
)
def test_what_is_no_place_on_the_machine_stays(sentence: str) -> None:
    assert YuanhuaError(sentence).said("en") == sentence
    assert YuanhuaError("An unexpected error: OSError('/srv/x y/z.py')").said("zh") == (
        "An unexpected error: OSError('z.py')"
    )


def test_a_reader_is_not_told_where_a_database_is_nor_who_asks_it() -> None:
    places = ("oceanbase://mei@tenant@db.internal:2881/essays", "oceanbase://mei@[::1]:2881/essays")
    for wrong in map(NoIndex.at, places):
        for language in ("en", "zh"):
            assert wrong.said(language).startswith("oceanbase://…/essays")
        assert "mei@" in str(wrong)
