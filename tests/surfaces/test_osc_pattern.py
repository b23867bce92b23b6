"""Patterns against the specification's words, and against a plain recursive reading of them."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from latentjockey.surfaces.osc_pattern import LONGEST_PATTERN, Candidate, Pattern, PatternError, has_pattern, matches


@pytest.mark.parametrize(
    ("pattern", "address", "expected"),
    [
        ("/mix/crossfade", "/mix/crossfade", True),
        ("/mix/crossfad", "/mix/crossfade", False),
        ("/mix/crossfade", "/mix/crossfad", False),
        ("/deck/?/psi", "/deck/a/psi", True),
        ("/deck/?/psi", "/deck/ab/psi", False),
        ("/deck/?", "/deck/", False),
        ("/deck/*/psi", "/deck/a/psi", True),
        ("/deck/*", "/deck/a/psi", False),
        ("/*", "/panic", True),
        ("/*", "/", True),
        ("/deck/a/eq/*", "/deck/a/eq/coarse", True),
        ("/deck/a/eq/*e*", "/deck/a/eq/coarse", True),
        ("/deck/a/eq/*ss", "/deck/a/eq/coarse", False),
        ("/deck/[ab]/psi", "/deck/b/psi", True),
        ("/deck/[a-c]/psi", "/deck/b/psi", True),
        ("/deck/[!a]/psi", "/deck/b/psi", True),
        ("/deck/[!a]/psi", "/deck/a/psi", False),
        ("/deck/[!a]psi", "/deck//psi", False),
        ("/deck/[a-]", "/deck/-", True),
        ("/deck/[c-a]", "/deck/b", False),
        ("/deck/a/eq/{coarse,fine}", "/deck/a/eq/fine", True),
        ("/deck/a/eq/{coarse,fine}", "/deck/a/eq/middle", False),
        ("/cue/{1,12,}3", "/cue/123", True),
        ("/cue/{1,12,}3", "/cue/3", True),
        ("//psi", "/deck/a/psi", True),
        ("//psi", "/psi", True),
        ("//psi", "/deck/a/overpsi", False),
        ("/deck//psi", "/deck/a/b/psi", True),
        ("/deck//psi", "/deck/psi", True),
        ("/deck//psi", "/mix/psi", False),
        ("//*", "/deck/a/psi", True),
        ("//", "/deck/a/psi", False),
    ],
)
def test_what_a_pattern_means(pattern: str, address: str, expected: bool) -> None:
    assert matches(pattern, address) is expected


def test_plain_addresses_are_told_from_patterns() -> None:
    assert not has_pattern("/deck/a/z/8-15")
    assert all(has_pattern(p) for p in ("/a*", "/a?", "/[a]", "/{a,b}", "//a", "/a]"))


@pytest.mark.parametrize("pattern", ["/[a", "/{a,b", "/a]", "/a}", "/{a[b]}", "/" + "a" * LONGEST_PATTERN])
def test_what_is_no_pattern_is_refused_and_matches_nothing(pattern: str) -> None:
    with pytest.raises(PatternError):
        Pattern(pattern)
    assert not matches(pattern, pattern)


def plainly(pattern: str, address: str) -> bool:
    """The specification read aloud: exponential, which is why it is only a test."""
    if not pattern:
        return not address
    if pattern.startswith("//"):
        rest = pattern.lstrip("/")
        return any(plainly(rest, address[i + 1 :]) for i, c in enumerate(address) if c == "/")
    if pattern[0] == "*":
        if plainly(pattern[1:], address):
            return True
        return bool(address) and address[0] != "/" and plainly(pattern, address[1:])
    if pattern[0] == "{":
        inside, _, rest = pattern[1:].partition("}")
        return any(address.startswith(c) and plainly(rest, address[len(c) :]) for c in inside.split(","))
    if not address:
        return False
    if pattern[0] == "?":
        return address[0] != "/" and plainly(pattern[1:], address[1:])
    if pattern[0] == "[":
        inside, _, rest = pattern[1:].partition("]")
        negated = inside.startswith("!")
        return address[0] != "/" and ((address[0] in inside.lstrip("!")) != negated) and plainly(rest, address[1:])
    return pattern[0] == address[0] and plainly(pattern[1:], address[1:])


PIECES = st.sampled_from(["/", "a", "b", "ab", "*", "?", "[ab]", "[!a]", "{a,ab}", "{b,}", "//"])


@settings(max_examples=600)
@given(st.lists(PIECES, max_size=8).map("".join), st.text("ab/", max_size=9))
@example("/*b*", "/abab")
@example("/a*/b", "/aa/b")
def test_matching_agrees_with_a_plain_reading(pattern: str, address: str) -> None:
    assert matches("/" + pattern, "/" + address) is plainly("/" + pattern, "/" + address)


@pytest.mark.parametrize(
    ("bomb", "expected"),
    [
        ("/" + "*" * 10 + "X", False),
        ("/" + "*a" * 127, True),
        ("/" + "*a" * 126 + "b", False),
        ("/" + "*{a,aa,aaa}" * 23 + "b", False),
        ("/" + "?*" * 120, True),
        ("//*" * 84, False),
    ],
)
def test_bombs_are_matched_like_anything_else(bomb: str, expected: bool) -> None:
    """A matcher that backtracks does not come back from these; here each step of a pattern is taken once an address."""
    pattern = Pattern(bomb)
    assert len(pattern._steps) <= len(bomb)
    address = Candidate("/" + "a" * 200)
    assert [pattern.matches(address) for _ in range(50)] == [expected] * 50
