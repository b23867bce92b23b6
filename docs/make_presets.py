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
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import RECALL
from latentjockey.control.values import Value
from latentjockey.engine.evaluate import Evaluator
from latentjockey.generators.cppn import Cppn
from latentjockey.generators.protocol import FrameRequest, Generator
from latentjockey.models.builtin import CPPN
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.presets.preset import Preset, batch, capture
from latentjockey.presets.store import PresetStore

BUNDLED = Path(__file__).parents[1] / "presets"
KEPT = ("/deck/a/", "/deck/b/", "/mix/", "/break/", "/echo/", "/gen/")
PLAYERS = ("/cue/", "/glide/time", "/mutate/")
MOMENTS = (0.0, 3.0, 6.0, 12.0, 24.0)
SIDE = 256


def seeded(deck: str, seed: int) -> dict[str, Value]:
    """A deck at the place of a seed."""
    return {f"/deck/{deck}/seed": seed, f"/deck/{deck}/z": z_from_seed(seed, CPPN.z_dim)}


PRESETS: dict[str, dict[str, Value]] = {
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


def preset_of(name: str, values: dict[str, Value]) -> Preset:
    """The preset that the bay gives after ``values`` were set."""
    bay = Bay(Layout(1, builtin(CPPN.z_dim, CPPN.size, CPPN.controls, CPPN.directions)), ManualClock())
    report = bay.write(values.items(), RECALL)
    if report.refused:
        raise SystemExit(f"{name}: {report.refused}")
    whole = capture(bay.snapshot(), bay.ranges(), CPPN, name, now=0.0)
    ours = {a: v for a, v in whole.values.items() if a.startswith(KEPT) and not any(p in a for p in PLAYERS)}
    return replace(whole, values=ours)


def strip(preset: Preset, generator: Generator) -> NDArray[np.uint8]:
    """The preset's picture at each of MOMENTS, side by side: (SIDE, SIDE · len(MOMENTS), 3)."""
    bay = Bay(Layout(1, builtin(CPPN.z_dim, CPPN.size, CPPN.controls, CPPN.directions)), ManualClock())
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
    made = [preset_of(name, values) for name, values in PRESETS.items()]
    with tempfile.TemporaryDirectory() as trash:  # what is written over is in the repository's history
        store = PresetStore(BUNDLED, trash_dir=Path(trash))
        for preset in made:
            print(store.save(preset.name, preset).name)
    if wanted.sheet:
        generator = Cppn()
        Image.fromarray(np.concatenate([strip(preset, generator) for preset in made])).save(wanted.sheet)
        generator.close()


if __name__ == "__main__":
    main()
