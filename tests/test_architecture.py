"""The rooms and what each may know: ui → rag → index, and one module for each heavy dependency."""

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

MAY_IMPORT = {"index": {"index"}, "rag": {"rag", "index"}, "ui": {"ui", "rag", "index"}}
ONLY_IN = {
    "faiss": "index/dense.py",
    "jieba": "index/terms.py",
    "opencc": "index/terms.py",
    "cachetools": "index/kept.py",
    "sentence_transformers": "index/encoder.py",
    "onnx": "index/int8.py",
    "onnxruntime": "index/int8.py",
    "gradio": "ui/page.py",
    "uvicorn": "ui/server.py",
    "itsdangerous": "ui/sessions.py",
    "python_multipart": "ui/uploads.py",
    "filelock": "index/locking.py",
    "jinja2": "ui/jinja.py",
    "yaml": "index/headers.py",
    "rapidfuzz": "index/spelling.py",
    "spellchecker": "index/spelling.py",
    "ir_measures": "rag/measures.py",
    "scipy": "rag/measures.py",
    "sklearn.manifold": "index/projection.py",
    "sklearn.metrics": "rag/measures.py",
    "threadpoolctl": "index/projection.py",
    "prometheus_client": "ui/metrics.py",
    "pydantic": "rag/runs.py ui/schemas.py",  # what is read back from a file, and what comes over HTTP
    "pymysql": "index/mysql.py",
    "lxml": "index/markup.py",
    "mammoth": "index/word.py",
    "mcp": "ui/mcp_server.py",
    "tomlkit": "index/sidecar.py",
    "pypdfium2": "index/pdf.py",
    "openai": "rag/chat.py",
    "pypinyin": "rag/naming.py",
}
MODULES = sorted(path for room in MAY_IMPORT for path in (ROOT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """What a module imports, at run time or for types: the top-level names, and the names of one level below."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {".".join(module.split(".")[:depth]) for module in modules for depth in (1, 2)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_itself_and_the_rooms_below(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    assert (imported(path) & set(MAY_IMPORT)) <= MAY_IMPORT[room]


@pytest.mark.parametrize("dependency", ONLY_IN)
def test_a_heavy_dependency_is_imported_in_one_module(dependency: str) -> None:
    users = {str(path.relative_to(ROOT)) for path in MODULES if dependency in imported(path)}
    assert users == set(ONLY_IN[dependency].split())


def test_only_a_conversation_takes_a_question_for_another() -> None:
    """The command line asks what it is given, so that its answers can be judged."""
    takers = {"understand_after": "ui/desk.py", "rewritten": "ui/writing.py"}
    for name, where in takers.items():
        users = {path for path in MODULES if re.search(rf"import [^\n]*\b{name}\b", path.read_text(encoding="utf-8"))}
        assert users == {ROOT / where}
    assert "rag.followup" not in imported(ROOT / "ui" / "commands.py")


def test_the_top_level_is_the_one_that_was_agreed() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert folders - {"build", "dist", "yuanhua.egg-info", "__pycache__"} == {"index", "rag", "ui", "seeds", "tests"}
