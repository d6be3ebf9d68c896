"""Answering-machine detection: what it concludes about a person, and when; it can be slow, and wrong."""

from typing import Literal

from sandbox.faults import Fault, Verdict
from sandbox.twilio.scenario import Scenario

Mode = Literal["Enable", "DetectMessageEnd"]

# Twilio decides on a human within two seconds or so, on a machine within four; after thirty it gives up (its
# MachineDetectionTimeout unless another is asked for).
HUMAN_SECONDS = 1.5
MACHINE_SECONDS = 3.5
UNKNOWN_SECONDS = 30.0

# A spoken announcement runs at about 15 characters a second; the tone follows.
CHARACTERS_PER_SECOND = 15
TONE_SECONDS = 1.0


def conclusion(scenario: Scenario, mode: Mode, fault: Fault | None = None) -> tuple[Verdict, float]:
    """The verdict, and how many seconds after the answer it comes.

    A `verdict` fault wins over what the scenario says of itself, and that over the truth. A fault says when; a
    scenario may leave it to the verdict.
    """
    if fault is not None:
        return fault.verdict or scenario.verdict or _truth(scenario, mode), fault.seconds
    verdict = scenario.verdict or _truth(scenario, mode)
    if scenario.verdict_after is not None:
        return verdict, scenario.verdict_after
    return verdict, _seconds(scenario, verdict)


def _truth(scenario: Scenario, mode: Mode) -> Verdict:
    if scenario.picks_up == "voicemail":
        return "machine_start" if mode == "Enable" else "machine_end_beep"
    return "fax" if scenario.picks_up == "fax" else "human"


def _seconds(scenario: Scenario, verdict: Verdict) -> float:
    if verdict == "human":
        return HUMAN_SECONDS
    if verdict == "unknown":
        return UNKNOWN_SECONDS
    if verdict.startswith("machine_end"):
        return max(MACHINE_SECONDS, len(scenario.opening or "") / CHARACTERS_PER_SECOND + TONE_SECONDS)
    return MACHINE_SECONDS
