"""Offers deliveries to drivers, and takes their word from the counter to the door.

The prompt is driver_assignment.md.
"""

from agents.agent import Agent
from tools.caller import ask_for_person, end_call
from tools.delivery import (
    confirm_delivery,
    confirm_pickup,
    get_pickup_details,
    report_at_restaurant,
    report_problem,
)
from tools.doorstep import leave_order, report_nobody_home, return_order
from tools.driving import assign_driver, decline_offer, hear_offer, update_driver_location

driver_assignment = Agent(
    name="driver_assignment",
    tools=(
        hear_offer,
        assign_driver,
        decline_offer,
        update_driver_location,
        get_pickup_details,
        report_at_restaurant,
        confirm_pickup,
        confirm_delivery,
        report_problem,
        report_nobody_home,
        leave_order,
        return_order,
        ask_for_person,
        end_call,
    ),
    serves=("driver",),
)
