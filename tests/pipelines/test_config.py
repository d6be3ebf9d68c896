"""Pipelines in YAML: what is shipped can be used, and every mistake is named."""

from pathlib import Path

import pytest
import yaml

from errors import ConfigError
from pipelines.config import HERE, SCHEMA, load, load_all, schema_text, shipped

PHONE = HERE / "phone.yaml"


def test_every_shipped_file_can_be_used() -> None:
    assert set(shipped()) == {"phone", "web", "economy", "nova2"}


def test_the_telephone_is_eight_kilohertz_and_waits_for_nothing() -> None:
    phone = shipped()["phone"]
    assert (phone.audio.input, phone.audio.output) == (8000, 8000)
    assert phone.stt.settings["endpointing"] is False
    assert phone.silence.filler_secs + 0.2 <= 1.5
    assert phone.silence.apology_secs + 0.2 <= 8
    assert (phone.silence.nudge_secs, phone.silence.nudges) == (10, 2)
    assert phone.llm[0].first_token_secs < 4


def test_the_schema_is_current() -> None:
    """Renew it: .venv/bin/python -c "from pipelines.config import *; SCHEMA.write_text(schema_text())"."""
    assert SCHEMA.read_text() == schema_text()


def test_all_mistakes_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    data = yaml.safe_load(PHONE.read_text())
    data["name"] = "other"
    data["speeed"] = 1
    data["vad"]["confidence"] = 2
    data["llm"][0]["settings"]["temprature"] = 0.1
    data["tts"][0]["settings"]["system_instruction"] = "x"
    data["stt"]["service"] = "whisper"
    bad, broken = tmp_path / "bad.yaml", tmp_path / "broken.yaml"
    bad.write_text(yaml.safe_dump(data))
    broken.write_text("name: [")
    with pytest.raises(ConfigError) as caught:
        load_all([bad, broken, tmp_path / "missing.yaml"])
    problems = caught.value.problems
    for part in (
        "bad.yaml: speeed:",
        "bad.yaml: vad.confidence:",
        "bad.yaml: llm.0.settings.temprature: anthropic_llm has no such setting",
        "bad.yaml: tts.0.settings.system_instruction:",
        "bad.yaml: stt.service:",
        "broken.yaml: not YAML",
        "missing.yaml: cannot be read",
    ):
        assert any(problem.startswith(part) for problem in problems), part


def test_a_file_is_named_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "telephone.yaml"
    path.write_text(PHONE.read_text())
    with pytest.raises(ConfigError, match="telephone"):
        load(path)


@pytest.mark.parametrize("text", ["", "42", "- a", "name: x"])
def test_a_file_that_is_no_pipeline_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        load(path)
