"""The words of a CLIP tokenizer, read as data: which there are, by number, and how letters join into them. Any thread.

Files of tokenizers hold more than words: patterns that texts are searched with, paths of further files, templates. None
of that is taken from a folder, so that a text is always cut by the same rules, those of CLIP (Radford et al. 2021), and
in a time that depends on its length alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentjockey.models.diffusion_folder import json_table, named_text
from latentjockey.models.header import BrokenError, shown, table

VOCABULARY, MERGES, WHOLE = "vocab.json", "merges.txt", "tokenizer.json"
_CONFIG, _SPECIAL, _ADDED = "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
_BEGIN, _END = "<|startoftext|>", "<|endoftext|>"
_ROLES = {"bos_token": _BEGIN, "eos_token": _END, "unk_token": _END, "pad_token": _END}
MOST_ADDED = 1024
_LONGEST_WORD = 256


@dataclass(frozen=True, slots=True)
class AddedWord:
    """A word beyond the vocabulary, such as one that stands for a picture that was taught later; ``flags`` are how it
    is found in a text, by the names of the library tokenizers."""

    word: str
    flags: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class ClipWords:
    """``numbers`` of words, each once, and the ``merges`` by which two pieces become one, the first ones first.
    ``begin`` and ``end`` stand around each text, ``unknown`` for what is no word, ``fill`` after its end; ``added`` are
    further words by number."""

    numbers: Mapping[str, int]
    merges: tuple[tuple[str, str], ...]
    begin: str
    end: str
    unknown: str
    fill: str
    added: Mapping[int, AddedWord]


def clip_words(folder: Path, size: int) -> ClipWords:
    """The words of the tokenizer in ``folder``, whose text encoder hears numbers below ``size``. Raises BrokenError."""
    called = f"its {folder.name[:60]}"
    whole: Mapping[str, Any] = {}
    if (folder / VOCABULARY).is_file() and (folder / MERGES).is_file():
        numbers = _numbers(json_table(folder / VOCABULARY), called, size)
        pairs: list[object] = [line for line in _lines(folder / MERGES) if line and not line.startswith("#version")]
    else:
        whole = json_table(folder / WHOLE)
        model = table(whole.get("model"), f"the model in {folder.name[:60]}/{WHOLE}")
        numbers = _numbers(model.get("vocab"), called, size)
        listed = model.get("merges", [])
        pairs = listed if isinstance(listed, list) else [listed]
    config = json_table(folder / _CONFIG) if (folder / _CONFIG).is_file() else {}
    if "added_tokens_decoder" not in config and (folder / _SPECIAL).is_file():
        config = {**config, **json_table(folder / _SPECIAL)}
    further = json_table(folder / _ADDED) if (folder / _ADDED).is_file() else {}
    added = _added(called, config.get("added_tokens_decoder"), further, whole.get("added_tokens"))
    beyond = {number: word for number, word in sorted(added.items()) if number < size and word.word not in numbers}
    known = {*numbers, *(each.word for each in beyond.values())}
    roles = {role: _role(config.get(role), usual, known, called) for role, usual in _ROLES.items()}
    return ClipWords(
        numbers,
        tuple(_pair(each, numbers, called) for each in pairs),
        roles["bos_token"],
        roles["eos_token"],
        roles["unk_token"],
        roles["pad_token"],
        beyond,
    )


def _numbers(said: object, called: str, size: int) -> Mapping[str, int]:
    """The vocabulary. Raises BrokenError."""
    numbers = table(said, f"the vocabulary of {called}")
    for word, number in numbers.items():
        if type(number) is not int or not 0 <= number < size:
            raise BrokenError(
                f"{called} numbers the word {shown(word)} {shown(number)}, and its text encoder hears 0 to {size - 1}"
            )
        _check_word(word, called)
    return numbers


def _pair(said: object, numbers: Mapping[str, int], called: str) -> tuple[str, str]:
    """A merge. Raises BrokenError."""
    pair = said.split(" ") if isinstance(said, str) else said
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(each, str) for each in pair):
        raise BrokenError(f"{called} merges {shown(said)}, which are not two pieces")
    one, other = pair
    if one not in numbers or other not in numbers or one + other not in numbers:
        raise BrokenError(f"{called} merges {shown(one)} and {shown(other)}, which its vocabulary does not know")
    return one, other


def _added(called: str, decoder: object, by_word: Mapping[str, Any], listed: object) -> dict[int, AddedWord]:
    """Words beyond the vocabulary, by number, of the first place where any are said. Raises BrokenError."""
    entries: list[tuple[object, object]] = []
    if isinstance(decoder, dict):
        entries = list(decoder.items())
    elif by_word:
        entries = [(number, {"content": word}) for word, number in by_word.items()]
    elif isinstance(listed, list):
        entries = [(each.get("id"), each) if isinstance(each, dict) else (None, None) for each in listed]
    if len(entries) > MOST_ADDED:
        raise BrokenError(f"{called} adds {len(entries)} words to its vocabulary, and up to {MOST_ADDED} can be")
    found: dict[int, AddedWord] = {}
    for key, said in entries:
        number = int(key) if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 10 else key
        word = said.get("content") if isinstance(said, dict) else None
        if type(number) is not int or number < 0 or not isinstance(said, dict) or not isinstance(word, str) or not word:
            raise BrokenError(f"{called} adds {shown(said)} as {shown(key)}, which is no word and its number")
        _check_word(word, called)
        flags = ("single_word", "lstrip", "rstrip", "normalized", "special")
        found[number] = AddedWord(word, {flag: said[flag] for flag in flags if type(said.get(flag)) is bool})
    return found


def _role(said: object, usual: str, known: set[str], called: str) -> str:
    """The word that plays a role, such as the end of a text. Raises BrokenError."""
    word = said.get("content") if isinstance(said, dict) else said
    word = usual if word is None else word
    if not isinstance(word, str) or word not in known:
        raise BrokenError(f"{called} needs the word {shown(word)}, which its vocabulary does not know")
    return word


def _check_word(word: str, called: str) -> None:
    """Raises BrokenError for one that is no text."""
    try:
        word.encode()
    except UnicodeEncodeError as error:
        raise BrokenError(f"{called} knows the word {shown(word)}, which is no text") from error
    if len(word) > _LONGEST_WORD:
        raise BrokenError(f"{called} knows a word of {len(word)} characters, and up to {_LONGEST_WORD} can be")


def _lines(path: Path) -> list[str]:
    """The lines of a text. Raises BrokenError."""
    called, text = named_text(path)
    try:
        return text.decode().replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        raise BrokenError(f"{called} is no text") from error
