"""Reading a YAML file into a model, with every problem named by file and path."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class Shape(BaseModel):
    """Part of a file; a key it does not know is a problem."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)


class Once(yaml.CSafeLoader):
    """YAML in which a key may stand once per mapping, and on, off, yes and no are words.

    libyaml parses: in Python the files of `data/` take over a second, at every start.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse the second of two equal keys instead of letting it win."""
        seen: set[Any] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


Once.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Reader:
    """Reads files below `root` and collects what is wrong with them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[str] = []

    def read(self, path: str, model: type[Model]) -> Model | None:
        """One file as `model`, or None with its problems noted."""
        try:
            content = yaml.load((self.root / path).read_text(encoding="utf-8"), Loader=Once)
            return model.model_validate(content)
        except ValidationError as error:
            for problem in error.errors():
                where = ".".join(str(part) for part in problem["loc"])
                self.note(path, where, problem["msg"])
        except (OSError, yaml.YAMLError) as error:
            self.note(path, "", " ".join(str(error).split()))
        return None

    def folder(self, path: str, model: type[Model]) -> dict[str, Model]:
        """Every YAML file of a folder that can be read, by its path."""
        found = {}
        for file in sorted((self.root / path).glob("*.yaml")):
            name = file.relative_to(self.root).as_posix()
            content = self.read(name, model)
            if content is not None:
                found[name] = content
        return found

    def note(self, file: str, where: str, message: str) -> None:
        """Remember one problem."""
        self.problems.append(f"{file}{': ' + where if where else ''}: {message}")
