"""Puts things right: complaints, refunds, changes to placed orders, and questions about how we do things.

The prompt is customer_support.md.
"""

from agents.agent import Agent, Handoff
from domain.saying import Saying
from tools.address import verify_address
from tools.caller import ask_for_person, end_call, not_this_person
from tools.changes import carry_out, propose_change
from tools.deciding import ask_about_unavailable, decide_unavailable
from tools.faq import answer_question
from tools.orders import get_order_status
from tools.proving import prove, send_code
from tools.support import file_complaint, process_refund

customer_support = Agent(
    name="customer_support",
    tools=(
        get_order_status,
        file_complaint,
        process_refund,
        verify_address,
        propose_change,
        carry_out,
        ask_about_unavailable,
        decide_unavailable,
        answer_question,
        send_code,
        prove,
        not_this_person,
        ask_for_person,
        end_call,
    ),
    handoffs=(
        Handoff("customer_order", when="the caller wants to order food"),
        Handoff("post_delivery", when="the caller praises an order or wants to rate one"),
        Handoff("delivery_tracking", when="the caller asks where an order is or when it comes"),
    ),
    fillers=(
        Saying("One moment, let me look into that.", "एक पल, मैं देखती हूँ।"),
        Saying("Let me look into that for you.", "जी, मैं अभी देखती हूँ।"),
    ),
)
