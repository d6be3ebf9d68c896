"""A tiny order system that keeps the tools' contract, and a telephone line to the policy in front of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz

from sandbox.policy.brain import answer
from sandbox.policy.request import Event, ModelRequest, Note, Result, Said, Spoke, Tool, ToolCall

Object = dict[str, Any]
SPICE = {"choice": "spice level", "required": True, "options": ["mild", "medium", "hot"]}
CRUST = {"choice": "crust", "required": True, "options": ["thin", "pan"]}
TOPPINGS = {
    "choice": "toppings",
    "required": False,
    "options": ["olives", "jalapenos", "mushrooms", "extra cheese"],
}
MENU: list[Object] = [
    {"name": "Paneer Tikka", "price": 1250, "sizes": ["half", "full"], "choices": [SPICE],
     "contains": ["dairy"], "tags": ["veg", "spicy"]},
    {"name": "Mango Lassi", "price": 450, "sizes": ["regular", "large"],
     "contains": ["dairy"], "tags": ["veg", "drink"]},
    {"name": "Butter Chicken", "price": 1400, "choices": [SPICE], "contains": ["dairy"], "tags": ["halal"]},
    {"name": "Garlic Naan", "price": 350, "contains": ["gluten", "dairy"], "tags": ["veg", "bread"]},
    {"name": "Butter Naan", "price": 300, "contains": ["gluten", "dairy"], "tags": ["veg", "bread"]},
    {"name": "Dal Tadka", "price": 950, "sizes": ["half", "full"], "tags": ["vegan", "veg"]},
    {"name": "Chana Masala", "price": 900, "tags": ["vegan", "veg", "spicy"]},
    {"name": "Rasmalai", "price": 500, "sold_out": True,
     "contains": ["dairy"], "tags": ["veg", "dessert", "sweet"]},
    {"name": "Gulab Jamun", "price": 400,
     "contains": ["dairy", "gluten"], "tags": ["veg", "dessert", "sweet"]},
    {"name": "Peanut Satay Pizza", "price": 1500, "sizes": ["small", "large"], "choices": [CRUST, TOPPINGS],
     "contains": ["peanut"], "tags": ["pizza"]},
    {"name": "Margherita Pizza", "price": 1200, "sizes": ["small", "medium", "large"], "choices": [CRUST, TOPPINGS],
     "contains": ["dairy"], "tags": ["veg", "pizza"]},
]  # fmt: skip
KITCHENS = {"pizza": "Slice Society, Harbor"}
SYSTEM_SPEAKS = ("read_back_order", "ask_contact_consent", "end_call")
ARGUMENTS = {
    "get_customer_profile": "", "search_menu": "query restaurant diet without max_price",
    "add_to_order": "dish quantity size choices note", "change_order_line": "line quantity size choices note",
    "remove_from_order": "line", "set_allergies": "allergens", "set_substitution": "preference",
    "set_delivery_time": "day time", "verify_address": "saved text flat landmark note recipient",
    "suggest_addition": "", "calculate_total": "promotion_code", "read_back_order": "payment",
    "place_order": "cart_version payment", "ask_contact_consent": "", "get_order_status": "order",
    "not_this_person": "", "ask_for_person": "reason", "end_call": "farewell",
}  # fmt: skip
TOOLS = {
    name: Tool(
        name, name.replace("_", " "), {"type": "object", "properties": {word: {} for word in words.split()}}
    )
    for name, words in ARGUMENTS.items()
}
ASHA: Object = {
    "known": True,
    "first_name": "Asha",
    "usual": [],
    "addresses": [{"address": "address-1", "spoken": "home, 12 Juniper Lane"}],
    "cards": [
        {"card": "card-1", "spoken": "Visa ending in 4242"},
        {"card": "card-2", "spoken": "Mastercard ending in 0002"},
    ],
    "allergies": [],
}
STRANGER: Object = {"known": False}


def _money(cents: int) -> str:
    return f"${cents / 100:.2f}"


@dataclass
class Kitchen:
    """The order of one call. `declining` are cards the bank refuses."""

    profile: Object = field(default_factory=lambda: dict(ASHA))
    declining: set[str] = field(default_factory=set)
    lines: dict[str, Object] = field(default_factory=dict)
    version: int = 0
    read: int | None = None
    placed: Object | None = None
    address: str = ""
    facts: Object = field(default_factory=dict)
    ended: bool = False

    def run(self, call: ToolCall) -> Object:
        if call.name not in ARGUMENTS:
            return {"error": f"No tool {call.name}."}
        act: Callable[..., Object] = getattr(self, f"_{call.name}")
        return act(**call.arguments)

    def what(self) -> list[str]:
        """The order in words, for assertions."""
        return [self._text(line) for line in self.lines.values()]

    def _dish(self, handle: str) -> Object:
        return MENU[int(handle.removeprefix("dish-")) - 1]

    def _shown(self, index: int) -> Object:
        dish = MENU[index]
        kitchen = KITCHENS["pizza"] if "pizza" in dish["tags"] else "Spice Route, Old Mill"
        return {
            "sizes": [], "choices": [], "contains": [], "sold_out": False, **dish,
            "dish": f"dish-{index + 1}", "restaurant": kitchen, "price": _money(dish["price"]),
        }  # fmt: skip

    def _get_customer_profile(self) -> Object:
        return self.profile

    def _search_menu(
        self,
        query: str,
        diet: str = "",
        without: list[str] | None = None,
        max_price: int = 0,
        restaurant: str = "",
    ) -> Object:
        scored = []
        for index, dish in enumerate(MENU):
            if (diet and diet not in dish["tags"]) or set(without or []) & set(dish.get("contains", [])):
                continue
            if max_price and dish["price"] > max_price * 100:
                continue
            text = f"{dish['name']} {' '.join(dish['tags'])}".lower()
            score = max(
                (
                    fuzz.ratio(word.rstrip("s"), other)
                    for word in query.lower().split()
                    for other in text.split()
                ),
                default=0,
            )
            if score > 75 or (diet or without or max_price):
                scored.append((score + fuzz.token_set_ratio(query.lower(), text) / 10, index))
        best = [index for _, index in sorted(scored, key=lambda pair: (-pair[0], pair[1]))[:3]]
        return (
            {"dishes": [self._shown(index) for index in best]}
            if best
            else {"dishes": [], "note": "Nothing like that."}
        )

    def _text(self, line: Object) -> str:
        named = " ".join(
            filter(None, [str(line["quantity"]), line.get("size"), self._dish(line["dish"])["name"]])
        )
        return ", ".join(filter(None, [named, *line["choices"], line.get("note")]))

    def _line(self, handle: str) -> Object:
        line, dish = self.lines[handle], self._dish(self.lines[handle]["dish"])
        self.version += 1
        base = {"line": handle, "cart_version": self.version}
        if dish.get("sizes") and not line.get("size"):
            ask = f"Which size of {dish['name']}: {' or '.join(dish['sizes'])}?"
            return {"status": "incomplete", **base, "missing": "size", "ask": ask, "options": dish["sizes"]}
        for choice in dish.get("choices", []):
            if choice["required"] and not set(choice["options"]) & set(line["choices"]):
                ask = f"Which {choice['choice']} for {dish['name']}: {', '.join(choice['options'])}?"
                return {
                    "status": "incomplete",
                    **base,
                    "missing": choice["choice"],
                    "ask": ask,
                    "options": choice["options"],
                }
        return {"status": "added", **base, "line_text": self._text(line), "subtotal": "$1.00"}

    def _add_to_order(
        self, dish: str, quantity: int = 1, size: str = "", choices: list[str] | None = None, note: str = ""
    ) -> Object:
        found = self._dish(dish)
        if found.get("sold_out"):
            return {"error": f"{found['name']} is sold out. Offer Gulab Jamun (dish-9)."}
        handle = f"line-{len(self.lines) + 1}"
        self.lines[handle] = {
            "dish": dish,
            "quantity": quantity,
            "size": size,
            "choices": choices or [],
            "note": note,
        }
        return self._line(handle)

    def _change_order_line(self, line: str, **changes: Any) -> Object:
        if (choices := changes.pop("choices", None)) is not None:
            offered = [
                set(choice["options"]) for choice in self._dish(self.lines[line]["dish"]).get("choices", [])
            ]
            replaced = set().union(*(options for options in offered if options & set(choices)))
            kept = [choice for choice in self.lines[line]["choices"] if choice not in replaced]
            self.lines[line]["choices"] = [*kept, *choices]
        self.lines[line] |= changes
        return self._line(line)

    def _remove_from_order(self, line: str) -> Object:
        del self.lines[line]
        self.version += 1
        return {"status": "removed", "cart_version": self.version}

    def _set_allergies(self, allergens: list[str]) -> Object:
        self.facts["allergens"] = allergens
        conflicts = []
        for handle, line in self.lines.items():
            dish = self._dish(line["dish"])
            conflicts += [
                {"line": handle, "name": dish["name"], "contains": name}
                for name in allergens
                if name in dish.get("contains", [])
            ]
        said = f"I've told the kitchen about {' and '.join(allergens)}."
        return {"status": "noted", "conflicts": conflicts, "say": said}

    def _set_substitution(self, preference: str) -> Object:
        self.facts["substitution"] = preference
        return {"status": "noted", "say": "Noted."}

    def _set_delivery_time(self, day: str, time: str) -> Object:
        self.facts["time"] = (day, time)
        return {"status": "noted", "say": f"For {day} at {time}."}

    def _verify_address(self, saved: str = "", text: str = "", **more: str) -> Object:
        known = {
            "address-1": "12 Juniper Lane, Old Mill",
            "address-2": "9 Mill Street, Old Mill",
            "address-3": "9 Mill Street, Harbor",
        }
        if saved:
            self.address = known[saved]
        elif "mill street" in text.lower() and not any(
            area in text.lower() for area in ("harbor", "old mill")
        ):
            options = [{"address": handle, "spoken": known[handle]} for handle in ("address-2", "address-3")]
            return {
                "status": "unclear",
                "ask": "Is that Mill Street in Old Mill, or in Harbor?",
                "options": options,
            }
        elif "mars" in text.lower():
            return {"status": "not_found", "ask": "I could not find that street. What is it near?"}
        else:
            self.address = text
        self.facts |= more
        return {"status": "deliverable", "address": "address-9", "spoken": self.address, "minutes": 35}

    def _suggest_addition(self) -> Object:
        if any(line["dish"] == "dish-4" for line in self.lines.values()):
            return {"suggest": None}
        naan = {"dish": "dish-4", "name": "Garlic Naan", "price": "$3.50"}
        return {"suggest": naan, "say": "Would you like garlic naan with that?"}

    def _calculate_total(self, promotion_code: str = "") -> Object:
        return {"cart_version": self.version, "lines": [], "total": "$31.06"}

    def _read_back_order(self, payment: str) -> Object:
        if not self.address:
            return {"error": "Ask for the delivery address first, with verify_address."}
        self.read = self.version
        return {"status": "reading", "cart_version": self.version, "next": "Wait for the caller's answer."}

    def _place_order(self, cart_version: int, payment: str) -> Object:
        if cart_version != self.read or cart_version != self.version:
            return {"error": "The order changed. Read it back again with read_back_order."}
        if payment in self.declining:
            return {"status": "declined", "say": "That card was declined.", "cards": self.profile["cards"]}
        self.placed = {"payment": payment, "address": self.address, "lines": self.what()}
        return {
            "status": "placed",
            "order": "order-1",
            "code": "482913",
            "minutes": 40,
            "say": "Your order is placed. Your code is 4 8 2, 9 1 3.",
        }

    def _ask_contact_consent(self) -> Object:
        return {"status": "asked"}

    def _get_order_status(self, order: str = "") -> Object:
        return {"status": "preparing", "say": "Your order is being prepared."}

    def _not_this_person(self) -> Object:
        self.facts["forgotten"] = True
        return {"status": "forgotten"}

    def _ask_for_person(self, reason: str = "") -> Object:
        self.facts["person"] = True
        return {"status": "callback", "say": "A person will call you back by eight."}

    def _end_call(self, farewell: str = "") -> Object:
        self.ended = True
        return {"status": "ended"}


@dataclass
class Line:
    """A telephone line: say something, get what the policy says, with its tools run in between."""

    kitchen: Kitchen = field(default_factory=Kitchen)
    events: list[Event] = field(default_factory=lambda: [Spoke("Thanks for calling. What would you like?")])
    batches: list[list[str]] = field(default_factory=list)
    parallel: bool = True

    def say(self, text: str) -> str:
        """One turn; the answer is what was spoken until the caller's turn came again."""
        self.events.append(Said(text))
        return self.run()

    def note(self, text: str) -> None:
        self.events.append(Note(text))

    def run(self) -> str:
        """Ask the policy until it has spoken or a tool has spoken for it."""
        self.batches.clear()
        for _ in range(12):
            request = ModelRequest("stand-in", "You take orders.", TOOLS, tuple(self.events), self.parallel)
            reply = answer(request)
            if reply.text:
                self.events.append(Spoke(reply.text))
            if not reply.calls:
                return reply.text
            calls = reply.calls if self.parallel else reply.calls[:1]
            self.batches.append([call.name for call in calls])
            for number, call in enumerate(calls):
                made = ToolCall(call.name, call.arguments, f"call-{len(self.events)}-{number}")
                self.events += [made, Result(made, self.kitchen.run(made))]
            if any(call.name in SYSTEM_SPEAKS for call in calls):
                return reply.text
        raise AssertionError(f"The policy goes in circles: {self.batches}")
