"""From the bay's numbers to what the rack does."""

from __future__ import annotations

import pytest

from latentjockey.control.catalogue import builtin
from latentjockey.control.catalogue_breaks import BLEND, BREAKS, break_controls
from latentjockey.control.layout import Layout
from latentjockey.control.names import BANDS
from latentjockey.control.snapshot import Snapshot
from latentjockey.engine.evaluate import Evaluator
from latentjockey.engine.evaluate_breaks import breaks_of
from latentjockey.generators.break_values import BandBreak, Breaks
from latentjockey.generators.testcard import Testcard
from latentjockey.models.builtin import TESTCARD

LAYOUT = Layout(1, Layout(1, builtin(TESTCARD.z_dim, TESTCARD.size, TESTCARD.controls)).engine_specs())


def shown(**writes: float) -> Snapshot:
    values = LAYOUT.defaults()
    for name, value in writes.items():
        target = LAYOUT.resolve("/" + name.replace("__", "/"))
        assert target is not None
        values[target.start] = value
    return Snapshot(LAYOUT, 1, 0, values, {})


def test_every_break_can_be_played_and_goes_home_on_panic() -> None:
    specs = {spec.address: spec for spec in break_controls()}
    assert set(specs) == {f"/break/{band}/{way}" for band in BANDS for way in BREAKS} | {BLEND}
    assert all(spec.modulatable and spec.panic and spec.guard == (None, None) for spec in specs.values())
    neutral = BandBreak()
    assert all(specs[f"/break/{band}/{way}"].default == getattr(neutral, way) for band in BANDS for way in BREAKS)


def test_at_the_defaults_there_is_no_rack() -> None:
    assert breaks_of(shown()) is None
    assert breaks_of(shown(break__seed=9.0)) is None
    bare = Layout(1, [spec for spec in LAYOUT.specs if not spec.address.startswith("/break/")])
    assert breaks_of(Snapshot(bare, 1, 0, bare.defaults(), {})) is None


@pytest.mark.parametrize("way", BREAKS)
@pytest.mark.parametrize("band", BANDS)
def test_each_number_arrives_where_it_belongs_however_far_out(band: str, way: str) -> None:
    made = breaks_of(shown(**{f"break__{band}__{way}": -77.5, "break__seed": 12.0}))
    assert made == Breaks(**{band: BandBreak(**{way: -77.5})}, seed=12)  # type: ignore[arg-type]


def test_blend_alone_is_a_break() -> None:
    assert breaks_of(shown(break__blend=0.5)) == Breaks(blend=0.5)


@pytest.mark.parametrize(("way", "moves"), [("noise", True), ("feedback", True), ("gain", False), ("kill", False)])
def test_what_differs_with_each_picture_keeps_it_moving(way: str, moves: bool) -> None:
    evaluator = Evaluator(Testcard(), LAYOUT.specs)
    still = {"deck__a__drift__speed": 0.0, "deck__b__drift__speed": 0.0}
    assert not evaluator.moving(shown(**still), 1e9)
    assert evaluator.moving(shown(**still, **{f"break__middle__{way}": 0.5}), 1e9) == moves


def test_a_moment_carries_it() -> None:
    evaluator = Evaluator(Testcard(), LAYOUT.specs)
    assert evaluator.moment(shown(), 1.0).breaks is None
    assert evaluator.moment(shown(break__fine__gain=2.0), 1.0).breaks == Breaks(fine=BandBreak(gain=2.0))
