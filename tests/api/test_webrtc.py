"""A browser picks up the phone."""

from collections.abc import AsyncIterator, Callable

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack
from sqlalchemy import select

from api.webrtc import ice_server
from db.models import CallRow, Customer
from domain.ids import Prefix, new_id, show
from tests.api.conftest import OPERATE, PUBLIC, READ, House

Bearer = Callable[[str], dict[str, str]]


@pytest.fixture
async def browser() -> AsyncIterator[RTCPeerConnection]:
    """The other end of a peer connection."""
    connection = RTCPeerConnection()
    connection.addTrack(AudioStreamTrack())
    connection.createDataChannel("signalling")
    await connection.setLocalDescription(await connection.createOffer())
    yield connection
    await connection.close()


def offer(browser: RTCPeerConnection, **data: str) -> dict[str, object]:
    return {"sdp": browser.localDescription.sdp, "type": browser.localDescription.type, "request_data": data}


async def calls(house: House) -> list[CallRow]:
    async with house.runtime.sessions() as session:
        return list(await session.scalars(select(CallRow)))


async def test_a_browser_is_connected_as_the_person_it_plays(
    house: House, browser: RTCPeerConnection, bearer: Bearer
) -> None:
    asked = offer(browser, **{"as": "+911000000110"})
    answer = await house.client.post("/webrtc/offer", json=asked, headers=bearer(OPERATE))
    assert answer.status_code == 200
    described = answer.json()
    await browser.setRemoteDescription(RTCSessionDescription(described["sdp"], described["type"]))
    await house.exchange.begun.wait()
    (row,) = await calls(house)
    assert (row.channel, row.market, row.line, row.phone) == (
        "webrtc",
        "IN",
        "+911000000100",
        "+911000000110",
    )
    assert house.exchange.legs[0].call_id == row.id
    late = {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdp_mid": "0", "sdp_mline_index": 0}
    more = {"pc_id": described["pc_id"], "candidates": [late]}
    patched = await house.client.patch("/webrtc/offer", json=more, headers=bearer(OPERATE))
    assert patched.json() == {"status": "success"}


async def test_a_person_can_be_named_by_their_id(
    house: House, browser: RTCPeerConnection, bearer: Bearer
) -> None:
    async with house.runtime.sessions() as session:
        customers = {row.phone: row.id for row in await session.scalars(select(Customer))}
    asked = offer(browser, **{"as": show(Prefix.CUSTOMER, customers["+15125550111"])})
    answer = await house.client.post("/webrtc/offer", json=asked, headers=bearer(OPERATE))
    assert answer.status_code == 200
    (row,) = await calls(house)
    assert row.customer_id == customers["+15125550111"]
    assert row.line == "+15125550100"


async def test_refusals_make_no_call(house: House, browser: RTCPeerConnection, bearer: Bearer) -> None:
    asked = offer(browser, **{"as": "+15125550110"})

    async def code(body: dict[str, object], headers: dict[str, str]) -> int:
        return (await house.client.post("/webrtc/offer", json=body, headers=headers)).status_code

    assert await code(asked, {}) == 401
    assert await code(asked, bearer(READ)) == 403
    assert await code(asked, bearer(OPERATE) | {"Origin": "https://elsewhere.example"}) == 403
    assert (
        await code(asked | {"request_data": {"as": show(Prefix.CUSTOMER, new_id())}}, bearer(OPERATE)) == 404
    )
    assert await code(asked | {"request_data": {"as": "somebody"}}, bearer(OPERATE)) == 422
    house.runtime.capacity = 0
    assert await code(asked, bearer(OPERATE) | {"Origin": PUBLIC}) == 503
    assert await calls(house) == []


async def test_nonsense_is_422_and_holds_no_call(house: House, bearer: Bearer) -> None:
    for sdp in ("nonsense", "v=0\r\nm=audio x\r\n"):
        body = {"sdp": sdp, "type": "offer"}
        answer = await house.client.post("/webrtc/offer", json=body, headers=bearer(OPERATE))
        assert answer.status_code == 422
    (row,) = await calls(house)
    assert (row.outcome, row.ended_at is None) == ("no_connection", False)
    assert house.exchange.legs == []


async def test_a_connection_nobody_has_is_404(house: House, bearer: Bearer) -> None:
    answer = await house.client.patch(
        "/webrtc/offer", json={"pc_id": "x", "candidates": []}, headers=bearer(OPERATE)
    )
    assert answer.status_code == 404


def test_ice_servers_may_carry_a_name_and_a_secret() -> None:
    assert ice_server("stun:stun.example:3478").urls == "stun:stun.example:3478"
    turn = ice_server("turn:me:hush@turn.example:3478")
    assert (turn.urls, turn.username, turn.credential) == ("turn:turn.example:3478", "me", "hush")
