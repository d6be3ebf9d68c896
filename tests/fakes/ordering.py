"""A call taken to the point where only a yes is missing."""

from agents import grammar
from tests.fakes.call import Talk, run
from tests.fakes.shop import Shop
from tools.address import verify_address
from tools.caller import get_customer_profile
from tools.cart import add_to_order
from tools.checkout import read_back_order


async def ready(talk: Talk, shop: Shop, dish: str = "Dal Tadka", quantity: int = 2) -> int:
    """A complete order for home; its cart version."""
    profile = await run(talk.call, get_customer_profile)
    found = await shop.dish(dish)
    size = found.sizes[-1].name if found.sizes else None
    await run(talk.call, add_to_order, dish=talk.offer(found), quantity=quantity, size=size)
    await run(talk.call, verify_address, saved=profile["addresses"][0]["address"])
    return talk.state.cart.version


async def agreed(talk: Talk, payment: str = "cash", answer: str = "Yes.") -> int:
    """Read back, heard to its end, and answered; the version that was read."""
    result = await run(talk.call, read_back_order, payment=payment)
    talk.hear()
    grammar.hear(talk.call, answer)
    version = result["cart_version"]
    assert isinstance(version, int)
    return version
