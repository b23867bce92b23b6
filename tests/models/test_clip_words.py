"""Words of a CLIP tokenizer, read as data from files that anybody may have written."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.models.clip_words import MOST_ADDED, AddedWord, clip_words
from latentjockey.models.header import BrokenError

SIZE = 40
BEGIN, END = "<|startoftext|>", "<|endoftext|>"
NUMBERS = {word: number for number, word in enumerate(["a", "b", "a</w>", "b</w>", "ab</w>", "!</w>", BEGIN, END])}
MERGES = [("a", "b</w>")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tokenizer"
    made.mkdir()
    (made / "vocab.json").write_text(json.dumps(NUMBERS))
    (made / "merges.txt").write_text("#version: 0.2\na b</w>\n")
    return made


def in_one_file(folder: Path, **more: Any) -> None:
    (folder / "vocab.json").unlink()
    (folder / "merges.txt").unlink()
    model = {"type": "BPE", "vocab": NUMBERS, "merges": ["a b</w>"]}
    (folder / "tokenizer.json").write_text(json.dumps({"model": model, **more}))


def say(folder: Path, file: str = "tokenizer_config.json", **words: Any) -> None:
    (folder / file).write_text(json.dumps(words))


def test_words_and_merges_come_of_two_files_or_of_one(folder: Path) -> None:
    two = clip_words(folder, SIZE)
    assert (two.numbers, two.merges) == (NUMBERS, tuple(MERGES))
    assert (two.begin, two.end, two.unknown, two.fill) == (BEGIN, END, END, END)
    in_one_file(folder)
    assert clip_words(folder, SIZE) == two
    in_one_file_of_lists = {"model": {"vocab": NUMBERS, "merges": [["a", "b</w>"]]}}
    (folder / "tokenizer.json").write_text(json.dumps(in_one_file_of_lists))
    assert clip_words(folder, SIZE) == two


def test_what_fills_up_is_as_the_folder_says(folder: Path) -> None:
    say(folder, pad_token=END)
    say(folder, "special_tokens_map.json", pad_token={"content": "!</w>", "normalized": True})
    assert clip_words(folder, SIZE).fill == "!</w>"
    say(folder, pad_token=END, added_tokens_decoder={})
    assert clip_words(folder, SIZE).fill == END


def test_words_that_were_added_are_known_as_far_as_the_encoder_hears_them(folder: Path) -> None:
    flags = {"content": "<cat>", "lstrip": False, "special": True, "other": 3}
    say(folder, added_tokens_decoder={"8": flags, "6": {"content": BEGIN}, str(SIZE): {"content": "<dog>"}})
    cat = AddedWord("<cat>", {"lstrip": False, "special": True})
    assert clip_words(folder, SIZE).added == {8: cat}
    say(folder)
    say(folder, "added_tokens.json", **{"<cat>": 8})
    assert clip_words(folder, SIZE).added == {8: AddedWord("<cat>", {})}
    (folder / "added_tokens.json").unlink()
    in_one_file(folder, added_tokens=[{"id": 8, **flags}])
    assert clip_words(folder, SIZE).added == {8: cat}


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({**NUMBERS, "c": -1}, "'c' -1"),
        ({**NUMBERS, "c": SIZE}, "hears 0 to 39"),
        ({**NUMBERS, "c": 1 << 80}, "hears 0 to 39"),
        ({**NUMBERS, "c": "3"}, "'3'"),
        ({**NUMBERS, "c": True}, "True"),
        ({**NUMBERS, "\ud800": 3}, "which is no text"),
        ({**NUMBERS, "c" * 999: 3}, "999 characters"),
        ({"a": 1, "b</w>": 2, "ab</w>": 3}, "'<|startoftext|>'"),
        ([], "no table"),
        ({}, "'<|startoftext|>'"),
    ],
)
def test_a_vocabulary_that_cannot_be_is_refused(folder: Path, numbers: object, words: str) -> None:
    (folder / "vocab.json").write_text(json.dumps(numbers))
    (folder / "merges.txt").write_text("")
    with pytest.raises(BrokenError, match=r"tokenizer") as refused:
        clip_words(folder, SIZE)
    assert words in str(refused.value)


@pytest.mark.parametrize("merges", [b"a\n", b"a b c\n", b"z q\n", b"a a\n", bytes(range(128, 256)), b"a  b</w>"])
def test_merges_that_cannot_be_are_refused(folder: Path, merges: bytes) -> None:
    (folder / "merges.txt").write_bytes(merges)
    with pytest.raises(BrokenError, match="tokenizer"):
        clip_words(folder, SIZE)


@pytest.mark.parametrize(
    "said",
    [
        {"pad_token": 5},
        {"pad_token": ["a"]},
        {"eos_token": "x" * 100_000},
        {"bos_token": {"content": None, "x": 1}, "unk_token": "nothing"},
        {"added_tokens_decoder": {"x": {"content": "a"}}},
        {"added_tokens_decoder": {"9": "a"}},
        {"added_tokens_decoder": {"9": {"content": ""}}},
        {"added_tokens_decoder": {"9": {"content": "\udfff"}}},
        {"added_tokens_decoder": {str(9 + each): {"content": str(each)} for each in range(MOST_ADDED + 1)}},
    ],
)
def test_what_else_is_said_and_cannot_be_is_refused_in_few_words(folder: Path, said: dict[str, Any]) -> None:
    say(folder, **said)
    with pytest.raises(BrokenError, match="tokenizer") as refused:
        clip_words(folder, SIZE)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, '{"model": 3}', '{"model": {"vocab": [1], "merges": []}}'])
def test_a_whole_tokenizer_that_is_none_is_refused(folder: Path, text: str) -> None:
    in_one_file(folder)
    (folder / "tokenizer.json").write_text(text)
    with pytest.raises(BrokenError):
        clip_words(folder, SIZE)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=9,
)


FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
KEYS = ("model", "added_tokens", "added_tokens_decoder", "pad_token", "bos_token", "x")


@settings(deadline=None)
@given(st.sampled_from(FILES), st.sampled_from(KEYS), anything)
def test_nothing_else_is_ever_raised(tmp_path_factory: Any, file: str, key: str, value: object) -> None:
    folder = tmp_path_factory.mktemp("any") / "tokenizer"
    folder.mkdir()
    model = {"vocab": NUMBERS, "merges": []}
    (folder / "tokenizer.json").write_text(json.dumps({"model": model}))
    before = json.loads((folder / file).read_text()) if (folder / file).is_file() else {}
    (folder / file).write_text(json.dumps({**before, key: value}))
    with contextlib.suppress(BrokenError):
        assert clip_words(folder, SIZE).end in NUMBERS
