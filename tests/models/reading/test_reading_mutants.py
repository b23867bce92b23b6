"""Thousands of damaged copies of every form: each is read, or refused in a sentence; none crashes, hangs or swells.

Where a form has checksums, what is read of a damaged copy is what was written. Where it has none, weights that are no
numbers are named; that the others were changed shows in the file's hash alone, which every model carries.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentjockey.models.reading.limits import Limits
from latentjockey.models.reading.plain import Checkpoint, OverloadedError, Persistent, RefusedError, TfNetwork, Thing
from latentjockey.models.reading.reader import read
from tests.models.reading import forms

MUTANTS = 2000
_LIMITS = Limits(made=1 << 25, tensors=1 << 25, text=1 << 24, operations=1_000_000, seconds=2.0)
_MOST_GROWTH = 256 << 20
FORMS: dict[str, tuple[Callable[[], bytes], bool]] = {
    "torch zip": (forms.torch_zip, True),
    "torch legacy": (forms.torch_legacy, False),
    "torch tar": (forms.torch_tar, False),
    "tar with a torch zip": (forms.tar_with_one, True),
    "pickle": (lambda: forms.numpy_pickle(2), False),
    "pickle of NVIDIA's networks": (forms.persistent_pickle, False),
    "pickle of TensorFlow networks": (forms.tf_pickle, False),
    "safetensors": (forms.safetensors_file, False),
}
"""With whether a form has checksums over all that counts."""


def mutants(data: bytes, count: int, seed: str) -> Iterator[bytes]:
    """Copies of ``data``: bits turned, cut short, pieces doubled, moved, left out or zeroed, lengths made large."""
    chance = random.Random(seed)
    for _ in range(count):
        copy = bytearray(data)
        for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
            _damage(copy, chance)
        yield bytes(copy)


def _damage(copy: bytearray, chance: random.Random) -> None:
    if not copy:
        return
    at = chance.randrange(len(copy))
    length = min(chance.choice((1, 2, 4, 8, 64, 512)), len(copy) - at)
    match chance.randrange(9):
        case 0 | 1 | 2:
            copy[at] ^= 1 << chance.randrange(8)
        case 3:
            copy[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, 0x2E, 0x52, 0x62, 0x28, chance.randrange(256)))
        case 4:
            del copy[at:]
        case 5:
            copy[at:at] = copy[at : at + length]
        case 6:
            del copy[at : at + length]
        case 7:
            copy[at : at + length] = bytes([chance.choice((0, 0xFF))]) * length
        case _:
            other = chance.randrange(len(copy))
            copy[at : at + length] = copy[other : other + length]


def arrays(value: Any, name: str = "") -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Every array in what was read, by where it is."""
    if isinstance(value, np.ndarray):
        yield name, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from arrays(part, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        for n, part in enumerate(value):
            yield from arrays(part, f"{name}[{n}]")
    elif isinstance(value, Thing | Persistent):
        yield from arrays(value.state, name)
    elif isinstance(value, TfNetwork):
        yield from arrays(value.variables, name)
        yield from arrays(value.components, name)


def _peak() -> int:
    """Bytes that this process had at most so far."""
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("form", FORMS)
def test_damaged_copies(tmp_path: Path, form: str) -> None:
    make, has_checksums = FORMS[form]
    data = make()
    path = tmp_path / "whole"
    path.write_bytes(data)
    whole = dict(arrays(read(path).root))
    assert whole
    before, was_read = _peak(), 0
    for number, mutant in enumerate(mutants(data, MUTANTS, form)):
        path = tmp_path / str(number)  # a file of its own: one that is mapped must not become shorter
        path.write_bytes(mutant)
        found = _outcome(path)
        if isinstance(found, RefusedError):
            assert not isinstance(found, OverloadedError), (number, str(found))
            assert 3 < len(str(found)) < 400
            assert "\n" not in str(found)
        else:
            was_read += 1
            _compare(whole, found.root, found.infinite, has_checksums)
        path.unlink()
    assert 0 < was_read < MUTANTS
    assert _peak() - before < _MOST_GROWTH


def _outcome(path: Path) -> Checkpoint | RefusedError:
    try:
        return read(path, _LIMITS)
    except RefusedError as refused:
        return refused


def _compare(whole: dict[str, np.ndarray[Any, Any]], root: Any, infinite: tuple[str, ...], has_checksums: bool) -> None:
    for name, values in arrays(root):
        if has_checksums:
            assert np.array_equal(values, whole[name])
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            assert infinite


def test_the_damage_is_of_every_kind() -> None:
    data = bytes(range(256)) * 4
    made = list(mutants(data, 500, "kinds"))
    assert len(set(made)) > 480
    assert {len(m) < len(data) for m in made} == {len(m) > len(data) for m in made} == {True, False}
    assert any(len(m) == len(data) and m != data for m in made)
