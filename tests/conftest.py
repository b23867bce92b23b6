"""What holds for every test: repeatable examples, no window on anybody's screen, no file in anybody's folders."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import hypothesis
import pytest

_FOLDERS = Path(tempfile.mkdtemp(prefix="latentjockey-tests-"))


def _point_at_own_folders() -> None:
    """Send everything that is written under the user's folders into one of our own, here and in child processes."""
    for kind in ("CONFIG", "DATA", "CACHE", "STATE", "RUNTIME", "PICTURES", "VIDEOS"):
        place = _FOLDERS / kind.lower()
        place.mkdir(mode=0o700)
        home_like = kind in ("CONFIG", "DATA", "CACHE", "STATE")
        os.environ[f"XDG_{kind}_{'HOME' if home_like else 'DIR'}"] = str(place)
    if sys.platform == "darwin":  # where the folders follow from HOME alone
        os.environ["HOME"] = str(_FOLDERS)


# At import, because test modules may ask for these as soon as they are collected.
_point_at_own_folders()
if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

hypothesis.settings.register_profile("here", deadline=None, max_examples=60)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folders that this run wrote to."""
    shutil.rmtree(_FOLDERS, ignore_errors=True)
