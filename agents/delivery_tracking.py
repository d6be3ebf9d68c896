"""Tells where an order is and when it comes, and changes it while that can be done.

The prompt is delivery_tracking.md.
"""

from agents.agent import Agent, Handoff
from domain.saying import Saying
from tools.address import verify_address
from tools.caller import ask_for_person, end_call, not_this_person
from tools.changes import carry_out, propose_change
from tools.deciding import ask_about_unavailable, decide_unavailable
from tools.orders import confirm_receipt, get_order_status, leave_at_door
from tools.proving import prove, send_code

delivery_tracking = Agent(
    name="delivery_tracking",
    tools=(
        get_order_status,
        verify_address,
        propose_change,
        carry_out,
        ask_about_unavailable,
        decide_unavailable,
        confirm_receipt,
        leave_at_door,
        send_code,
        prove,
        not_this_person,
        ask_for_person,
        end_call,
    ),
    handoffs=(
        Handoff("customer_order", when="the caller wants to order food"),
        Handoff(
            "customer_support",
            when="something is wrong with an order, money is wanted back, or the caller asks about our rules",
        ),
        Handoff("post_delivery", when="the caller praises an order or wants to rate one"),
    ),
    fillers=(
        Saying("One moment, let me check.", "एक पल, मैं पता करती हूँ।"),
        Saying("Let me have a look.", "जी, मैं अभी पता करती हूँ।"),
    ),
)
