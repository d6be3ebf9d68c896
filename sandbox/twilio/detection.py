"""Answering-machine detection: what it concludes about a person, and when."""

from typing import Literal

from sandbox.twilio.scenario import Scenario

Mode = Literal["Enable", "DetectMessageEnd"]

# Twilio decides on a human within two seconds or so, on a machine within four.
HUMAN_SECONDS = 1.5
MACHINE_SECONDS = 3.5

# A spoken announcement runs at about 15 characters a second; the tone follows.
CHARACTERS_PER_SECOND = 15
TONE_SECONDS = 1.0


def answered_by(scenario: Scenario, mode: Mode) -> str:
    """`human`, `fax`, `machine_start` or `machine_end_beep`."""
    if scenario.picks_up == "voicemail":
        return "machine_start" if mode == "Enable" else "machine_end_beep"
    return "fax" if scenario.picks_up == "fax" else "human"


def detection_seconds(scenario: Scenario, mode: Mode) -> float:
    """How long after the answer the conclusion comes."""
    if scenario.picks_up == "human":
        return HUMAN_SECONDS
    if scenario.picks_up == "voicemail" and mode == "DetectMessageEnd":
        return max(MACHINE_SECONDS, len(scenario.opening or "") / CHARACTERS_PER_SECOND + TONE_SECONDS)
    return MACHINE_SECONDS
