"""Who sits at the telephones that we call."""

from tests.calls.phone_client import House


async def seat(house: House, number: str, persona: str) -> None:
    """A persona of the sandbox sits at a number."""
    (await house.sandbox.put(f"/control/numbers/{number}", json={"scenario": persona})).raise_for_status()
