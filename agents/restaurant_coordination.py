"""Speaks with kitchens: announces orders, takes minutes or a no, deals with what has run out.

The prompt is restaurant_coordination.md.
"""

from agents.agent import Agent
from tools.caller import ask_for_person, end_call
from tools.kitchen import (
    confirm_preparation_time,
    mark_ready,
    notify_restaurant,
    pass_on_change,
    pause_kitchen,
    reject_order,
    resume_kitchen,
)
from tools.sold_out import handle_unavailable_item

restaurant_coordination = Agent(
    name="restaurant_coordination",
    tools=(
        notify_restaurant,
        confirm_preparation_time,
        reject_order,
        handle_unavailable_item,
        pass_on_change,
        mark_ready,
        pause_kitchen,
        resume_kitchen,
        ask_for_person,
        end_call,
    ),
    serves=("restaurant",),
)
