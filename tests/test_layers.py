"""Imports point one way, down this list; names on one line do not import each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LAYERS = """
server
api tasks console
bot
runtime
pipelines
agents
tools
operations
compliance
vendors db broker
settings clock logs
domain
errors deadline
"""
RANK = {name: row for row, line in enumerate(LAYERS.split("\n")) for name in line.split()}

APART = {"sandbox"}
"""Another process: imports nothing of ours, and only its own tests import it."""
FREE = {"scripts", "tests", "evals", "bench"}
"""May import anything but the sandbox; nothing above imports them."""
OURS = RANK.keys() | APART | FREE


def imported(path: Path) -> Iterator[str]:
    """Top-level names that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"import_module", "__import__"}:
                yield str(node.args[0].value).partition(".")[0]


def files(root: Path, name: str) -> list[Path]:
    """The Python files of a top-level name: one module, or a whole package."""
    return [root / f"{name}.py"] if (root / f"{name}.py").exists() else sorted((root / name).rglob("*.py"))


def forbidden(path: Path, name: str, others: set[str]) -> set[str]:
    """What of ours this file of `name` must not import, out of what it does import."""
    if name in APART:
        return others
    if name in FREE:
        return others & APART if not {"tests", "sandbox"} <= set(path.parts) else set()
    return {other for other in others if RANK.get(other, -1) <= RANK[name]}


def violations(root: Path) -> list[str]:
    """Every import that points the wrong way, as `file imports name`."""
    return [
        f"{path.relative_to(root)} imports {other}"
        for name in sorted(OURS)
        for path in files(root, name)
        for other in sorted(forbidden(path.relative_to(root), name, (set(imported(path)) & OURS) - {name}))
    ]


def test_imports_point_down() -> None:
    assert violations(ROOT) == []


def test_every_name_at_the_root_has_its_place_in_the_diagram() -> None:
    modules = {path.stem for path in ROOT.glob("*.py")}
    packages = {path.parent.name for path in ROOT.glob("*/*.py") if not path.parent.name.startswith(".")}
    assert modules | packages <= OURS


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("domain/cart.py", "from tools.menu import search", "domain/cart.py imports tools"),
        ("domain/cart.py", "def late():\n    import db.engine", "domain/cart.py imports db"),
        ("db/engine.py", "import vendors", "db/engine.py imports vendors"),
        ("tools/menu.py", "import_module('agents.agent')", "tools/menu.py imports agents"),
        ("operations/orders.py", "import scripts.call", "operations/orders.py imports scripts"),
        ("sandbox/box.py", "from domain.money import Money", "sandbox/box.py imports domain"),
        ("server.py", "import sandbox", "server.py imports sandbox"),
        ("scripts/run.py", "import sandbox.app", "scripts/run.py imports sandbox"),
    ],
)
def test_a_planted_violation_is_caught(tmp_path: Path, file: str, text: str, found: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert violations(tmp_path) == [found]


def test_imports_down_the_list_are_let_through(tmp_path: Path) -> None:
    (tmp_path / "tests/sandbox").mkdir(parents=True)
    (tmp_path / "tests/sandbox/test_box.py").write_text("import sandbox.box")
    (tmp_path / "server.py").write_text("import api.twilio, httpx\nfrom errors import AppError")
    assert violations(tmp_path) == []
