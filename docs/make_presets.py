"""Writes the bundled presets and, with --sheet FILE, a picture of how each looks and moves.

Run from the top of the repository: ``python docs/make_presets.py --sheet sheet.png``. The presets hold decks, mixer and
the model's own controls only: recalling one must not touch the player's cues, picture size or tempo.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import RECALL
from latentjockey.control.values import Value
from latentjockey.engine.evaluate import Evaluator
from latentjockey.generators.protocol import FrameRequest, Generator
from latentjockey.generators.registry import create
from latentjockey.models.builtin import CPPN
from latentjockey.models.controls import controls_of
from latentjockey.models.library import get
from latentjockey.models.spec import ModelSpec
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.presets.preset import Preset, batch, capture
from latentjockey.presets.store import PresetStore

BUNDLED = Path(__file__).parents[1] / "presets"
KEPT = ("/deck/a/", "/deck/b/", "/mix/", "/break/", "/echo/", "/gen/")
PLAYERS = ("/cue/", "/glide/time", "/mutate/")
MOMENTS = (0.0, 3.0, 6.0, 12.0, 24.0)
SIDE = 256
GARDEN = get("night-garden").spec or CPPN


def seeded(deck: str, seed: int, model: ModelSpec = CPPN) -> dict[str, Value]:
    """A deck at the place of a seed."""
    return {f"/deck/{deck}/seed": seed, f"/deck/{deck}/z": z_from_seed(seed, model.z_dim)}


def grown(deck: str, seed: int, **kinds: float) -> dict[str, Value]:
    """A deck of the night garden, at the place of a seed, asking for so much of these kinds and nothing of the rest."""
    weights = np.array([kinds.pop(kind, 0.0) for kind in GARDEN.classes])
    assert not kinds, kinds
    return {**seeded(deck, seed, GARDEN), f"/deck/{deck}/class": weights}


OF_THE_CPPN: dict[str, dict[str, Value]] = {
    "Evening at sea": {
        **seeded("a", 57),
        **seeded("b", 67),
        "/deck/a/drift/speed": 0.03,
        "/deck/a/drift/spread": 0.3,
        "/deck/a/drift/seed": 4,
        "/deck/b/drift/speed": 0.03,
    },
    "Furnace": {
        **seeded("a", 36),
        **seeded("b", 69),
        "/deck/a/overdrive": 2.4,
        "/deck/a/drift/speed": 0.12,
        "/deck/b/overdrive": 1.8,
        "/gen/palette": 10,
    },
    "Porthole": {
        **seeded("a", 60),
        **seeded("b", 49),
        "/deck/a/eq/middle": 0.0,
        "/deck/a/drift/speed": 0.15,
        "/deck/b/eq/middle": 0.0,
    },
    "Blown glass": {
        **seeded("a", 41),
        **seeded("b", 55),
        "/deck/a/eq/fine": -1.0,
        "/deck/a/drift/speed": 0.06,
        "/deck/b/eq/fine": -1.0,
    },
    "Between two shores": {
        **seeded("a", 71),
        **seeded("b", 75),
        "/mix/crossfade": 0.5,
        "/mix/offset/coarse": -0.45,
        "/mix/offset/fine": 0.4,
        "/deck/a/drift/speed": 0.08,
        "/deck/b/drift/speed": -0.11,
    },
    "The lacquered gong": {
        **seeded("a", 49),
        **seeded("b", 2),
        "/deck/a/psi": 4.5,
        "/deck/a/drift/speed": 0.012,
        "/deck/a/drift/spread": 0.3,
        "/deck/b/psi": -3.0,
    },
}

OF_THE_GARDEN: dict[str, dict[str, Value]] = {
    "Moth hour": {
        **grown("a", 12, moth=1.0),
        **grown("b", 31, eye=1.0),
        "/mix/crossfade": 0.45,
        "/deck/a/drift/speed": 0.1,
        "/deck/b/drift/speed": 0.1,
    },
    "Hothouse": {
        **grown("a", 3, bloom=0.55, radiolarian=0.5),
        **grown("b", 22, bloom=0.55, radiolarian=0.5),
        "/deck/a/drift/speed": 0.12,
        "/deck/a/drift/spread": 0.7,
        "/deck/b/drift/speed": 0.12,
    },
    "The diver": {
        **grown("a", 5, mask=1.0),
        **grown("b", 9, medusa=1.0),
        "/mix/crossfade": 0.5,
        "/mix/offset/coarse": -0.45,
        "/mix/offset/middle": -0.1,
        "/mix/offset/fine": 0.5,
        "/deck/a/drift/speed": 0.1,
        "/deck/b/drift/speed": -0.1,
    },
    "Moth without eyes": {
        **grown("a", 27, moth=2.4, eye=-1.4),
        **grown("b", 3, moth=2.4, eye=-1.4),
        "/deck/a/drift/speed": 0.1,
        "/deck/a/drift/spread": 0.6,
    },
    "Angler inside out": {
        **grown("a", 5, angler=1.0),
        **grown("b", 5, angler=1.8, eye=1.2, moth=-1.6),
        "/deck/a/psi": -1.8,
        "/deck/a/drift/speed": 0.1,
        "/deck/a/drift/spread": 0.6,
    },
    "Silverpoint": {
        **grown("a", 21, moth=1.0),
        **grown("b", 9, mask=1.0),
        "/break/fine/gain": -1.5,
        "/deck/a/drift/speed": 0.1,
        "/deck/a/drift/spread": 0.6,
    },
}

PRESETS = ((CPPN, OF_THE_CPPN), (GARDEN, OF_THE_GARDEN))


def preset_of(model: ModelSpec, name: str, values: dict[str, Value]) -> Preset:
    """The preset that the bay gives after ``values`` were set."""
    bay = Bay(Layout(1, controls_of(model)), ManualClock())
    report = bay.write(values.items(), RECALL)
    if report.refused:
        raise SystemExit(f"{name}: {report.refused}")
    whole = capture(bay.snapshot(), bay.ranges(), model, name, now=0.0)
    ours = {a: v for a, v in whole.values.items() if a.startswith(KEPT) and not any(p in a for p in PLAYERS)}
    return replace(whole, values=ours)


def strip(preset: Preset, generator: Generator) -> NDArray[np.uint8]:
    """The preset's picture at each of MOMENTS, side by side: (SIDE, SIDE · len(MOMENTS), 3)."""
    bay = Bay(Layout(1, controls_of(generator.spec)), ManualClock())
    bay.write(batch(preset, bay.layout).writes, RECALL)
    snapshot = bay.snapshot()
    evaluator = Evaluator(generator, bay.layout.specs)
    pictures = []
    for t in MOMENTS:
        result = generator.frame(FrameRequest(SIDE, SIDE), lambda t=t: evaluator.moment(snapshot, t))  # type: ignore[misc]
        pixels = result.pixels.transpose(1, 2, 0) if result.planar else result.pixels[..., :3]
        pictures.append(np.ascontiguousarray(pixels))
    return np.concatenate(pictures, axis=1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write every preset, and a strip of each below the other where a sheet is wanted."""
    parser = argparse.ArgumentParser(description="Writes the bundled presets.")
    parser.add_argument("--sheet", type=Path, help="where to write a picture of how each looks and moves")
    wanted = parser.parse_args(arguments)
    made = [(model, preset_of(model, name, values)) for model, all_ in PRESETS for name, values in all_.items()]
    with tempfile.TemporaryDirectory() as trash:  # what is written over is in the repository's history
        store = PresetStore(BUNDLED, trash_dir=Path(trash))
        for _, preset in made:
            print(store.save(preset.name, preset).name)
    if wanted.sheet:
        strips = []
        for model, _ in PRESETS:
            generator = create(model.name)
            strips += [strip(preset, generator) for its, preset in made if its is model]
            generator.close()
        Image.fromarray(np.concatenate(strips)).save(wanted.sheet)


if __name__ == "__main__":
    main()
