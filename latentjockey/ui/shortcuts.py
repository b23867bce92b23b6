"""Every key of the surface, as data, and which of them the player has changed. Pure: no Qt; any one thread.

A key is named as in ``Ctrl+Shift+Z`` (Qt's portable names). Two actions may want the same key: the one that was given
it last gets it, and the other one says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from latentjockey.control.names import CUES


@dataclass(frozen=True, slots=True)
class Shortcut:
    """``family`` names shortcuts that share one line, such as the eight cues; ``repeats`` goes on while the key is
    held, ``held`` also wants to know when it is let go, ``anywhere`` works while a number or name is typed."""

    action: str
    group: str
    help: str
    keys: tuple[str, ...]
    family: str = ""
    repeats: bool = False
    held: bool = False
    anywhere: bool = False


def _cues(action: str, family: str, prefix: str) -> tuple[Shortcut, ...]:
    return tuple(Shortcut(f"{action}/{n}", "cues", f"{family} {n}", (f"{prefix}{n}",), family) for n in CUES)


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut("panic", "rescue", "a clean picture; held: also glide home to cue 1", ("Ctrl+P", "Pause"), held=True,
             anywhere=True),
    Shortcut("undo", "rescue", "take the last move back", ("Ctrl+Z",)),
    Shortcut("redo", "rescue", "make the undone move again", ("Ctrl+Shift+Z", "Ctrl+Y")),
    Shortcut("tap", "play", "tap the tempo", ("Space",)),
    Shortcut("fade/left", "play", "crossfade towards A", ("Left",), repeats=True),
    Shortcut("fade/right", "play", "crossfade towards B", ("Right",), repeats=True),
    Shortcut("fade/left/fine", "play", "crossfade towards A, finely", ("Shift+Left",), repeats=True),
    Shortcut("fade/right/fine", "play", "crossfade towards B, finely", ("Shift+Right",), repeats=True),
    Shortcut("fade/a", "play", "cut to deck A", ("Ctrl+Left",)),
    Shortcut("fade/b", "play", "cut to deck B", ("Ctrl+Right",)),
    Shortcut("focus", "play", "the eight knobs and the number keys play the other deck", ("F", "`")),
    Shortcut("ghost", "play", "the ghost plays, or stops", ("G",)),
    Shortcut("loop", "play", "while held: record the control at hand as a loop", ("L",), held=True),
    *_cues("cue", "recall cue", ""),
    *_cues("other", "recall cue, other deck", "Shift+"),
    *_cues("store", "store cue", "Ctrl+"),
    Shortcut("freeze", "stage", "keep the picture that is on stage", ("Shift+Z",)),
    Shortcut("blackout", "stage", "black on stage", ("Shift+B",)),
    Shortcut("output/1", "stage", "output 1 on its display", ("O",)),
    Shortcut("record", "files", "record the stage, or stop", ("Shift+R",)),
    Shortcut("still", "files", "keep this picture with its position", ("S",)),
    Shortcut("save", "files", "keep this place as a preset: type its name", ("Ctrl+S",)),
    Shortcut("view", "surface", "PLAY or STUDIO", ("P", "F5")),
    Shortcut("learn", "surface", "learn: then move a knob of the controller", ("M",)),
    Shortcut("escape", "surface", "stop learning; give the keys back to the instrument", ("Esc",)),
    Shortcut("help", "surface", "this page", ("F1",)),
)  # fmt: skip
"""In the order in which they are shown. A stray key must not black the stage or end a recording: those want Shift."""


@dataclass(slots=True)
class ShortcutMap:
    """The keys as they are now. ``shortcuts`` are the defaults; ``given`` what was changed, the latest change last."""

    shortcuts: tuple[Shortcut, ...] = SHORTCUTS
    given: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def keys(self, action: str) -> tuple[str, ...]:
        """The keys of an action. Raises KeyError."""
        return self.given[action] if action in self.given else self.shortcut(action).keys

    def shortcut(self, action: str) -> Shortcut:
        """Its data. Raises KeyError."""
        found = next((s for s in self.shortcuts if s.action == action), None)
        if found is None:
            raise KeyError(action)
        return found

    def changed(self, action: str) -> bool:
        """Whether its keys are not the default ones."""
        return action in self.given

    def action(self, key: str) -> str | None:
        """What a key does: of several that want it, the one that was given it last."""
        wanting = self.wanting(key)
        return wanting[-1] if wanting else None

    def wanting(self, key: str) -> tuple[str, ...]:
        """All actions with this key; the last one gets it."""
        untouched = (s.action for s in self.shortcuts if s.action not in self.given)
        return tuple(action for action in (*untouched, *self.given) if key in self.keys(action))

    def loses(self, action: str, key: str) -> str | None:
        """The action that gets ``key`` in place of this one, if another does."""
        winner = self.action(key)
        return winner if winner != action else None

    def give(self, action: str, keys: Iterable[str]) -> None:
        """Let an action have these keys, or none. Raises KeyError for an action that there is not."""
        default = self.shortcut(action).keys
        wanted = tuple(dict.fromkeys(key for key in keys if key))
        self.given.pop(action, None)
        if wanted != default or any(self.loses(action, key) for key in wanted):
            self.given[action] = wanted

    def reset(self, action: str | None = None) -> None:
        """The default keys again, of one action or of all."""
        if action is None:
            self.given.clear()
        else:
            self.given.pop(action, None)

    # -- as a file ----------------------------------------------------------------------------------------------------

    def as_json(self) -> bytes:
        """What was changed, in order."""
        changes = [{"action": action, "keys": list(keys)} for action, keys in self.given.items()]
        return json.dumps({"version": 1, "shortcuts": changes}, indent=1, ensure_ascii=False).encode()

    def take(self, data: bytes) -> None:
        """Take what :meth:`as_json` wrote; actions that no longer exist are left out. Raises ValueError, and changes
        nothing, for anything else."""
        try:
            read: object = json.loads(data)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        if not isinstance(read, Mapping) or not isinstance(read.get("shortcuts"), list):
            raise ValueError("it holds no list of shortcuts")
        known = {s.action for s in self.shortcuts}
        taken: dict[str, tuple[str, ...]] = {}
        for entry in read["shortcuts"]:
            action, keys = _entry(entry)
            if action in known:
                taken[action] = keys
        self.given = taken


def _entry(entry: object) -> tuple[str, tuple[str, ...]]:
    if isinstance(entry, Mapping):
        action, keys = entry.get("action"), entry.get("keys")
        if isinstance(action, str) and isinstance(keys, list) and all(isinstance(key, str) for key in keys):
            return action, tuple(key[:40] for key in keys[:8])
    raise ValueError("an entry is not an action with its keys")
