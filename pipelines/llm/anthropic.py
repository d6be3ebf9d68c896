"""Claude as Pipecat wraps it, mended: parallel tool calls all run, and a stalled answer is a fault."""

from collections.abc import AsyncGenerator
from functools import partial
from types import SimpleNamespace
from typing import Any

from anthropic import AsyncAnthropic
from pipecat.services.anthropic.llm import AnthropicLLMService, AnthropicLLMSettings

from pipelines.llm.stream import Patience, patient

GO_ON = "[The caller has heard this and has not answered. Go on.]"
OUTPUT = {"content_block_start", "content_block_delta"}


class Claude(AnthropicLLMService):
    """Pipecat 1.14.0 executes only the last of several `tool_use` blocks of an answer; this runs all."""

    def __init__(
        self,
        *,
        client: AsyncAnthropic,
        patience: Patience,
        settings: AnthropicLLMSettings,
        function_timeout_secs: float,
    ) -> None:
        super().__init__(
            api_key="",
            client=client,
            settings=settings,
            function_call_timeout_secs=function_timeout_secs,
        )
        self._patience = patience

    async def _create_message_stream(self, api_call: Any, params: Any) -> AsyncGenerator[Any, None]:
        begin = partial(super()._create_message_stream, api_call, asking(params))
        return every_tool(patient(begin, self._patience, lambda event: event.type in OUTPUT))


def asking(params: Any) -> Any:
    """The request, ending in somebody else's words: newer models refuse to continue an answer of their own.

    The conversation ends with ours when the system itself has just spoken (a filler, a read-back) and the model is
    asked again, as after a failover.
    """
    messages = params["messages"]
    if not messages or messages[-1]["role"] != "assistant":
        return params
    return {**params, "messages": [*messages, {"role": "user", "content": GO_ON}]}


async def every_tool(events: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    """The same events, with an end-of-tool event put between two `tool_use` blocks.

    The parent keeps one block at a time and runs it only when an event says `stop_reason: tool_use`.
    """
    pending = False
    try:
        async for event in events:
            if event.type == "content_block_start" and event.content_block.type == "tool_use":
                if pending:
                    stop = SimpleNamespace(stop_reason="tool_use", stop_details=None)
                    yield SimpleNamespace(type="message_delta", usage=None, delta=stop)
                pending = True
            yield event
    finally:
        await events.aclose()
