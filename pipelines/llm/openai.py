"""OpenAI as Pipecat wraps it, on the process's one client, asked to keep nothing."""

from functools import partial
from typing import Any, cast

from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.openai.base_llm import OpenAILLMSettings
from pipecat.services.openai.llm import OpenAILLMService

from pipelines.llm.stream import Patience, patient


class Gpt(OpenAILLMService):
    """Pipecat opens an HTTP client per call (22 ms on the loop) and has no way to hand it one; this has."""

    def __init__(
        self,
        *,
        client: AsyncOpenAI,
        patience: Patience,
        settings: OpenAILLMSettings,
        function_timeout_secs: float,
    ) -> None:
        self._shared_client = client
        self._patience = patience
        super().__init__(settings=settings, function_call_timeout_secs=function_timeout_secs)

    def create_client(self, *args: Any, **kwargs: Any) -> AsyncOpenAI:
        """The shared client, whatever the parent asks for."""
        return self._shared_client

    def build_chat_completion_params(self, params_from_context: Any) -> dict[str, Any]:
        """The request, with `store: false`: conversations are not kept by the provider."""
        return {**super().build_chat_completion_params(params_from_context), "store": False}

    async def get_chat_completions(self, context: LLMContext) -> AsyncStream[ChatCompletionChunk]:
        """The answer as a stream that fails when it stalls."""
        begin = partial(super().get_chat_completions, context)
        stream = patient(begin, self._patience, lambda chunk: bool(chunk.choices))
        return cast(AsyncStream[ChatCompletionChunk], stream)
