"""Mutation, crossing, averages and the text that names a centre."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from latentjockey.navigation.breeding import average, breed, mutate, parse_centre
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.navigation.slerp import slerp

finite = st.floats(allow_nan=False, allow_infinity=False)
vectors = arrays(np.float32, 5, elements=st.floats(width=32, allow_nan=False, allow_infinity=False))
seeds = st.integers(0, 10_000)


def cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    x, y = a.astype(np.float64), b.astype(np.float64)
    return float(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)))


@given(seeds, seeds, st.floats(-5.0, 5.0))
def test_mutation_turns_by_its_amount_and_keeps_the_length(seed: int, other: int, amount: float) -> None:
    z = z_from_seed(seed, 64)
    child = mutate(z, amount, other)
    assert np.linalg.norm(child) == pytest.approx(float(np.linalg.norm(z)), rel=1e-5)
    assert cosine(z, child) == pytest.approx(np.cos(amount * np.pi / 2.0), abs=1e-5)


@given(vectors, seeds)
def test_no_mutation_is_the_same_position(z: NDArray[np.float32], seed: int) -> None:
    assert np.array_equal(mutate(z, 0.0, seed), z)


def test_mutations_repeat_and_differ_by_seed() -> None:
    z = z_from_seed(1, 512)
    assert np.array_equal(mutate(z, 0.5, 3), mutate(z, 0.5, 3))
    assert abs(cosine(mutate(z, 1.0, 3), mutate(z, 1.0, 4))) < 0.2


def test_a_growing_amount_walks_one_great_circle() -> None:
    z = z_from_seed(1, 128)
    assert np.allclose(mutate(z, 0.5, 3), slerp(z, mutate(z, 1.0, 3), 0.5), atol=1e-5)


@given(vectors, vectors, finite, st.integers())
def test_children_are_finite(a: NDArray[np.float32], b: NDArray[np.float32], amount: float, seed: int) -> None:
    assert np.isfinite(mutate(a, amount, seed)).all()
    assert np.isfinite(breed(a, b, seed, amount)).all()


def test_a_single_number_and_a_zero_vector_can_be_mutated() -> None:
    assert mutate(np.full(1, 2.0, np.float32), 0.5, 1) == pytest.approx(2.0 * np.cos(np.pi / 4.0))
    assert not mutate(np.zeros(8, np.float32), 0.7, 1).any()


def test_a_child_has_each_component_from_one_of_its_parents() -> None:
    a, b = z_from_seed(1, 512), z_from_seed(2, 512)
    child = breed(a, b, 5, 0.0)
    from_a = child == a
    assert (from_a | (child == b)).all()
    assert 200 < from_a.sum() < 312
    assert np.array_equal(child, breed(a, b, 5, 0.0))
    assert not np.array_equal(child, breed(a, b, 6, 0.0))
    assert cosine(child, breed(a, b, 5, 0.5)) == pytest.approx(np.cos(np.pi / 4.0), abs=1e-5)


@given(seeds, seeds, st.floats(0.1, 10.0))
def test_the_average_of_two_is_half_way_round(seed: int, other: int, ratio: float) -> None:
    a, b = z_from_seed(seed, 64), z_from_seed(other + 20_000, 64) * np.float32(ratio)
    assert np.allclose(average([a, b]), slerp(a, b, 0.5), atol=1e-5 * max(1.0, ratio) * 8.0)


def test_an_average_keeps_the_typical_length() -> None:
    zs = [z_from_seed(seed, 512) for seed in range(8)]
    middle = average(zs)
    assert np.linalg.norm(middle) == pytest.approx(np.mean([np.linalg.norm(z) for z in zs]), rel=1e-5)
    assert all(cosine(middle, z) > 0.2 for z in zs)


def test_averages_that_have_no_direction_are_still_somewhere() -> None:
    a, zero = z_from_seed(1, 16), np.zeros(16, np.float32)
    assert np.linalg.norm(average([a, -a])) == pytest.approx(float(np.linalg.norm(a)), rel=1e-5)
    assert np.array_equal(average([a, -a]), average([-a, a]))
    assert np.allclose(average([a, zero]), a / 2.0, rtol=1e-5)
    assert np.linalg.norm(average([zero, a, -a])) == pytest.approx(2.0 / 3.0 * np.linalg.norm(a), rel=1e-5)
    assert not average([zero, zero]).any()
    with pytest.raises(ValueError, match="at least one"):
        average([])


@given(st.lists(vectors, min_size=1, max_size=8))
def test_averages_are_finite(zs: list[NDArray[np.float32]]) -> None:
    assert np.isfinite(average(zs)).all()


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("mean", ()),
        ("", ()),
        ("  ", ()),
        (" Mean ", ()),
        ("3", (3,)),
        ("cue 2", (2,)),
        ("Cue 8", (8,)),
        ("1 3 5", (1, 3, 5)),
        ("1,3", (1, 3)),
        ("cues 5, 1 and 3", (5, 1, 3)),
        ("cue 1 + cue 4", (1, 4)),
        ("2 2 1", (2, 1)),
    ],
)
def test_a_centre_is_read(text: str, cues: tuple[int, ...]) -> None:
    assert parse_centre(text) == cues


@pytest.mark.parametrize("text", ["0", "9", "12", "-1", "1.5", "cue", ",", "mean 3", "one", "٣", "²", "1 3 x" * 99])
def test_any_other_centre_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^The centre .* is not known: .*\.$") as refused:
        parse_centre(text)
    assert len(str(refused.value)) < 200


@given(st.text())
def test_no_text_gets_past_as_anything_but_cues(text: str) -> None:
    try:
        cues = parse_centre(text)
    except ValueError:
        return
    assert set(cues) <= set(range(1, 9))
    assert len(cues) == len(set(cues))
