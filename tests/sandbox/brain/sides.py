"""A line on which one agent's tools answer what a test wrote down for them."""

from dataclasses import dataclass, field

from sandbox.policy.brain import answer
from sandbox.policy.request import Event, ModelRequest, Note, Result, Said, Spoke, Tool, ToolCall
from tests.sandbox.brain.kitchen import Object

DRIVER = (
    "hear_offer assign_driver decline_offer update_driver_location get_pickup_details report_at_restaurant "
    "confirm_pickup confirm_delivery report_problem report_nobody_home leave_order return_order ask_for_person end_call"
)
FEEDBACK = (
    "get_order_status confirm_receipt rate_order file_complaint offer_promotion stop_calls not_this_person "
    "ask_for_person end_call transfer_to_customer_support transfer_to_customer_order"
)
KITCHEN = (
    "notify_restaurant confirm_preparation_time reject_order handle_unavailable_item pass_on_change mark_ready "
    "pause_kitchen resume_kitchen ask_for_person end_call"
)
ARGUMENTS = {
    "notify_restaurant": "order", "confirm_preparation_time": "order minutes", "reject_order": "order reason",
    "handle_unavailable_item": "order line substitute", "pass_on_change": "order", "mark_ready": "order",
    "pause_kitchen": "minutes",
    "assign_driver": "order", "decline_offer": "order reason", "update_driver_location": "place lat lng",
    "get_pickup_details": "order", "report_at_restaurant": "order", "confirm_pickup": "order",
    "confirm_delivery": "order code", "report_problem": "order what",
    "report_nobody_home": "order", "leave_order": "order", "return_order": "order", "rate_order": "order stars comment",
    "confirm_receipt": "order", "stop_calls": "orders_too", "ask_for_person": "reason", "end_call": "farewell",
    "get_order_status": "order", "transfer_to_customer_support": "reason", "transfer_to_customer_order": "reason",
    "file_complaint": "kind what order", "pay_order": "order payment",
}  # fmt: skip
SILENT = ("end_call", "stop_calls")
"""After these the system speaks, and the model is not asked again."""


@dataclass
class SideLine:
    """Who speaks with the stand-in. `tools` are names, `answers` what they say: the last one again and again."""

    tools: str
    answers: dict[str, list[Object]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=lambda: [Spoke("Tiffin's AI. How can I help?")])
    calls: list[tuple[str, Object]] = field(default_factory=list)

    def say(self, text: str) -> str:
        """One turn; the calls it led to are in `calls`, all that is spoken comes back."""
        self.events.append(Said(text))
        self.calls.clear()
        return self.run()

    def note(self, text: str) -> str:
        """What the developer tells; what is spoken then comes back."""
        self.events.append(Note(text))
        return self.run()

    def run(self) -> str:
        offered = {
            name: Tool(
                name, name, {"type": "object", "properties": {w: {} for w in ARGUMENTS.get(name, "").split()}}
            )
            for name in self.tools.split()
        }
        said: list[str] = []
        for _ in range(12):
            reply = answer(ModelRequest("stand-in", "A prompt.", offered, tuple(self.events)))
            if reply.text:
                self.events.append(Spoke(reply.text))
                said.append(reply.text)
            if not reply.calls:
                return " ".join(said)
            for call in reply.calls:
                assert call.name in offered
                made = ToolCall(call.name, call.arguments, f"call-{len(self.events)}")
                self.calls.append((call.name, call.arguments))
                self.events += [made, Result(made, self._answer(call.name))]
            if any(call.name in SILENT or call.name.startswith("transfer_to_") for call in reply.calls):
                return " ".join(said)
        raise AssertionError(f"The policy goes in circles: {self.calls}")

    def _answer(self, name: str) -> Object:
        given = self.answers.get(name, [{"status": "done", "say": f"{name} done."}])
        return given.pop(0) if len(given) > 1 else given[0]
