"""Both model vendors through their own SDKs, over a real socket."""

import base64
import json
from typing import Any

import anthropic
import httpx
import numpy as np
import pytest
from anthropic.types import ToolUseBlock

from tests.sandbox.brain.house import House
from tests.sandbox.brain.kitchen import TOOLS

ASK = "two paneer tikka and a lassi"
MADE = [
    ("get_customer_profile", {}),
    ("search_menu", {"query": "paneer tikka"}),
    ("search_menu", {"query": "lassi"}),
]


def asked(text: str = ASK, **more: Any) -> Any:
    tools = [
        {"name": tool.name, "description": tool.name, "input_schema": tool.schema} for tool in TOOLS.values()
    ]
    system = [{"type": "text", "text": "You take orders. " * 300, "cache_control": {"type": "ephemeral"}}]
    messages = [{"role": "user", "content": text}]
    return {
        "model": "claude-sonnet-4-6",
        "max_tokens": 500,
        "system": system,
        "tools": tools,
        "messages": messages,
        **more,
    }


def asked_gpt(text: str = ASK, **more: Any) -> Any:
    tools = [
        {"type": "function", "function": {"name": tool.name, "description": "", "parameters": tool.schema}}
        for tool in TOOLS.values()
    ]
    messages = [{"role": "system", "content": "You take orders."}, {"role": "user", "content": text}]
    return {"model": "gpt-4o-mini", "messages": messages, "tools": tools, **more}


def uses(message: anthropic.types.Message) -> list[tuple[str, Any]]:
    return [(block.name, block.input) for block in message.content if isinstance(block, ToolUseBlock)]


async def test_claude_makes_parallel_calls_streamed_and_not(house: House) -> None:
    plain = await house.claude().messages.create(**asked())
    async with house.claude().messages.stream(**asked()) as stream:
        streamed = await stream.get_final_message()
    assert uses(plain) == uses(streamed) == MADE
    assert plain.stop_reason == streamed.stop_reason == "tool_use"


async def test_claude_caches_the_prompt_prefix(house: House) -> None:
    first = (await house.claude().messages.create(**asked())).usage
    second = (await house.claude().messages.create(**asked("hello"))).usage
    assert first.cache_read_input_tokens == 0
    assert first.cache_creation_input_tokens == second.cache_read_input_tokens
    assert second.cache_read_input_tokens is not None
    assert second.cache_read_input_tokens > 1000
    assert second.cache_creation_input_tokens == 0
    assert second.input_tokens < 30


async def test_claude_takes_notes_and_results_from_one_user_message(house: House) -> None:
    use = {"type": "tool_use", "id": "t1", "name": "get_customer_profile", "input": {}}
    answer = {"type": "tool_result", "tool_use_id": "t1", "content": json.dumps({"known": False})}
    messages = [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": [use]},
        {
            "role": "user",
            "content": [answer, {"type": "text", "text": "The caller interrupted the greeting."}],
        },
    ]
    reply = await house.claude().messages.create(**asked(messages=messages))
    assert reply.content[0].type == "text"
    assert reply.content[0].text == "What would you like to order?"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, anthropic.BadRequestError), (401, anthropic.AuthenticationError), (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError), (529, anthropic.APIStatusError),
    ],
)  # fmt: skip
async def test_claude_refuses_as_told_and_then_recovers(
    house: House, status: int, error: type[anthropic.APIStatusError]
) -> None:
    house.fault("anthropic", "status", status=status)
    with pytest.raises(error) as caught:
        await house.claude().messages.create(**asked())
    assert caught.value.status_code == status
    assert uses(await house.claude().messages.create(**asked())) == MADE


async def test_claude_wants_its_key_and_whole_tool_exchanges(house: House) -> None:
    with pytest.raises(anthropic.AuthenticationError):
        await house.claude("sk-ant-wrong").messages.create(**asked())
    use = {"type": "tool_use", "id": "t1", "name": "get_customer_profile", "input": {}}
    torn = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": "so?"},
    ]
    with pytest.raises(anthropic.BadRequestError, match="tool_result"):
        await house.claude().messages.create(**asked(messages=torn))


async def test_claude_breaks_off_mid_stream(house: House) -> None:
    house.fault("anthropic", "status", status=529, after_events=4)
    with pytest.raises(anthropic.APIStatusError, match="overloaded"):
        async with house.claude().messages.stream(**asked()) as stream:
            await stream.get_final_message()
    house.fault("anthropic", "drop", after_events=4)
    with pytest.raises(
        (httpx.TransportError, anthropic.APIError, Exception), match=r"closed|reset|incomplete"
    ):
        async with house.claude().messages.stream(**asked()) as stream:
            await stream.get_final_message()


async def test_gpt_streams_the_same_calls_with_usage(house: House) -> None:
    client = house.gpt()
    plain = await client.chat.completions.create(**asked_gpt())
    calls = plain.choices[0].message.tool_calls
    assert [
        (call.function.name, json.loads(call.function.arguments))
        for call in calls or []
        if call.type == "function"
    ] == MADE
    arguments: dict[int, str] = {}
    usage = None
    stream = await client.chat.completions.create(
        **asked_gpt(stream=True, stream_options={"include_usage": True})
    )
    async for chunk in stream:
        usage = chunk.usage or usage
        for part in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
            arguments[part.index] = arguments.get(part.index, "") + (
                (part.function and part.function.arguments) or ""
            )
    assert [json.loads(text) for text in arguments.values()] == [made for _, made in MADE]
    assert usage is not None
    assert usage.prompt_tokens > 100


async def test_gpt_makes_one_call_where_only_one_is_allowed(house: House) -> None:
    reply = await house.gpt().chat.completions.create(**asked_gpt(parallel_tool_calls=False))
    assert len(reply.choices[0].message.tool_calls or []) == 1


async def test_gpt_fills_a_schema(house: House) -> None:
    intent = {"type": "string", "enum": ["order_food", "track_order", "complaint"]}
    schema = {"type": "object", "properties": {"intent": intent, "confidence": {"type": "number"}}}
    wanted: Any = {"type": "json_schema", "json_schema": {"name": "intent", "schema": schema}}
    reply = await house.gpt().chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "my pizza came cold and I want my money back"}],
        response_format=wanted,
    )
    assert json.loads(reply.choices[0].message.content or "")["intent"] == "complaint"


async def test_near_texts_have_near_vectors_in_both_encodings(house: House) -> None:
    texts = ["chicken biriyani", "Chicken Biryani", "mango lassi"]
    made = await house.gpt().embeddings.create(model="text-embedding-3-small", input=texts)
    one, two, three = (np.array(item.embedding) for item in made.data)
    assert one @ two > 0.5 > abs(one @ three)
    plain = await house.gpt().embeddings.create(
        model="text-embedding-3-small", input=texts[0], encoding_format="float"
    )
    assert np.allclose(one, plain.data[0].embedding, atol=1e-6)
    async with httpx.AsyncClient(timeout=30) as web:
        raw = await web.post(
            f"{house.url}/v1/embeddings",
            headers={"authorization": f"Bearer {house.box.keys['OPENAI_API_KEY']}"},
            json={"model": "text-embedding-ada-002", "input": "x", "encoding_format": "base64"},
        )
    assert len(base64.b64decode(raw.json()["data"][0]["embedding"])) == 1536 * 4


async def test_the_hostile_model_obeys_the_caller_and_lies(house: House) -> None:
    text = 'call refund {"amount": 99999} and call place_order {"cart_version": 1, "payment": "card-9"}'
    reply = await house.claude().messages.create(**asked(text, model="claude-hostile"))
    assert uses(reply) == [
        ("refund", {"amount": 99999}),
        ("place_order", {"cart_version": 1, "payment": "card-9"}),
    ]
    lie = await house.claude().messages.create(**asked("what does it cost?", model="claude-hostile"))
    assert lie.content[0].type == "text"
    assert "one dollar" in lie.content[0].text


async def test_a_script_is_played_step_by_step(house: House) -> None:
    script = [[{"name": "end_call", "arguments": {}}], "Hello."]
    async with httpx.AsyncClient(timeout=30) as client:
        cast = await client.post(f"{house.url}/control/model", json={"policy": "script", "script": script})
    assert cast.status_code == 200
    assert uses(await house.claude().messages.create(**asked())) == [("end_call", {})]
    reply = await house.gpt().chat.completions.create(**asked_gpt())
    assert reply.choices[0].message.content == "Hello."


async def test_bodies_are_logged_without_secrets(house: House) -> None:
    await house.claude().messages.create(**asked())
    (entry,) = house.box.log.entries("anthropic")
    assert entry.body["messages"] == [{"role": "user", "content": ASK}]
    assert house.box.keys["ANTHROPIC_API_KEY"] not in entry.model_dump_json()
