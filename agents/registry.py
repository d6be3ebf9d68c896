"""The registry: every tool there is, by name, whoever may call it."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

import tools
from tools.tool import Tool


def found() -> dict[str, Tool]:
    """Each tool of the folder `tools`, in the alphabet's order."""
    modules = [import_module(f"{tools.__name__}.{module.name}") for module in iter_modules(tools.__path__)]
    every = {one.name: one for module in modules for one in vars(module).values() if isinstance(one, Tool)}
    return dict(sorted(every.items()))


TOOLS: Mapping[str, Tool] = MappingProxyType(found())
