"""How scenario files are written: a key that nobody knows is a problem."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A part of a scenario; a key it does not know is a problem."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)
