"""Makes docs/images/night-garden-far.jpg: the bundled model played within and beyond its bounds.

Run from the top of the repository: ``python docs/night_garden_far.py``. Every cell is what the instrument shows at the
values written here; rows go from left to right in even steps.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from make_presets import GARDEN, grown
from numpy.typing import NDArray
from PIL import Image

from latentjockey.base.clock import ManualClock
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.control.values import Value
from latentjockey.engine.evaluate import Evaluator
from latentjockey.generators.protocol import FrameRequest, Generator
from latentjockey.generators.registry import create
from latentjockey.models.controls import controls_of

INTO = Path(__file__).parent / "images" / "night-garden-far.jpg"
ACROSS, SIDE, GAP = 9, 128, 4
_BACKGROUND = (14, 15, 19)

Row = Callable[[float], dict[str, Value]]

ROWS: tuple[Row, ...] = (
    lambda x: grown("a", 3, moth=6.0 * x - 2.0),
    lambda x: grown("a", 24, mask=1.0 - x, angler=x),
    lambda x: grown("a", 7, moth=1.0 + 1.4 * x, eye=-1.4 * x),
    lambda x: {**grown("a", 5, medusa=1.0), "/deck/a/psi": 4.0 * x - 1.0},
    lambda x: {**grown("a", 21, moth=1.0), "/break/fine/gain": 1.0 - 2.5 * x},
)


def picture(generator: Generator, values: dict[str, Value]) -> NDArray[np.uint8]:
    """What is on stage with ``values`` set: (SIDE, SIDE, 3)."""
    bay = Bay(Layout(1, controls_of(generator.spec)), ManualClock())
    report = bay.write(values.items(), HAND)
    if report.refused:
        raise SystemExit(report.refused)
    snapshot, evaluator = bay.snapshot(), Evaluator(generator, bay.layout.specs)
    result = generator.frame(FrameRequest(SIDE, SIDE), lambda: evaluator.moment(snapshot, 0.0))
    return np.ascontiguousarray(result.pixels.transpose(1, 2, 0) if result.planar else result.pixels[..., :3])


def main() -> None:
    """Draw all rows."""
    step = SIDE + GAP
    sheet = np.full((step * len(ROWS) - GAP, step * ACROSS - GAP, 3), _BACKGROUND, np.uint8)
    generator = create(GARDEN.name, "cpu")
    for y, row in enumerate(ROWS):
        for x in range(ACROSS):
            cell = picture(generator, row(x / (ACROSS - 1)))
            sheet[y * step : y * step + SIDE, x * step : x * step + SIDE] = cell
    generator.close()
    Image.fromarray(sheet).save(INTO, quality=92, subsampling=0)


if __name__ == "__main__":
    main()
