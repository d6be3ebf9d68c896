"""How scenario files are read: every problem is told with its file and place."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from db.seeding.reading import Once


def entries(file: Path, problems: list[str]) -> list[dict[str, Any]]:
    """The scenarios of a file as they were written; what is wrong with the file as a whole is noted."""
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=Once)
    except (OSError, yaml.YAMLError) as error:
        problems.append(f"{file.name}: {' '.join(str(error).split())}")
        return []
    if not isinstance(content, dict) or set(content) != {"scenarios"}:
        problems.append(f"{file.name}: holds one key, scenarios:, with a list")
        return []
    listed = content["scenarios"]
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        problems.append(f"{file.name}: scenarios: is a list of mappings")
        return []
    return listed


def told(error: ValidationError, where: str) -> list[str]:
    """The problems of one scenario, each with the path of the value it is about."""
    return [
        f"{where}: {'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
        for problem in error.errors()
    ]
