"""What the window may ask of the application, as data: functions that return at once. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from latentjockey.models.card import ModelCard


@dataclass(frozen=True, slots=True)
class Actions:
    """``on_drop`` gets the path of a file dropped on the stage; ``presets`` names what can be recalled; ``osc_status``
    and ``midi_status`` are a few words for the top bar; ``off_loopback`` says whether other machines can reach this
    one; ``card`` is that of the playing model; ``set_name`` is what is being played tonight.
    """

    on_drop: Callable[[str], None]
    presets: Callable[[], list[str]]
    osc_status: Callable[[], str]
    midi_status: Callable[[], str]
    off_loopback: bool = False
    card: Callable[[], ModelCard | None] = lambda: None
    set_name: str = ""
