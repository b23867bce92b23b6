"""Makes the pictures of the coordinate network: cppn-seeds.png, clip-frames.png and breaks.png in docs/images.

Run from anywhere: ``python docs/make_images.py``. Everything shown follows from seeds, so that running it again gives
the same files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.names import BANDS
from latentjockey.control.source import RECALL
from latentjockey.control.values import Value
from latentjockey.engine.evaluate import Evaluator
from latentjockey.generators.break_values import BandBreak, Breaks
from latentjockey.generators.cppn import Cppn
from latentjockey.generators.protocol import FrameRequest, FrameResult, Moment
from latentjockey.models.builtin import CPPN
from latentjockey.navigation.seeds import z_from_seed

Picture = NDArray[np.uint8]

IMAGES = Path(__file__).parent / "images"
SEEDS = range(1, 21)
SIDE = 240
CLIP_SECONDS = 20.0
CLIP_FRAMES = 10
CLIP_SIDE = 224
FADE = (9.0, 18.0)
"""When in the clip the crossfader leaves A and arrives at B."""

BREAK_SEED = 4
BREAK_SIDE = 116
BREAKS = (
    ("gain", 0.3, 3.0),
    ("rotate", 30.0, 120.0),
    ("invert", 0.5, 1.5),
    ("threshold", 1.0, -2.0),
    ("kill", 0.3, 2.0),
    ("noise", 0.3, 1.5),
)
"""What is done to a band, and how far."""

_GAP = 6
_BACKGROUND = (18, 18, 18)
_SUPERSAMPLED = 2


def packed(result: FrameResult) -> Picture:
    """A result as (H, W, 3)."""
    return np.ascontiguousarray(result.pixels.transpose(1, 2, 0) if result.planar else result.pixels[..., :3])


def sheet(pictures: Sequence[Picture], columns: int) -> Image.Image:
    """The pictures, all of one size, in rows of ``columns`` with a narrow gap."""
    height, width = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    whole = Image.new("RGB", (columns * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP), _BACKGROUND)
    for i, picture in enumerate(pictures):
        at = (_GAP + i % columns * (width + _GAP), _GAP + i // columns * (height + _GAP))
        whole.paste(Image.fromarray(picture), at)
    return whole


def halved(picture: Picture) -> Picture:
    """A picture at half its size."""
    side = (picture.shape[1] // _SUPERSAMPLED, picture.shape[0] // _SUPERSAMPLED)
    return np.asarray(Image.fromarray(picture).resize(side, Image.Resampling.BOX))


def seeds(generator: Cppn, numbers: Iterable[int]) -> list[Picture]:
    """The picture of each seed, as the player shows it when the seed is chosen."""
    pictures = []
    for number in numbers:
        layers = generator.embed(z_from_seed(number, CPPN.z_dim).astype(np.float32)[None])[0]
        request = FrameRequest(SIDE * _SUPERSAMPLED, SIDE * _SUPERSAMPLED)
        result = generator.frame(request, lambda layers=layers: Moment(layers, {}))  # type: ignore[misc]
        pictures.append(halved(packed(result)))
    return pictures


def clip(generator: Cppn) -> list[Picture]:
    """Ten pictures out of twenty seconds: deck A drifts, then the crossfader goes over to B."""
    bay = Bay(Layout(1, builtin(CPPN.z_dim, CPPN.size, CPPN.controls, CPPN.directions)), ManualClock())
    evaluator = Evaluator(generator, bay.layout.specs)
    opening: list[tuple[str, Value]] = [
        ("/deck/a/z", z_from_seed(21, CPPN.z_dim)),
        ("/deck/a/drift/speed", 0.08),
        ("/deck/b/z", z_from_seed(5, CPPN.z_dim)),
    ]
    bay.write(opening, RECALL)
    pictures = []
    for t in np.linspace(0.0, CLIP_SECONDS, CLIP_FRAMES).tolist():
        along = min(max((t - FADE[0]) / (FADE[1] - FADE[0]), 0.0), 1.0)
        bay.write([("/mix/crossfade", along)], RECALL)
        moment = evaluator.moment(bay.snapshot(), t)
        request = FrameRequest(CLIP_SIDE * _SUPERSAMPLED, CLIP_SIDE * _SUPERSAMPLED)
        result = generator.frame(request, lambda moment=moment: moment)  # type: ignore[misc]
        pictures.append(halved(packed(result)))
    return pictures


def breaks(generator: Cppn) -> list[Picture]:
    """A row for each way to break: the whole picture, then coarse, middle and fine, each a little and far."""
    layers = generator.embed(z_from_seed(BREAK_SEED, CPPN.z_dim).astype(np.float32)[None])[0]
    request = FrameRequest(BREAK_SIDE * _SUPERSAMPLED, BREAK_SIDE * _SUPERSAMPLED)
    pictures = []
    for way, *amounts in BREAKS:
        bands = [{band: BandBreak(**{way: amount})} for band in BANDS for amount in amounts]
        for broken in (None, *(Breaks(**band) for band in bands)):  # type: ignore[arg-type]
            result = generator.frame(request, lambda broken=broken: Moment(layers, {}, 1.0, broken))  # type: ignore[misc]
            pictures.append(halved(packed(result)))
    return pictures


def keep(image: Image.Image, name: str) -> None:
    """Write an image in full colour: soft gradients do not bear a palette."""
    path = IMAGES / name
    image.save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB, {image.width} × {image.height}")


def main() -> None:
    """Write all pictures."""
    IMAGES.mkdir(exist_ok=True)
    generator = Cppn()
    keep(sheet(seeds(generator, SEEDS), 5), "cppn-seeds.png")
    keep(sheet(clip(generator), 5), "clip-frames.png")
    keep(sheet(breaks(generator), 1 + 2 * len(BANDS)), "breaks.png")
    generator.close()


if __name__ == "__main__":
    main()
