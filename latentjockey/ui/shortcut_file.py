"""Where a machine keeps the player's own keys. GUI thread; the disk is waited for wherever ``later`` does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from latentjockey.base.paths import state_dir, write_atomic
from latentjockey.ui.shortcuts import ShortcutMap

NAME = "shortcuts.json"


def load(shortcuts: ShortcutMap, path: Path | None = None) -> str:
    """Fill the map from the file; without one, the defaults stay. Returns a sentence where the file is of no use."""
    try:
        file = path or state_dir() / NAME
        shortcuts.take(file.read_bytes())
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"Your own keys cannot be read ({error.strerror}): the usual ones hold."
    except ValueError as error:
        return f"{NAME} cannot be used ({error}): the usual keys hold, and the file is replaced at the next change."
    return ""


def save(
    shortcuts: ShortcutMap,
    later: Callable[[Callable[[], None]], None],
    report: Callable[[str], None],
    path: Path | None = None,
) -> None:
    """Keep the map as it is now. ``later`` carries the writing out, ``report`` gets one sentence if it fails."""
    data = shortcuts.as_json()

    def write() -> None:
        try:
            write_atomic(path or state_dir() / NAME, data)
        except OSError as error:
            report(f"Your own keys could not be kept ({error.strerror}): they hold until the window closes.")

    later(write)
