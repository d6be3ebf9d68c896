"""What a fresh machine runs first: nothing is installed that is not locked."""

import stat
from pathlib import Path

import pytest

from scripts import bootstrap

LOCK = """uuid-utils==1.2.0 \\
    --hash=sha256:aaaa
uv==0.13.9 \\
    --hash=sha256:bbbb \\
    --hash=sha256:cccc
uvicorn==0.54.0 \\
    --hash=sha256:dddd
"""


def test_uv_is_taken_from_the_lock_with_all_its_hashes() -> None:
    assert bootstrap.locked_uv(LOCK) == ("uv==0.13.9 \\\n    --hash=sha256:bbbb \\\n    --hash=sha256:cccc\n")


def test_the_real_lock_has_it() -> None:
    lines = bootstrap.locked_uv(bootstrap.LOCK.read_text()).splitlines()
    assert lines[0].startswith("uv==")
    assert len(lines) > 1
    assert all(line.strip().startswith("--hash=sha256:") for line in lines[1:])


@pytest.mark.parametrize("lock", ["", "uvicorn==0.54.0\n", "uv==0.13.9\nuvicorn==0.54.0\n"])
def test_a_lock_without_it_is_one_line_and_exit_code_2(lock: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        bootstrap.locked_uv(lock)
    assert left.value.code == 2
    assert "run `make lock`" in capsys.readouterr().err


def test_pip_is_asked_for_exactly_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that only writes down what it was asked."""
    python, asked = tmp_path / "python", tmp_path / "asked"
    python.write_text(f'#!/bin/sh\necho "$@" > {asked}\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    bootstrap.install_uv(python, LOCK)
    words = asked.read_text().split()
    assert "--require-hashes" in words
    assert words[-2] == "-r"
    assert Path(words[-1]).read_text() == bootstrap.locked_uv(LOCK)
    assert "uv" not in words
