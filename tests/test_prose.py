"""What a reader relies on: short files that say why they exist, honest decisions, no trace of one machine."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.test_layers import ROOT

MAX_LINES = 400
MAX_DECISION_LINES = 60
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]
# Spelled in two halves, so that this file does not find itself.
HOSTS = re.compile("|".join(["py" + "pi", "python" + "hosted", "npm" + "js", r"deb\." + "debian"]), re.I)
MACHINE = re.compile(r"(?<![\w.$}])/(?:work|farm|home|Users)/[a-z]|/tmp/(?:lab)\b")
TEXT = {
    ".py",
    ".md",
    ".yaml",
    ".yml",
    ".toml",
    ".txt",
    ".json",
    ".js",
    ".html",
    ".css",
    ".sh",
    ".ini",
    ".mako",
    "",
}


def repository() -> list[Path]:
    """Every file that is, or is about to be, in the repository."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


FILES = repository()
CODE = [path for path in FILES if path.suffix == ".py"]
WORDS = [path for path in FILES if path.suffix in TEXT]
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_longer_than_a_subject() -> None:
    lengths = {named(path): len(path.read_text().splitlines()) for path in CODE}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_every_module_says_why_it_exists() -> None:
    parsed = {named(path): ast.parse(path.read_text()) for path in CODE if path.read_text().strip()}
    silent = [name for name, module in parsed.items() if not ast.get_docstring(module)]
    assert [name for name in silent if "migrations/versions" not in name] == []


def test_no_registry_and_no_machine_is_named() -> None:
    found = [
        f"{named(path)}: {match.group()}"
        for path in WORDS
        for pattern in (HOSTS, MACHINE)
        if (match := pattern.search(path.read_text()))
    ]
    assert found == []


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: str(path.name))
def test_a_lock_names_hashes_and_no_host(lock: Path) -> None:
    text = lock.read_text()
    assert "--hash=sha256:" in text
    assert not re.search(r"https?://|file://|--(?:extra-)?index-url|--find-links", text)
    assert not (ROOT / "uv.lock").exists()


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: str(path.stem))
def test_a_decision_is_short_and_enforced(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(f"# {path.stem[:4]} ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert len(text.splitlines()) < MAX_DECISION_LINES
    tests = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text.split("## Enforced by")[1])
    assert tests, "no test is named"
    for file, function in tests:
        assert (ROOT / file).exists(), file
        assert f"def {function}" in (ROOT / file).read_text(), f"{file}::{function}"


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.stem[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    assert DECISIONS
