"""Scenarios: who is on the telephone and what that person says, from `data/scenarios/*.yaml`."""

import re
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sandbox.faults import Verdict

SCENARIOS = Path(__file__).parents[2] / "data" / "scenarios"


class UnknownScenario(ValueError):
    """No such file, or one that is not a scenario."""


class Sound(BaseModel):
    """What the line plays instead of a voice: music while somebody is on hold, or a telephone that rings elsewhere."""

    model_config = ConfigDict(extra="forbid")

    play: Literal["music", "ringing"]
    seconds: float = Field(gt=0, le=600)


class Answer(BaseModel):
    """What to do when the system has said something that matches `when`, or has sent the tones of a key.

    `when` is a regular expression searched in the lower-case text of the system's turn; left out, anything matches,
    silence too. `interrupt` acts as soon as it matches, while the system still talks; otherwise the person waits for
    their turn, or until nobody has made a sound for the seconds of `silence`. `hears_key` acts on a key's tone in the
    sound, `any` on every key, also while they talk themselves.
    A `say` may hold {names} of groups of `when`: it is spoken with what they matched. First something is said, then
    the sound is played, then somebody else may take over (`becomes`), or the call ends.
    """

    model_config = ConfigDict(extra="forbid")

    when: str | None = None
    hears_key: str | None = Field(default=None, pattern=r"^([0-9*#]|any)$")
    silence: float | None = Field(default=None, ge=0, description="seconds; default: the person's turn_after")
    say: str | None = None
    keypad: str | None = Field(default=None, pattern=r"^[0-9*#]+$")
    sound: Sound | None = None
    becomes: "Scenario | None" = Field(default=None, description="who is on the line from then on")
    hangup: bool = False
    wait: bool = False
    times: int | None = Field(default=None, ge=1, description="null: as often as it matches")
    interrupt: bool = False
    delay: float = Field(default=0.0, ge=0, description="seconds before acting")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.when or "")

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.say or self.keypad or self.hangup or self.wait or self.sound or self.becomes):
            raise ValueError("an answer says, presses, plays, hands over, hangs up or waits")
        if self.when is None and self.hears_key is None and self.silence is None:
            raise ValueError("an answer needs `when`, `hears_key` or `silence`")
        re.compile(self.when or "")
        return self


class Scenario(BaseModel):
    """One person with a telephone. Someone with a `to` calls; anyone can be called at `from`."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: str
    title: str
    from_: str = Field(alias="from", pattern=r"^\+\d{8,15}$", description="the person's own number")
    to: str | None = Field(default=None, pattern=r"^\+\d{8,15}$", description="whom they call")
    voice: str = "en-us+f3"
    opening: str | None = None
    opens_after: float = Field(default=0.4, ge=0, description="seconds from picking up to the opening")
    speaks_first: bool | None = Field(default=None, description="default: when called")
    answers: list[Answer] = []
    otherwise: str | None = Field(default=None, description="said when nothing matched")
    silence_after: int | None = Field(default=None, ge=0, description="falls silent after so many turns")
    turn_after: float = Field(default=0.7, gt=0, description="seconds of silence that make it their turn")
    patience: float = Field(default=40.0, gt=0, description="seconds of silence before they hang up")
    picks_up: Literal["human", "busy", "no_answer", "voicemail", "fax"] = "human"
    rings: float = Field(default=0.5, ge=0, description="seconds before they pick up")
    verdict: Verdict | None = Field(default=None, description="of machine detection; default: the truth")
    verdict_after: float | None = Field(
        default=None, ge=0, description="seconds from picking up to the verdict"
    )
    dishes: dict[str, str] = Field(
        default={}, description="what they cook, and what they would cook instead of it"
    )
    expect: dict[str, Any] = {}

    @property
    def people(self) -> "list[Scenario]":
        """This person, and whoever takes over from them."""
        later = [answer.becomes for answer in self.answers if answer.becomes is not None]
        return [self, *(person for one in later for person in one.people)]

    @property
    def lines(self) -> list[str]:
        """Everything this person may say that does not hang on what they hear."""
        said = [self.opening, self.otherwise, *(answer.say for answer in self.answers)]
        return [text for text in said if text and "{" not in text]


def load(name: str) -> Scenario:
    """The scenario `data/scenarios/{name}.yaml`; raises UnknownScenario."""
    path = SCENARIOS / f"{name}.yaml"
    if not re.fullmatch(r"[a-z0-9_-]+", name) or not path.is_file():
        raise UnknownScenario(f"no scenario {name!r}")
    try:
        return Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as bad:
        raise UnknownScenario(f"{path.name}: {bad}") from bad


def load_all() -> list[Scenario]:
    """Every scenario of the folder, by name; raises UnknownScenario for a broken one."""
    return [load(path.stem) for path in sorted(SCENARIOS.glob("*.yaml"))]
