"""The ways out to other programs, as data: what they are called, and where there are any. Any thread."""

from __future__ import annotations

from dataclasses import dataclass

from latentjockey.control.names import SENDS


@dataclass(frozen=True, slots=True)
class Cable:
    """``kind`` is the segment of its addresses, ``name`` what people call it; ``systems`` are values of
    ``sys.platform``, empty for all; ``where`` says in words which those are; ``finds`` who receives."""

    kind: str
    name: str
    systems: tuple[str, ...]
    where: str
    finds: str

    def is_for(self, platform: str) -> bool:
        """Whether it exists on a system of this ``sys.platform``."""
        return not self.systems or platform in self.systems


CABLES: tuple[Cable, ...] = (
    Cable("ndi", "NDI", (), "every system", "programs here and in the network"),
    Cable("spout", "Spout", ("win32",), "Windows", "programs on this machine"),
    Cable("syphon", "Syphon", ("darwin",), "macOS", "programs on this machine"),
    Cable("v4l2", "camera", ("linux",), "Linux", "programs that take a camera (v4l2 loopback)"),
)
assert tuple(cable.kind for cable in CABLES) == SENDS


def cable(kind: str) -> Cable:
    """The one of this kind."""
    return next(c for c in CABLES if c.kind == kind)
