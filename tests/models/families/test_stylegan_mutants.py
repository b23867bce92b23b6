"""Whatever stands where something of a StyleGAN should stand: it is refused, or it is a network that can be played."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentjockey.generators.style.config import config_from_json
from latentjockey.models.families.stylegan2 import StyleGan2
from latentjockey.models.families.stylegan3 import StyleGan3
from latentjockey.models.reading.plain import Persistent, RefusedError, TfNetwork
from latentjockey.models.stylegan3_shape import layer_shapes, shape_from_json
from tests.models.families.published import checkpoint, nvidia, nvidia_3, port, stylegan2, stylegan3, tensorflow

ROOTS = {
    "stylegan2": nvidia(stylegan2(classes=2, size=8), clamp=256.0),
    "stylegan3": nvidia_3(stylegan3()),
    "tensorflow": tensorflow(stylegan2(classes=2, size=8), conv_clamp=None, resample_kernel=[1, 3, 3, 1]),
    "port": port(stylegan2(size=8)),
}
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=6), st.binary(max_size=6),
    st.lists(st.integers(-3, 3), max_size=3), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from([
        np.zeros(0), np.zeros(()), np.full((2, 2), np.nan), np.array(["x"]), np.zeros((3, 0, 3), np.float16),
        np.float32(2.0), np.int64(7), np.ones((4, 4, 4, 4)), np.array([1 + 2j]), np.array([None]),
    ]),
)  # fmt: skip


def slots(root: Any) -> Iterator[tuple[dict[Any, Any], Any]]:
    """Every place of every table within ``root``."""
    if isinstance(root, Persistent):
        tables = [root.state, root.init_kwargs]
    elif isinstance(root, TfNetwork):
        tables = [root.static_kwargs, root.variables, root.components]
    else:
        tables = [root] if isinstance(root, dict) else []
    for table in tables:
        for key, value in table.items():
            yield table, key
            yield from slots(value)


@pytest.mark.parametrize("name", sorted(ROOTS))
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_anything_anywhere_is_refused_or_played(name: str, data: st.DataObject) -> None:
    root = copy.deepcopy(ROOTS[name])
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(slots(root))
        table, key = data.draw(st.sampled_from(places)) if places else ({"": 0}, "")
        if data.draw(st.booleans()):
            table[key] = data.draw(JUNK)
        else:
            del table[key]
    for family in (StyleGan2(), StyleGan3()):
        try:
            made = family.convert(checkpoint(root), {})
        except RefusedError as refused:
            made, said = None, str(refused)
        else:
            said = ""
        assert "\n" not in said
        assert not said.endswith(".")
        if made is None:
            continue
        assert all(value.dtype == np.float32 and np.isfinite(value).all() for value in made.tensors.values())
        if made.kind == "style":
            assert math.isfinite(config_from_json(made.config).clamp)
        else:
            assert layer_shapes(shape_from_json(made.config))
