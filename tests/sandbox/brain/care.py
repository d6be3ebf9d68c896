"""Placed orders, complaints and refunds beside the kitchen, and a line on which agents hand the caller on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.policy.brain import answer
from sandbox.policy.request import Event, ModelRequest, Note, Result, Said, Spoke, Tool, ToolCall
from tests.sandbox.brain.kitchen import SYSTEM_SPEAKS, TOOLS, Kitchen, Object

ORDER, TRACKING, SUPPORT = "customer_order", "delivery_tracking", "customer_support"
FILLER = "One moment, let me look into that."
COMMON = "get_order_status not_this_person ask_for_person end_call"
CHANGES = "propose_change carry_out"
OFFERED = {
    ORDER: f"{' '.join(TOOLS)} transfer_to_delivery_tracking transfer_to_customer_support",
    TRACKING: f"{COMMON} {CHANGES} verify_address confirm_receipt "
    "transfer_to_customer_order transfer_to_customer_support",
    SUPPORT: f"{COMMON} {CHANGES} file_complaint process_refund answer_question "
    "transfer_to_customer_order transfer_to_delivery_tracking",
}
ARGUMENTS = {
    "propose_change": "order action line quantity note address", "carry_out": "change", "confirm_receipt": "order",
    "file_complaint": "kind what order", "process_refund": "order reason dishes wanted", "answer_question": "question",
}  # fmt: skip


def _tool(name: str) -> Tool:
    words = "reason" if name.startswith("transfer_to_") else ARGUMENTS.get(name, "")
    schema = {"type": "object", "properties": {word: {} for word in words.split()}}
    return TOOLS.get(name) or Tool(name, name.replace("_", " "), schema)


TOOLSETS = {agent: {name: _tool(name) for name in names.split()} for agent, names in OFFERED.items()}
TODAY: Object = {
    "order": "order-1", "status": "preparing", "restaurant": "Spice Route, Old Mill", "total": "$24.36",
    "ordered": "today at 12:30 pm", "lines": ["2 Dal Tadka (full)", "1 Garlic Naan"], "code": "four eight two",
    "late": False, "say": "Your Spice Route order is being prepared. It should be with you in about 15 to 20 minutes.",
}  # fmt: skip
YESTERDAY: Object = {
    "order": "order-2", "status": "delivered", "restaurant": "Spice Route, Old Mill", "total": "$31.06",
    "ordered": "Tuesday at 7:10 pm", "lines": ["1 Chicken Biryani", "2 Butter Naan", "1 Mango Lassi (large)"],
    "late": False, "say": "Your Spice Route order was delivered Tuesday at 8:05 pm.",
}  # fmt: skip
PIZZA: Object = {
    "order": "order-3", "status": "delivered", "restaurant": "Slice Society, Harbor", "total": "$18.00",
    "ordered": "Monday at 8 pm", "lines": ["1 Margherita Pizza (large)"],
    "late": False, "say": "Your Slice Society order was delivered Monday at 8:50 pm.",
}  # fmt: skip
RULES = {
    "sunday": "Yes, we deliver on Sundays from eleven to eleven.",
    "refund": "A refund reaches your card in five to seven days.",
}


@dataclass
class Care(Kitchen):
    """The kitchen and what happens after it. `refusing` answers a tool with an error, once or always (`forever`)."""

    orders: list[Object] = field(default_factory=lambda: [dict(TODAY), dict(YESTERDAY)])
    refusing: dict[str, str] = field(default_factory=dict)
    forever: bool = False
    complaints: list[Object] = field(default_factory=list)
    refunds: list[Object] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    offers: list[Object] = field(default_factory=list)
    done: list[Object] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    agreed: bool = False

    def run(self, call: ToolCall) -> Object:
        if call.name in self.refusing:
            error = self.refusing[call.name] if self.forever else self.refusing.pop(call.name)
            return {"error": error}
        act: Callable[..., Object] = getattr(self, f"_{call.name}")
        return act(**call.arguments)

    def _known(self, handle: str) -> Object:
        return next(order for order in self.orders if order["order"] == handle)

    def _get_order_status(self, order: str = "") -> Object:
        found = [self._known(order)] if order else self.orders
        if not found:
            return {"orders": [], "next": "Say there is no order from this number, and offer to take one."}
        return {"orders": [dict(one) for one in found]}

    def _propose_change(self, order: str, action: str, **more: Any) -> Object:
        self._known(order)
        self.offers.append({"order": order, "action": action, **more})
        self.agreed = False
        return {"status": "proposed", "change": f"change-{len(self.offers)}", "next": "Wait for the answer."}

    def _carry_out(self, change: str) -> Object:
        if not self.agreed:
            return {"error": "The caller did not agree. Do what they asked for."}
        offer = self.offers[int(change.removeprefix("change-")) - 1]
        self.done.append(offer)
        return {"status": "done", "order": offer["order"], "say": "Done."}

    def _confirm_receipt(self, order: str) -> Object:
        self.received.append(order)
        return {"status": "noted", "say": "Thank you, I've noted that it arrived."}

    def _file_complaint(self, kind: str, what: str, order: str = "") -> Object:
        self.complaints.append({"kind": kind, "what": what, "order": order})
        return {
            "status": "filed",
            "complaint": "complaint-1",
            "say": "I've filed that; the reference is C one.",
        }

    def _process_refund(self, order: str, reason: str, **more: Any) -> Object:
        self.refunds.append({"order": order, "reason": reason, **more})
        return {"status": "refunded", "refund": "$3.50", "say": "Three dollars fifty go back to your Visa."}

    def _answer_question(self, question: str) -> Object:
        self.asked.append(question)
        if known := next((said for word, said in RULES.items() if word in question.lower()), ""):
            return {"status": "answered", "say": known, "source": "faq"}
        said = "I don't know that, and I'd rather not guess. Shall a person call you back?"
        return {"status": "unknown", "say": said, "next": "Offer ask_for_person."}


@dataclass
class CareLine:
    """A telephone line with three agents behind it: who has the caller, and who had them.

    `refused` are agents that cannot be reached; `stale` makes the next handoff bring a call of a tool that is gone.
    """

    agent: str = ORDER
    care: Care = field(default_factory=Care)
    events: list[Event] = field(default_factory=lambda: [Spoke("Thanks for calling. How can I help?")])
    refused: tuple[str, ...] = ()
    stale: bool = False
    merged: bool = False
    hands: list[str] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)

    def say(self, text: str) -> str:
        """One turn of the caller; the answer is what was spoken until their turn came again."""
        self.care.agreed = text.lower().startswith(("yes", "haan"))
        self.events.append(Said(text))
        return self.run()

    def note(self, text: str) -> None:
        self.events.append(Note(text))

    def run(self) -> str:
        """Ask the policy until it has spoken or the system has spoken for it."""
        self.batches.clear()
        for _ in range(14):
            request = ModelRequest("stand-in", "A prompt.", TOOLSETS[self.agent], tuple(self.events))
            reply = answer(request)
            if reply.text:
                self._speak(reply.text)
            if not reply.calls:
                return reply.text
            self.batches.append([call.name for call in reply.calls])
            assert set(self.batches[-1]) <= TOOLSETS[self.agent].keys()
            if len(reply.calls) == 1 and reply.calls[0].name.startswith("transfer_to_"):
                assert not reply.text, "a handoff is silent"
                self._hand_on(reply.calls[0])
                continue
            for number, call in enumerate(reply.calls):
                made = ToolCall(call.name, call.arguments, f"call-{len(self.events)}-{number}")
                self.events += [made, Result(made, self.care.run(made))]
            if any(call.name in (*SYSTEM_SPEAKS, "propose_change") for call in reply.calls) and self._spoke():
                return reply.text
        raise AssertionError(f"The policy goes in circles: {self.batches}")

    def _spoke(self) -> bool:
        """Whether the system speaks now; a refused proposal is the model's to tell."""
        last = self.events[-1]
        if not isinstance(last, Result) or "error" in last.content:
            return False
        if last.call.name == "propose_change":
            self.events.append(Spoke("That changes your Spice Route order. Shall I do that?"))
        return True

    def _speak(self, text: str) -> None:
        last = self.events[-1]
        if self.merged and isinstance(last, Spoke) and last.text == FILLER:
            self.events[-1] = Spoke(f"{FILLER} {text}")
        else:
            self.events.append(Spoke(text))

    def _hand_on(self, call: ToolCall) -> None:
        made = ToolCall(call.name, call.arguments, f"call-{len(self.events)}")
        target = call.name.removeprefix("transfer_to_")
        if target in self.refused:
            answered: Object = {
                "status": "rejected",
                "next": "That agent cannot be reached now; help as far as you can.",
            }
            self.events += [made, Result(made, answered)]
            return
        answered = {
            "status": "transferred", "from": self.agent, "to": target, "reason": call.arguments["reason"],
            "summary": "The caller is known by their number.", "next": "Go on from their last words.",
        }  # fmt: skip
        self.events += [made, Result(made, answered)]
        if self.stale:
            gone = ToolCall("search_menu", {"query": "dal tadka"}, f"call-{len(self.events)}-gone")
            self.events += [
                gone,
                Result(gone, {"text": "The function `search_menu` is not currently available."}),
            ]
        self.events.append(Spoke(FILLER))
        self.agent = target
        self.hands.append(target)
