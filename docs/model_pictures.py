"""Makes the small pictures of the models that come along, which the browser of models shows before they have played.

    python docs/model_pictures.py [NAME ...]

Each is a still of the model itself, written beside the bundled models.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from latentjockey.models.album import encode

BUNDLED = Path(__file__).resolve().parent.parent / "latentjockey" / "models" / "bundled"
STILLS = {
    "night-garden": ("--preset", "Moth hour"),
    "portraits": ("--model", "portraits", "--seed", "21"),
    "small-portraits": ("--model", "small-portraits", "--seed", "3"),
    "cppn": ("--preset", "Evening at sea", "--size", "384x384"),
    "testcard": ("--model", "testcard", "--size", "384x384"),
}


def main(names: list[str]) -> int:
    """Make those that are named, or all."""
    for name in names or STILLS:
        with tempfile.TemporaryDirectory() as folder:
            still = Path(folder) / "still.png"
            subprocess.run([sys.executable, "-m", "latentjockey", "still", *STILLS[name], "-o", still], check=True)
            with Image.open(still) as image:
                data = encode(np.array(image.convert("RGB")))
        target = BUNDLED / f"{name}.jpg"
        target.write_bytes(data)
        sys.stdout.write(f"{target.name}: {len(data) // 1000} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
