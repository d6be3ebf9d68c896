"""Twilio's JSON: how calls, recordings, messages and pages of them look."""

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from sandbox.twilio.call import Call
from sandbox.twilio.messages import Message
from sandbox.twilio.network import Recording

VERSION = "2010-04-01"


def date(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None


def call(account: str, it: Call) -> dict[str, Any]:
    return {
        "sid": it.sid,
        "account_sid": account,
        "from": it.from_,
        "from_formatted": it.from_,
        "to": it.to,
        "to_formatted": it.to,
        "status": it.state,
        "direction": it.direction,
        "answered_by": it.answered_by,
        "api_version": VERSION,
        "date_created": date(it.created_at),
        "date_updated": date(it.ended_at or it.answered_at or it.created_at),
        "start_time": date(it.answered_at),
        "end_time": date(it.ended_at),
        "duration": str(it.seconds) if it.over else None,
        "price": None,
        "price_unit": "USD",
        "parent_call_sid": None,
        "uri": f"/{VERSION}/Accounts/{account}/Calls/{it.sid}.json",
        "subresource_uris": {},
    }


def recording(account: str, it: Recording) -> dict[str, Any]:
    return {
        "sid": it.sid,
        "account_sid": account,
        "call_sid": it.call.sid,
        "status": it.status,
        "channels": it.channels,
        "source": "StartCallRecordingAPI",
        "duration": str(it.call.seconds) if it.call.over else None,
        "start_time": date(it.at),
        "date_created": date(it.at),
        "date_updated": date(it.at),
        "price": None,
        "uri": f"/{VERSION}/Accounts/{account}/Recordings/{it.sid}.json",
    }


def message(account: str, it: Message) -> dict[str, Any]:
    return {
        "sid": it.sid,
        "account_sid": account,
        "from": it.from_,
        "to": it.to,
        "body": it.body,
        "status": it.status,
        "direction": it.direction,
        "num_segments": "1",
        "num_media": "0",
        "error_code": None,
        "error_message": None,
        "api_version": VERSION,
        "date_created": date(it.at),
        "date_updated": date(it.at),
        "date_sent": date(it.at),
        "price": None,
        "price_unit": "USD",
        "uri": f"/{VERSION}/Accounts/{account}/Messages/{it.sid}.json",
        "subresource_uris": {},
    }


def page(uri: str, name: str, items: list[dict[str, Any]], size: int) -> dict[str, Any]:
    return {
        name: items,
        "page": 0,
        "page_size": size,
        "start": 0,
        "end": max(0, len(items) - 1),
        "uri": uri,
        "first_page_uri": uri,
        "next_page_uri": None,
        "previous_page_uri": None,
    }
