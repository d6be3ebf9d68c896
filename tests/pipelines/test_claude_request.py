"""What Claude is asked: newer models refuse a conversation that ends with their own words."""

from pipelines.llm.anthropic import GO_ON, asking

USER = {"role": "user", "content": "my food was cold"}
OURS = {"role": "assistant", "content": "One moment, let me look into that."}


def test_a_request_that_ends_with_our_own_words_is_ended_by_a_note() -> None:
    params = {"model": "m", "messages": [USER, OURS]}
    asked = asking(params)
    assert asked["messages"] == [USER, OURS, {"role": "user", "content": GO_ON}]
    assert params["messages"] == [USER, OURS], "the conversation itself stays as it was"


def test_any_other_request_is_left_as_it_is() -> None:
    for messages in ([USER], [OURS, USER], []):
        params = {"model": "m", "messages": messages}
        assert asking(params) is params
