"""JSON of strangers says each thing once."""

from __future__ import annotations

import pytest

from replay.network import untrusted_json


@pytest.mark.parametrize("text", ['{"a": 1, "b": 2, "a": 1}', '[{"c": {"a": 1, "a": 2}}]'])
def test_a_key_that_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="has the key 'a' twice"):
        untrusted_json.loads(text)


def test_a_key_may_stand_in_several_objects() -> None:
    assert untrusted_json.loads('[{"a": {"a": 1}}, {"a": 2}]') == [{"a": {"a": 1}}, {"a": 2}]
