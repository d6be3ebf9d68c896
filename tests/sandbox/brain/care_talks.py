"""What callers say to three agents, and what has to stand in the fake systems afterwards."""

from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.brain.care import ORDER, PIZZA, SUPPORT, TODAY, TRACKING, YESTERDAY

MORE: dict[str, Any] = {"orders": [dict(TODAY), dict(YESTERDAY), dict(PIZZA)]}
LATE: dict[str, Any] = {
    "orders": [{**TODAY, "late": True, "say": "Your Spice Route order is ten minutes late."}]
}
PLACED = ["that's all", "yes", "cash", "yes, place it"]
CHANGED = "The order has changed meanwhile. Call propose_change again, and wait for a yes."
UNHEARD = "#[The proposal was interrupted and not heard.]"


@dataclass
class Talk:
    """What the caller says to whom; a turn that begins with # is a developer's note. Nothing else may have happened."""

    agent: str
    turns: list[str]
    hands: list[str] = field(default_factory=list)
    cart: list[str] = field(default_factory=list)
    payment: str | None = None
    complaints: list[tuple[str, str]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    done: list[dict[str, Any]] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    asked: int = 0
    ended: bool = False
    person: bool = False
    care: dict[str, Any] = field(default_factory=dict)
    line: dict[str, Any] = field(default_factory=dict)
    proposals: int | None = None


def money(order: str, reason: str, *dishes: str, **more: str) -> dict[str, Any]:
    return {"order": order, "reason": reason, **({"dishes": list(dishes)} if dishes else {}), **more}


COLD = money("order-2", "quality", "Chicken Biryani")
TALKS = {
    "an order, then where it is, then more of the order": Talk(
        ORDER,
        ["two garlic naan", "where is my order?", "ok, and I'd like a butter naan too", *PLACED, "yes"],
        [TRACKING, ORDER], ["2 Garlic Naan", "1 Butter Naan"], "cash", ended=True,
    ),
    "an order, a refund for yesterday's, and where today's is": Talk(
        ORDER,
        [
            "a large mango lassi please", "that's all", "no", "yes", "cash", "yes, place it",
            "yes. By the way, the biryani I got yesterday was cold and I want my money back",
            "thanks. And where is today's order?", "no, that's all, thank you",
        ],
        [SUPPORT, TRACKING], ["1 large Mango Lassi"], "cash", [("quality", "order-2")], [COLD], ended=True,
    ),
    "the first words to the tracking agent are an order": Talk(
        TRACKING, ["Yes I'd like one large mango lassi"], [ORDER], ["1 large Mango Lassi"]
    ),
    "the order goes on to the end after the tracking agent answered": Talk(
        TRACKING, ["Hi, two garlic naan please", *PLACED, "no"], [ORDER], ["2 Garlic Naan"], "cash", ended=True
    ),
    "a question about an order, twice, and goodbye": Talk(
        TRACKING, ["where is my order?", "and how long will it take?", "great, thanks"], ended=True
    ),
    "yes to the tracking agent's greeting": Talk(TRACKING, ["Yes.", "no, thank you"], ended=True),
    "it is here": Talk(TRACKING, ["I got my order, thanks", "no"], received=["order-1"], ended=True),
    "another address, agreed": Talk(
        TRACKING, ["can you bring it to 12 Commerce Street instead?", "yes please"],
        done=[{"order": "order-1", "action": "address", "address": "address-9"}],
    ),
    "another address, asked for": Talk(
        TRACKING, ["I need to change the address", "12 Commerce Street, Old Mill", "yes"],
        done=[{"order": "order-1", "action": "address", "address": "address-9"}],
    ),
    "another address, unclear": Talk(
        TRACKING, ["please deliver it to 9 Mill Street", "the harbor one", "yes"],
        done=[{"order": "order-1", "action": "address", "address": "address-9"}],
    ),
    "a place on nobody's file": Talk(
        TRACKING, ["can you bring it to the office instead", "yes"],
        done=[{"order": "order-1", "action": "address", "address": "address-9"}],
    ),
    "another address, refused by the caller": Talk(
        TRACKING, ["can you bring it to 12 Commerce Street instead?", "no, leave it", "bye"], ended=True, proposals=1
    ),
    "a proposal that was not heard is made again": Talk(
        TRACKING, ["cancel my order", UNHEARD, "sorry?", "yes"],
        done=[{"order": "order-1", "action": "cancel"}], proposals=2,
    ),
    "a yes to a proposal that was not heard is none": Talk(
        TRACKING, ["cancel my order", UNHEARD, "yes"], proposals=2
    ),
    "a mind changed while a proposal was spoken": Talk(
        TRACKING, ["cancel my order", "no, bring it to 12 Commerce Street instead", "yes"],
        done=[{"order": "order-1", "action": "address", "address": "address-9"}], proposals=2,
    ),
    "the order changed between proposal and yes": Talk(
        TRACKING, ["cancel my order", "yes", "yes"], done=[{"order": "order-1", "action": "cancel"}], proposals=2,
        care={"refusing": {"carry_out": CHANGED}},
    ),
    "a note for the rider": Talk(
        TRACKING, ["tell the rider to call me at the gate", "yes"],
        done=[{"order": "order-1", "action": "note", "note": "call me at the gate"}],
    ),
    "one dish less": Talk(
        TRACKING, ["take the garlic naan off my order", "yes, do that"],
        done=[{"order": "order-1", "action": "remove", "line": 2}],
    ),
    "fewer of a dish": Talk(
        SUPPORT, ["change the dal to one, please", "yes"],
        done=[{"order": "order-1", "action": "quantity", "line": 1, "quantity": 1}],
    ),
    "cancelling, as support does it": Talk(
        ORDER, ["I want to cancel the order I placed earlier", "yes"], [SUPPORT],
        done=[{"order": "order-1", "action": "cancel"}],
    ),
    "cancelling is refused, a person is wanted": Talk(
        SUPPORT, ["cancel my order", "yes", "no"], person=True, ended=True, proposals=0,
        care={"refusing": {"propose_change": "The restaurant is cooking this order, so only a person can cancel it. "
                           "Say so, and offer a call-back (ask_for_person)."}},
    ),
    "the cart itself is dropped without a handoff": Talk(
        ORDER, ["two garlic naan", "cancel the order"], cart=["2 Garlic Naan"], ended=True
    ),
    "never brought": Talk(
        TRACKING, ["yesterday's order never arrived"], [SUPPORT], complaints=[("not_delivered", "order-2")],
        refunds=[money("order-2", "not_delivered")],
    ),
    "missing, picked by the dish": Talk(
        SUPPORT, ["the pizza was missing"], complaints=[("missing_items", "order-3")],
        refunds=[money("order-3", "missing_items", "Margherita Pizza")], care=MORE,
    ),
    "several orders fit, one is asked for": Talk(
        SUPPORT, ["my food was cold", "the Slice Society one"], complaints=[("quality", "order-3")],
        refunds=[money("order-3", "quality")], care=MORE,
    ),
    "several orders fit, an ordinal answers": Talk(
        SUPPORT, ["my food was cold", "um", "the first one, and I want all of it back"],
        complaints=[("quality", "order-2")], refunds=[money("order-2", "quality", wanted="all of it")], care=MORE,
    ),
    "a refund without a reason": Talk(
        SUPPORT, ["I want a refund for yesterday's order", "the butter naan was missing", "no"],
        complaints=[("missing_items", "order-2")],
        refunds=[money("order-2", "missing_items", "Butter Naan")], ended=True,
    ),
    "what was missing is asked for": Talk(
        ORDER, ["something was missing from yesterday's order", "the lassi"], [SUPPORT],
        complaints=[("missing_items", "order-2")], refunds=[money("order-2", "missing_items", "Mango Lassi")],
    ),
    "one of two was missing": Talk(
        SUPPORT, ["one butter naan was missing from yesterday's order"], complaints=[("missing_items", "order-2")],
        refunds=[money("order-2", "missing_items", "1 Butter Naan")],
    ),
    "one wrong dish is that dish missing": Talk(
        SUPPORT, ["they sent rice instead of the biryani"], complaints=[("wrong_order", "order-2")],
        refunds=[money("order-2", "missing_items", "Chicken Biryani")],
    ),
    "one wrong dish, unnamed": Talk(
        SUPPORT, ["I got the wrong dish", "the lassi"], complaints=[("wrong_order", "order-2")],
        refunds=[money("order-2", "missing_items", "Mango Lassi")],
    ),
    "somebody else's order": Talk(
        SUPPORT, ["I got someone else's order"], complaints=[("wrong_order", "order-2")],
        refunds=[money("order-2", "wrong_order")],
    ),
    "late still, and money is wanted": Talk(
        TRACKING, ["it's an hour late, I want my money back"], [SUPPORT], complaints=[("late", "order-1")],
        refunds=[money("order-1", "late")],
    ),
    "a yes is worth nothing after another agent had the caller": Talk(
        ORDER, [
            "a large mango lassi please", "that's all", "no", "yes", "cash",
            "yes, but where is my order from this morning?", "no, back to my order",
        ],
        [TRACKING, ORDER], ["1 large Mango Lassi"],
    ),
    "two wishes in one breath": Talk(
        ORDER, ["two garlic naan please. By the way, where is my order?", "and a butter naan"], [TRACKING, ORDER],
        ["2 Garlic Naan", "1 Butter Naan"],
    ),
    "food and a complaint in one breath": Talk(
        ORDER, ["two butter naan please, and my biryani yesterday was cold"], [SUPPORT], ["2 Butter Naan"],
        complaints=[("quality", "order-2")], refunds=[COLD],
    ),
    "money is asked for after the complaint": Talk(
        SUPPORT, ["my order from yesterday came very late", "and I want my money back, twenty dollars"],
        complaints=[("late", "order-2")], refunds=[money("order-2", "late", wanted="twenty dollars")],
    ),
    "a second complaint about the same order": Talk(
        SUPPORT, ["the biryani was cold", "and the naan was missing"],
        complaints=[("quality", "order-2"), ("missing_items", "order-2")],
        refunds=[COLD, money("order-2", "missing_items", "Butter Naan")], care=MORE,
    ),
    "charged twice is no refund of a dish": Talk(
        ORDER, ["you charged me twice for yesterday's order"], [SUPPORT], complaints=[("charge", "order-2")]
    ),
    "a complaint without any order": Talk(
        SUPPORT, ["the driver was very rude to me"], complaints=[("conduct", "")], care={"orders": []}
    ),
    "the refund is refused": Talk(
        SUPPORT, ["the biryani was cold", "no"], complaints=[("quality", "order-2")], ended=True,
        care={"refusing": {"process_refund": "That dish was refunded already. Say so."}},
    ),
    "questions, one of which nobody knows": Talk(
        ORDER, ["do you deliver on Sundays?", "what is your policy on dogs?", "yes please"], [SUPPORT],
        asked=2, person=True,
    ),
    "a question while ordering, and back": Talk(
        ORDER, ["two garlic naan", "what is your refund policy?", "ok, back to my order", *PLACED], [SUPPORT, ORDER],
        ["2 Garlic Naan"], "cash", asked=1,
    ),
    "from a complaint to food": Talk(
        SUPPORT, ["the biryani was cold", "okay, then I'd like two butter naan please"], [ORDER], ["2 Butter Naan"],
        complaints=[("quality", "order-2")], refunds=[COLD],
    ),
    "from support to where it is": Talk(
        SUPPORT, ["do you deliver on Sundays?", "and where is my order now?", "no thanks"], [TRACKING],
        asked=1, ended=True,
    ),
    "Hindi and English": Talk(
        ORDER, ["mera order kahan hai", "biryani thandi thi, paisa wapas chahiye", "nahi"], [TRACKING, SUPPORT],
        complaints=[("quality", "order-2")], refunds=[COLD], ended=True,
    ),
    "cancelling in Hindi": Talk(
        TRACKING, ["order cancel kar do", "haan"], done=[{"order": "order-1", "action": "cancel"}]
    ),
    "support cannot be reached, the order goes on": Talk(
        ORDER, ["two garlic naan", "my biryani was cold yesterday", "a butter naan too"],
        cart=["2 Garlic Naan", "1 Butter Naan"], line={"refused": (SUPPORT,)},
    ),
    "support cannot be reached from tracking": Talk(
        TRACKING, ["the naan was missing", "yes please", "no"], person=True, ended=True, line={"refused": (SUPPORT,)}
    ),
    "tracking cannot be reached from support": Talk(
        SUPPORT, ["where is my order?", "no thanks"], ended=True, line={"refused": (TRACKING,)}
    ),
    "a stale tool call beside a handoff": Talk(
        ORDER, ["two garlic naan", "where is my order?", "I'd like a dal tadka, full"], [TRACKING, ORDER],
        ["2 Garlic Naan", "1 full Dal Tadka"], line={"stale": True},
    ),
    "the filler and the answer in one message": Talk(
        ORDER, ["the biryani was cold", "no, that's all"], [SUPPORT], complaints=[("quality", "order-2")],
        refunds=[COLD], ended=True, line={"merged": True},
    ),
    "not Asha, then a complaint": Talk(
        SUPPORT, ["I'm not Asha", "the driver was rude"], complaints=[("conduct", "")], care={"orders": []}
    ),
    "a person, please": Talk(TRACKING, ["let me speak to a person", "thanks, bye"], person=True, ended=True),
}  # fmt: skip
