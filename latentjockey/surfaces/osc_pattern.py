"""OSC address patterns: ``?``, ``*``, ``[a-z]``, ``[!a-z]``, ``{one,two}`` and ``//``. Pure; runs on any thread.

Patterns come from the network, so matching must not explode: all positions that a pattern can have reached in an
address are the bits of one integer, and each character of the pattern moves them all at once (S. Wu and U. Manber,
"Fast text searching allowing errors", CACM 35(10), 1992; the carry of one addition spreads a star, as in G. Myers,
JACM 46(3), 1999). The work is pattern length times address length / word size, whatever the pattern says. Meaning:
OSC 1.0, "OSC Message Dispatching and Pattern Matching", and the ``//`` of OSC 1.1.
"""

from __future__ import annotations

from typing import NamedTuple

LONGEST_PATTERN = 255

_SPECIAL = frozenset("?*[]{}")


class PatternError(ValueError):
    """A pattern that is none; ``str()`` says why."""


class Candidate:
    """An address prepared for matching: for each character the positions at which it stands, as bits."""

    __slots__ = ("address", "everywhere", "masks", "segment")

    def __init__(self, address: str) -> None:
        self.address = address
        self.masks: dict[str, int] = {}
        for i, character in enumerate(address):
            self.masks[character] = self.masks.get(character, 0) | 1 << i
        self.everywhere = (1 << len(address)) - 1
        self.segment = self.everywhere & ~self.masks.get("/", 0)  # the positions that a wildcard may pass


class _Literal(NamedTuple):
    text: str

    def step(self, reached: int, candidate: Candidate) -> int:
        masks = candidate.masks
        for character in self.text:
            reached = (reached & masks.get(character, 0)) << 1
            if not reached:
                break
        return reached


class _OneOf(NamedTuple):
    characters: str
    negated: bool

    def step(self, reached: int, candidate: Candidate) -> int:
        mask = 0
        for character in self.characters:
            mask |= candidate.masks.get(character, 0)
        return (reached & candidate.segment & (~mask if self.negated else mask)) << 1


class _Star(NamedTuple):
    def step(self, reached: int, candidate: Candidate) -> int:
        segment = candidate.segment
        return (((reached & segment) + segment) ^ segment) | reached


class _Either(NamedTuple):
    choices: tuple[_Literal, ...]

    def step(self, reached: int, candidate: Candidate) -> int:
        result = 0
        for choice in self.choices:
            result |= choice.step(reached, candidate)
        return result


class _AnyDepth(NamedTuple):
    def step(self, reached: int, candidate: Candidate) -> int:
        after_first = -(reached & -reached)  # the lowest reached position and all beyond
        return (after_first & candidate.masks.get("/", 0)) << 1


_Step = _Literal | _OneOf | _Star | _Either | _AnyDepth
_ANY_CHARACTER = _OneOf("", negated=True)


class Pattern:
    """A pattern, read once. Raises :class:`PatternError` when it is too long or a bracket stays open."""

    __slots__ = ("_head", "_steps", "text")

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST_PATTERN:
            raise PatternError(f"a pattern has up to {LONGEST_PATTERN} characters, not {len(text)}")
        self.text = text
        self._steps = _read(text)
        first = self._steps[0] if self._steps else _Literal("")
        self._head = first.text if isinstance(first, _Literal) else ""

    def matches(self, candidate: Candidate) -> bool:
        """Whether the whole address is described by this pattern."""
        if not candidate.address.startswith(self._head):
            return False
        reached = 1
        for step in self._steps:
            reached = step.step(reached, candidate)
            if not reached:
                return False
        return bool(reached >> len(candidate.address) & 1)


def has_pattern(address: str) -> bool:
    """Whether an address is a pattern rather than the name of one control."""
    return not _SPECIAL.isdisjoint(address) or "//" in address


def matches(pattern: str, address: str) -> bool:
    """Whether ``address`` is described by ``pattern``; a malformed pattern describes nothing."""
    try:
        return Pattern(pattern).matches(Candidate(address))
    except PatternError:
        return False


def _read(text: str) -> tuple[_Step, ...]:
    steps: list[_Step] = []
    at = 0
    while at < len(text):
        character = text[at]
        if character == "*":
            if not (steps and isinstance(steps[-1], _Star)):
                steps.append(_Star())
            at += 1
        elif character == "?":
            steps.append(_ANY_CHARACTER)
            at += 1
        elif character == "[":
            stop = _closing(text, at, "]")
            steps.append(_one_of(text[at + 1 : stop]))
            at = stop + 1
        elif character == "{":
            stop = _closing(text, at, "}")
            steps.append(_Either(tuple(_Literal(c) for c in text[at + 1 : stop].split(","))))
            at = stop + 1
        elif character in "]}":
            raise PatternError(f"{text} closes a bracket that is not open")
        elif text.startswith("//", at):
            steps.append(_AnyDepth())
            at += 2
            while text.startswith("/", at):
                at += 1
        else:
            if steps and isinstance(steps[-1], _Literal):
                steps[-1] = _Literal(steps[-1].text + character)
            else:
                steps.append(_Literal(character))
            at += 1
    return tuple(steps)


def _closing(text: str, at: int, bracket: str) -> int:
    stop = text.find(bracket, at)
    if stop < 0 or not _SPECIAL.isdisjoint(text[at + 1 : stop]):
        raise PatternError(f"{text} leaves a bracket open")
    return stop


def _one_of(inside: str) -> _OneOf:
    negated = inside.startswith("!")
    rest = inside[1:] if negated else inside
    characters: set[str] = set()
    i = 0
    while i < len(rest):
        if i + 2 < len(rest) and rest[i + 1] == "-":
            characters.update(map(chr, range(ord(rest[i]), ord(rest[i + 2]) + 1)))
            i += 3
        else:
            characters.add(rest[i])
            i += 1
    return _OneOf("".join(sorted(characters)), negated)
