"""People as the rules of calling see them: everything known, everything agreed, in a city of one's choice."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from db.seeding.calling import read_calling
from domain.calling import Answer, Facts, Kind
from domain.calling_rules import Calling, Channel, Purpose
from domain.hours import Hours
from domain.whereabouts import Locality

RULES = read_calling()
CALL, SMS = Channel.CALL, Channel.SMS
ORDER, PARTNER, FEEDBACK, PROMOTION = (
    Purpose.ORDER_SERVICE,
    Purpose.PARTNER_OPERATIONS,
    Purpose.FEEDBACK,
    Purpose.PROMOTION,
)
NEW_YORK, CHICAGO, LOS_ANGELES = "America/New_York", "America/Chicago", "America/Los_Angeles"
KOLKATA = "Asia/Kolkata"
YES = Answer(granted=True, wording="May we?", written=True)


def switched_on(rules: Calling = RULES) -> Calling:
    """The rules as they are once what is off is switched on: the hours behind it."""
    return replace(rules, off=[])


def customer(zone: str = CHICAGO, state: str | None = "TX", market: str = "US") -> Facts:
    """Somebody whose dinner is on its way, who has said yes to everything, with a number of where they live."""
    place = Locality(zone, state)
    return Facts(
        kind=Kind.CUSTOMER,
        market=market,
        number="+15125550110" if market == "US" else "+919876543210",
        reachable=True,
        address=place,
        number_at=(place,),
        consents=dict.fromkeys((ORDER, FEEDBACK, PROMOTION), YES),
        order_in_flight=True,
    )


def indian() -> Facts:
    """The same in India."""
    return customer(KOLKATA, None, "IN")


def kitchen(zone: str = CHICAGO, market: str = "US") -> Facts:
    """A restaurant open from eleven to three and from five to half past ten, and on Fridays until two."""
    day = ["11:00-15:00", "17:00-22:30"]
    week = {"mon": day, "tue": day, "wed": day, "thu": day, "fri": ["18:00-02:00"]}
    return Facts(
        kind=Kind.RESTAURANT,
        market=market,
        number="+15125550120" if market == "US" else "+919876543211",
        reachable=True,
        agreement=True,
        hours=Hours(week, zone),
    )


def driver(on_shift: bool = True) -> Facts:
    """A driver."""
    return Facts(
        kind=Kind.DRIVER,
        market="US",
        number="+15125550130",
        reachable=True,
        agreement=True,
        on_shift=on_shift,
    )


def at(text: str, zone: str = CHICAGO) -> datetime:
    """A wall clock's "2026-03-03 09:00" as a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
