"""One log, in two shapes, without personal data, whoever writes."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from loguru import logger as pipecat_logger

from logs import set_up_logs

PRIVATE = ("5550110", "Asha", "asha@", "4242")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging is the process's: give it back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()
    pipecat_logger.remove()


def lines(json_lines: bool) -> io.StringIO:
    stream = io.StringIO()
    set_up_logs(json=json_lines, stream=stream)
    return stream


def shown(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_its_fields() -> None:
    stream = lines(True)
    structlog.get_logger("ours").info("order.placed", call_id="c1", count=2)
    (line,) = shown(stream)
    assert {
        "event": "order.placed",
        "call_id": "c1",
        "count": 2,
        "level": "info",
        "logger": "ours",
    }.items() <= line.items()
    assert str(line["timestamp"]).endswith("Z")


def test_everybody_writes_into_the_same_log() -> None:
    stream = lines(True)
    structlog.get_logger("ours").info("one")
    logging.getLogger("theirs").info("two %s", "words")
    pipecat_logger.info("three")
    pipecat_logger.debug("not this")
    assert [(line["event"], line["level"]) for line in shown(stream)] == [
        ("one", "info"),
        ("two words", "info"),
        ("three", "info"),
    ]


@pytest.mark.parametrize("json_lines", [True, False])
def test_no_personal_data_reaches_the_log(json_lines: bool) -> None:
    stream = lines(json_lines)
    structlog.get_logger("ours").warning(
        "From +15125550110", name="Asha Rao", data={"text": "Asha", "to": "+15125550110"}
    )
    logging.getLogger("theirs").error("asha@example.com paid with %s", "4242 4242 4242 4242")
    pipecat_logger.info("calling +1 512 555 0110 {}", {"x": "+15125550110"})
    try:
        raise ValueError("+15125550110 has no dish")
    except ValueError:
        structlog.get_logger("ours").exception("it.broke")
        logging.getLogger("theirs").exception("it broke for +15125550110")
        pipecat_logger.exception("it broke there")
    text = stream.getvalue()
    assert not [word for word in PRIVATE if word in text]
    assert text.count("ValueError: •••10 has no dish") == 3
    assert "•••10" in text


def test_setting_up_twice_writes_once() -> None:
    lines(True)
    stream = lines(True)
    structlog.get_logger("ours").info("once")
    pipecat_logger.info("once more")
    assert len(shown(stream)) == 2


def test_libraries_that_repeat_addresses_are_kept_short() -> None:
    stream = lines(True)
    logging.getLogger("httpx").info("GET https://api.example/customers/+15125550110")
    assert stream.getvalue() == ""
