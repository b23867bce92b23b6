"""The two packages of the index whose generators have to play. Skipped, with the reason, where they cannot be had.

What was downloaded once is kept in a folder of the system's for temporary files, or in that which
LATENTJOCKEY_TEST_WHEELS names, and is found again there by its hash. Nothing that these models draw is kept.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from latentjockey.generators.protocol import FrameRequest, Generator, Moment
from latentjockey.generators.registry import create
from latentjockey.models import library, wheels
from latentjockey.models.card import UNDISCLOSED
from latentjockey.models.packages import KNOWN
from latentjockey.navigation.seeds import z_from_seed

KEPT = Path(os.environ.get("LATENTJOCKEY_TEST_WHEELS") or Path(tempfile.gettempdir()) / "latentjockey-test-wheels")
SECONDS = 60.0
ABSENT = ("cannot be reached", "did not answer", "no wheel of that name", "no pip", "pip could not")


def kept_pip(arguments: Sequence[str], folder: Path) -> str:
    """pip, but what is known by its hash and lies there already is not asked for again."""
    if arguments[0] == "install":
        name, _, version = arguments[-1].partition("==")
        [sha256] = [s for v, s in KNOWN[name].sums.items() if v == version]
        if (KEPT / sha256).is_dir():
            download = {"url": "file:///kept.whl", "archive_info": {"hashes": {"sha256": sha256}}}
            return json.dumps(
                {"install": [{"metadata": {"name": name, "version": version}, "download_info": download}]}
            )
        return wheels.run_pip(arguments, folder)
    into = Path(arguments[arguments.index("--dest") + 1])
    there = KEPT / Path(arguments[-1]).read_text(encoding="utf-8").strip().rpartition(":")[2]
    if not there.is_dir():
        wheels.run_pip(arguments, folder)
        KEPT.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=KEPT, prefix=".part-"))
        for path in into.iterdir():
            shutil.copy2(path, part)
        part.replace(there)
        return ""
    for path in there.iterdir():
        shutil.copy2(path, into)
    return ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "own_folder", lambda: folder)
        patch.setattr(wheels, "SECONDS", SECONDS)
        yield folder


def got(name: str) -> Generator:
    [version] = KNOWN[name].sums
    try:
        made = wheels.get(wheels.Wanted(name, version), {}, pip=kept_pip)
    except wheels.PackageError as error:
        if any(sign in str(error) for sign in ABSENT):
            pytest.skip(f"{name} cannot be had here: {error}")
        raise
    assert made.seen
    return create(name, "cpu")


@pytest.fixture(scope="module")
def eyes(folder: Path) -> Iterator[Generator]:
    made = got("omniart-eye-generator")
    yield made
    made.close()


@pytest.fixture(scope="module")
def faces(folder: Path) -> Iterator[Generator]:
    made = got("gan-face-generate")
    yield made
    made.close()


def drawn(
    generator: Generator, seed: int, classes: Sequence[float] | NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    z = z_from_seed(seed, generator.spec.z_dim).astype(np.float32)[None]
    weights = None if classes is None else np.array([classes], np.float32)
    layers = generator.embed(z, weights)[0]
    width, height = generator.spec.size
    result = generator.frame(FrameRequest(width, height), lambda: Moment(layers, {}))
    assert result.finite
    return result.pixels.transpose(1, 2, 0).astype(np.float64)


def test_the_eyes_know_their_eight_colours(eyes: Generator) -> None:
    spec = eyes.spec
    assert (spec.z_dim, spec.size) == (100, (128, 128))
    assert spec.classes == ("amber", "blue", "brown", "gray", "grayscale", "green", "hazel", "red")
    assert (spec.card.consent, spec.card.data_licence) == (UNDISCLOSED, UNDISCLOSED)
    mean = {
        name: np.mean([drawn(eyes, seed, row).mean((0, 1)) for seed in range(6)], axis=0)
        for name, row in zip(spec.classes, np.eye(8), strict=True)
    }
    red, green, blue = 0, 1, 2
    assert mean["blue"][blue] - mean["blue"][red] > mean["brown"][blue] - mean["brown"][red] + 10
    assert mean["red"][red] - mean["red"][green] > 20
    spread = [np.ptp(drawn(eyes, seed, np.eye(8)[4]), axis=2).mean() for seed in range(6)]
    assert np.mean(spread) < 12, "grayscale eyes have next to no colour"


def test_colours_of_eyes_go_beyond_what_they_learned(eyes: Generator) -> None:
    pictures = [drawn(eyes, 3, row) for row in ([0, 1, 0, 0, 0, 0, 0, 0], [0, 4, -2, 0, 0, 0, 0, 0], [0.0] * 8)]
    assert all(picture.std() > 8 for picture in pictures)
    assert all(np.abs(a - b).mean() > 4 for a, b in ((pictures[0], pictures[1]), (pictures[0], pictures[2])))


def test_the_faces_play(faces: Generator) -> None:
    assert (faces.spec.z_dim, faces.spec.size, faces.spec.classes) == (100, (64, 64), ())
    assert faces.spec.card.consent == UNDISCLOSED
    pictures = [drawn(faces, seed) for seed in range(12)]
    assert min(picture.std() for picture in pictures) > 15
    middle = np.mean([picture[20:44, 20:44].mean((0, 1)) for picture in pictures], axis=0)
    assert middle[0] > middle[2] + 10, "skin is warmer than blue"
