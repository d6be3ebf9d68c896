"""Dishes and carts for tests that need no database."""

from uuid import UUID

from domain.cart import Cart, CartLine
from domain.ids import new_id
from domain.menu import Choice, Dish, Option, Size

KITCHEN = UUID("01900000-0000-7000-8000-000000000001")
SPICE = Choice(
    name="spice level",
    minimum=1,
    maximum=1,
    options=(Option(name="mild"), Option(name="medium"), Option(name="hot")),
)
EXTRAS = Choice(
    name="extras",
    minimum=0,
    maximum=2,
    options=(
        Option(name="extra gravy", price=150),
        Option(name="extra butter", price=75, allergens=("dairy",)),
        Option(name="extra onion", price=25),
    ),
)


def dish(
    name: str = "Dal Tadka",
    price: int = 900,
    *,
    sizes: tuple[Size, ...] = (),
    choices: tuple[Choice, ...] = (),
    allergens: tuple[str, ...] = (),
    available: bool = True,
    stock: int | None = None,
) -> Dish:
    """A dish of the test kitchen."""
    return Dish(
        id=new_id(),
        restaurant_id=KITCHEN,
        slug=name.lower().replace(" ", "-"),
        name=name,
        price=price,
        sizes=sizes,
        choices=choices,
        allergens=allergens,
        available=available,
        stock=stock,
    )


def tikka() -> Dish:
    """Sizes, a required choice and optional extras."""
    sizes = (Size(name="half", price=850), Size(name="full", price=1250))
    return dish("Paneer Tikka", 850, sizes=sizes, choices=(SPICE, EXTRAS), allergens=("dairy",))


def naan() -> Dish:
    """Nothing to ask about."""
    return dish("Garlic Naan", 350, allergens=("gluten", "dairy"))


def put(
    cart: Cart, what: Dish, quantity: int = 1, size: str | None = None, *choices: str, note: str | None = None
) -> CartLine:
    """Add to a cart in few words."""
    return cart.add(what, quantity, size, list(choices), note)
