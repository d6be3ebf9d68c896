"""One log for everything: ours, the standard library's and Pipecat's, without anybody's personal data."""

import logging
import sys
from typing import TextIO

import structlog
from loguru import logger as pipecat_logger
from structlog.typing import EventDict, Processor, WrappedLogger

from domain.masking import HIDDEN, mask_fields, mask_text

OWN = frozenset({"level", "timestamp", "logger", "call_id", "_record", "_from_structlog"})
"""Fields that hold no personal data and are left as they are."""
NOISY = (
    "httpx",
    "httpx2",
    "httpcore",
    "aioice",
    "aiortc",
    "websockets",
    "uvicorn.access",
    "twilio.http_client",
)
"""Loggers whose INFO lines repeat addresses and bodies."""


def set_up_logs(*, json: bool, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send every log line through one formatter to `stream` (default: stderr). Safe to repeat.

    `json`: one object a line, for machines; else aligned columns, for people.
    """
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    target = stream or sys.stderr
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                mask,
                renderer(json, target),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    pipecat_logger.remove()
    pipecat_logger.add(from_loguru, level=level, format="{message}", backtrace=False, diagnose=False)


def mask(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The one processor every line passes: hides personal data in the message, the fields and tracebacks."""
    return {key: value if key in OWN else hide(key, value) for key, value in event.items()}


def hide(key: str, value: object) -> object:
    """One field without personal data."""
    if key in {"event", "exception", "stack"}:
        return mask_text(str(value))
    return mask_fields({key: value}).get(key, HIDDEN)


def renderer(json: bool, stream: TextIO) -> Processor:
    """How a line looks."""
    if json:
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def from_loguru(message: object) -> None:
    """Pass a line of Pipecat's on, under the name of the module that wrote it."""
    record = message.record  # type: ignore[attr-defined]
    error = record["exception"]
    logging.getLogger(record["name"]).log(
        record["level"].no,
        "%s",
        record["message"],
        exc_info=(error.type, error.value, error.traceback) if error and error.value else None,
    )
