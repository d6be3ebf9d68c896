import asyncio
import pytest
from tests.calls.phone_client import House
from tests.calls.test_codes import ELSEWHERE, ASHA
pytestmark = [pytest.mark.call, pytest.mark.timeout(150)]
async def test_x(house: House) -> None:
    async with house.chat(ASHA) as chat:
        try:
            async with asyncio.timeout(40):
                await chat.answer("No thanks. Two chana masala please.", ELSEWHERE, "code.sent")
        finally:
            with open("/tmp/idp_events.txt", "w") as f:
                for e in chat.told.events:
                    if e["type"] in ("turn.user", "turn.agent", "tool.called", "tool.result"):
                        f.write(f"{e['type']} {str(e['data'])[:400]}\n")
