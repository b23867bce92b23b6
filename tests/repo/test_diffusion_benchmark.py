"""The benchmark of diffusion: its arithmetic, and that its networks are of the published shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _from_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


def test_the_floor_is_the_longer_of_computing_and_reading() -> None:
    from benchmarks.diffusion import floor_ms

    assert floor_ms(100.0, 1e6, 200.0, 10.0) == 500.0
    assert floor_ms(0.1, 5e9, 200.0, 10.0) == 500.0


def test_a_row_says_what_was_measured_and_the_floor_or_why_nothing_was() -> None:
    from benchmarks.diffusion import Machine, rows_of

    best = {"float32": Machine().with_({"gflops": 50.0, "gbs": 1.0}).with_({"gflops": 100.0, "gbs": 0.5})}
    assert best["float32"] == Machine(100.0, 1.0)
    made = {"times": {"eager": [30.0, 20.0]}, "gflop": 1.0, "bytes": 2.0**20, "dtype": "float32"}
    (row,) = rows_of("a step", made, best)
    assert row.measured == "p50 25.0, least 20.0 ms; floor 10.0 ms"
    assert "0.500 of the floor's speed" in row.note
    (row,) = rows_of("a step", {"why": "no memory"}, best)
    assert (row.measured, row.note) == ("not measured", "no memory")


@pytest.mark.parametrize(
    ("shape", "side", "gflop", "millions"), [("sd", 512, 804.0, 866.0), ("sdxl", 512, 1589.0, 2567.0)]
)
def test_networks_have_the_published_shapes(shape: str, side: int, gflop: float, millions: float) -> None:
    import torch

    from benchmarks.diffusion_child import counted, heard, unet

    with torch.device("meta"):
        network: Any = unet(shape)
    args, kwargs = heard(shape, 512, 1, torch.empty(0, device="meta"))
    assert counted(lambda: network(*args, return_dict=False, **kwargs)[0]) == pytest.approx(gflop, rel=0.01)
    assert sum(weight.numel() for weight in network.parameters()) * 1e-6 == pytest.approx(millions, rel=0.01)
