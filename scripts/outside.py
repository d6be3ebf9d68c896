"""Which vendors are real and which are played: the environment the server is started with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from errors import ConfigError
from scripts.child import BadSettingsError, StackError
from settings import Settings, read_settings

# Every variable a vendor is used with. All of them set: the vendor is real. None: the sandbox plays it.
KEYS = {
    "DEEPGRAM": ("DEEPGRAM_API_KEY",),
    "ELEVENLABS": ("ELEVENLABS_API_KEY",),
    "ANTHROPIC": ("ANTHROPIC_API_KEY",),
    "OPENAI": ("OPENAI_API_KEY",),
    "GOOGLE_MAPS": ("GOOGLE_MAPS_API_KEY",),
    "STRIPE": ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET"),
    "RAZORPAY": ("RAZORPAY_KEY_ID", "RAZORPAY_KEY_SECRET", "RAZORPAY_WEBHOOK_SECRET"),
    "TWILIO": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM_NUMBER"),
}


@dataclass(frozen=True)
class Sandbox:
    """What the sandbox says of itself in its one line of JSON."""

    url: str
    base_urls: dict[str, str]
    keys: dict[str, str]

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Sandbox":
        """Raises StackError when the line is not what we agreed on."""
        try:
            return cls(said["url"], dict(said["base_urls"]), dict(said["keys"]))
        except (KeyError, TypeError) as error:
            raise StackError(f"the sandbox's first line lacks {error}") from None


def vendor_variables(own: Mapping[str, str], sandbox: Sandbox) -> dict[str, str]:
    """Keys and addresses for the vendors `own` has no key for, and `SIMULATED` naming them.

    A `*_BASE_URL` in `own` wins: that vendor is asked where it says, with `own`'s key or, failing one, with a
    key made up by the sandbox (a model on one's own machine wants none).

    Raises:
        BadSettingsError: of some vendors a part of their variables is set; every one is named.
    """
    if problems := half_set(own):
        raise BadSettingsError(problems)
    found: dict[str, str] = {}
    simulated = []
    for vendor, names in KEYS.items():
        base_url = f"{vendor}_BASE_URL"
        if all(own.get(name) for name in names) or any(name not in sandbox.keys for name in names):
            continue  # real, or nobody's: a vendor the sandbox does not play has no key and does not work
        found |= {name: sandbox.keys[name] for name in names}
        if not own.get(base_url) and vendor in sandbox.base_urls:
            found[base_url] = sandbox.base_urls[vendor]
            simulated.append(vendor.lower())
    return found | {"SIMULATED": ",".join(simulated), "SANDBOX_URL": sandbox.url}


def half_set(own: Mapping[str, str]) -> list[str]:
    """What is missing of every vendor of which something is set."""
    found = []
    for names in KEYS.values():
        missing = [name for name in names if not own.get(name)]
        if missing and len(missing) < len(names):
            found.append(f"{', '.join(missing)} missing: set all of {', '.join(names)}, or none of them")
    return found


def checked(own: Mapping[str, str]) -> Settings:
    """The person's variables, read. Everything that would stop the server later is told before anything starts.

    Raises:
        BadSettingsError: every problem at once: variables, half-set vendors and, since we stop anyway, all YAML.
    """
    settings, problems = read_settings(own)
    if port := own.get("PORT"):
        refused = [problem for problem in problems if problem.startswith("PORT:")]
        again = f"PORT={port} is not a port number. Try: PORT=8001 make run"
        problems = [again if problem in refused else problem for problem in problems]
    problems += half_set(own)
    if not problems:
        return settings
    # To import and read everything takes seconds, which a start that goes well is spared: there the server does it.
    from server import check_configuration

    brought = dict.fromkeys(
        ("DATABASE_URL", *(name for names in KEYS.values() for name in names)), "brought by us"
    )
    filled, _ = read_settings(brought | {name: value for name, value in own.items() if value})
    try:
        check_configuration(filled, problems)
    except ConfigError as error:
        problems = error.problems
    raise BadSettingsError(problems)


def isolated(own: Mapping[str, str]) -> dict[str, str]:
    """`own` for a stack that must not touch what the person runs: their vendors' keys stay, but the telephone is
    the sandbox's, and stores, secrets, addresses and clock are the stack's own.
    """
    kept = tuple(f"{vendor}_" for vendor in KEYS if vendor != "TWILIO")
    settings = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in own.items() if name not in settings or name.startswith(kept)}
