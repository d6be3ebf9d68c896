"""The cheap model that reads beside the conversation; plain requests, no frames."""

from pipecat.classifiers.base_classifier import BaseClassifier
from pipecat.classifiers.llm.classifier import LLMClassifier

from pipelines.config import PipelineConfig
from pipelines.providers import model
from pipelines.shared import Shared

ANSWER_SECS = 4.0
"""Later than this the caller has moved on."""


def classifier(config: PipelineConfig, shared: Shared) -> BaseClassifier | None:
    """Who reads what a caller wants; None for a pipeline that names no model for it."""
    if config.classifier is None:
        return None
    return LLMClassifier(llm=model(config.classifier, shared, ""), timeout=ANSWER_SECS)
