"""Makes the screenshots of the surface: every scene at three sizes, and from them the few that the documents show.

    python docs/screenshots.py [FOLDER] [--all FOLDER] [--size 1280x800] [--scene NAME ...]

Needs Xvfb and starts one of its own for each size; nothing of the player's is read or written. FOLDER (docs/images)
gets the few that are kept with the source; ``--all`` names where the whole set goes (build/screenshots). With --size or
--scene only those are made, and the few are left as they are.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
_LIMIT_S = 900.0
_WIDEST = 1280
_NARROWER = {"surface/shaders.png": 1060}
"""How wide a picture is instead, where a busy stage makes it too large a file."""


@dataclass(frozen=True, slots=True)
class Size:
    """A window in Qt's pixels, and how many device pixels each of them has across."""

    width: int
    height: int
    factor: int = 1

    @property
    def name(self) -> str:
        return f"{self.width * self.factor}x{self.height * self.factor}"


SIZES = (Size(1280, 800), Size(1920, 1080), Size(1920, 1080, 2))
SHOWN = {
    "window.png": "1280x800/playing.png",
    "surface/play.png": "1920x1080/play.png",
    "surface/far-out.png": "1280x800/far-out.png",
    "surface/killed.png": "1280x800/killed.png",
    "surface/breaking.png": "1280x800/breaking.png",
    "surface/shaders.png": "1920x1080/shaders.png",
    "surface/mappings.png": "1920x1080/mappings.png",
    "surface/gallery.png": "1920x1080/gallery.png",
}
"""What the documents show, and which picture of the whole set that is."""


@contextlib.contextmanager
def display(width: int, height: int) -> Iterator[str]:
    """An X server of our own with one screen of this size: its name."""
    server = shutil.which("Xvfb")
    if server is None:
        sys.exit("Xvfb is not installed: the screenshots are made on a display of their own.")
    reading, writing = os.pipe()
    screen = ["-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    process = subprocess.Popen(
        [server, "-displayfd", str(writing), *screen], pass_fds=(writing,), stderr=subprocess.DEVNULL
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        process.terminate()
        process.wait()


def surroundings(home: Path, screen: str, factor: int) -> dict[str, str]:
    """The environment of a session that has no past and leaves nothing behind."""
    kept = {name: value for name, value in os.environ.items() if name not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
    folders = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("DATA", "STATE", "CACHE", "CONFIG")}
    return {**kept, **folders, "DISPLAY": screen, "QT_SCALE_FACTOR": str(factor), "LIBGL_ALWAYS_SOFTWARE": "1"}


def play(size: Size, folder: Path, scenes: Sequence[str]) -> bool:
    """Keep the scenes of one size under ``folder``; whether all went well."""
    folder = folder / size.name
    folder.mkdir(parents=True, exist_ok=True)
    well = True
    with (
        display(size.width * size.factor, size.height * size.factor) as screen,
        tempfile.TemporaryDirectory(prefix="latentjockey-") as home,
    ):
        environment = surroundings(Path(home), screen, size.factor)
        others = [scene for scene in scenes if scene != "gallery"]
        if others or not scenes:
            arguments = [str(size.width), str(size.height), str(folder), *others]
            well = run("surface_scenes.py", arguments, environment)
        if "gallery" in scenes or not scenes:
            gallery = ["--save", str(folder / "gallery.png"), "--scale", str(size.factor)]
            well = run("widget_gallery.py", gallery, environment) and well
    return well


def run(script: str, arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a script beside this one ended well and in time."""
    try:
        done = subprocess.run([sys.executable, str(HERE / script), *arguments], env=environment, timeout=_LIMIT_S)
    except subprocess.TimeoutExpired:
        print(f"{script} took longer than {_LIMIT_S:.0f} s and was ended")
        return False
    return done.returncode == 0


def keep(source: Path, target: Path, widest: int = _WIDEST) -> None:
    """A copy for the documents: not wider than a page shows."""
    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    if picture.width > widest:
        high = round(picture.height * widest / picture.width)
        picture = picture.resize((widest, high), Image.Resampling.LANCZOS)
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.save(target, optimize=True)
    print(f"{target}: {target.stat().st_size // 1000} kB")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make them; 1 where something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "images", help="for the few that are kept")
    parser.add_argument("--all", type=Path, default=HERE.parent / "build" / "screenshots", help="for the whole set")
    parser.add_argument("--size", choices=[size.name for size in SIZES], help="only this size")
    parser.add_argument("--scene", nargs="+", default=[], help="only these scenes")
    asked = parser.parse_args(arguments)
    sizes = [size for size in SIZES if asked.size in (None, size.name)]
    well = all(play(size, asked.all.resolve(), asked.scene) for size in sizes)
    if well and asked.size is None and not asked.scene:
        for name, source in SHOWN.items():
            keep(asked.all / source, asked.folder / name, _NARROWER.get(name, _WIDEST))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
