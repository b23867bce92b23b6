"""How much a checkpoint may ask for, and the account of what it has had. Pure but for the clock.

Everything in a file that says how many or how long is compared with these before memory is taken or time is spent, so
that no file, however made, takes more than this.
"""

from __future__ import annotations

from dataclasses import dataclass

from latentjockey.base.clock import now_ns
from latentjockey.models.reading.plain import OverloadedError, RefusedError

_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """``operations`` of the pickle machine, all streams of a file together; ``values`` of what is read, each counted as
    often as it is met when the whole is walked; ``depth`` of lists within lists; ``streams`` within streams;
    ``entries`` of an archive. Sizes are bytes: ``file`` as it lies there, ``made`` what is copied, decoded or unpacked,
    ``tensors`` all arrays together, ``text`` one text or number of bytes. ``ratio`` is how much smaller than its
    contents an archive's entry may be. ``seconds`` is how long reading may take in all."""

    file: int = 16 * _GIB
    made: int = 16 * _GIB
    tensors: int = 32 * _GIB
    text: int = 2 * _GIB
    operations: int = 5_000_000
    values: int = 5_000_000
    depth: int = 120
    streams: int = 3
    entries: int = 100_000
    ratio: int = 200
    seconds: float = 240.0


LIMITS = Limits()
"""Wide enough for the largest published generators with their optimisers, narrow enough for a machine to bear."""

_LOOK_EVERY = 256
_LARGE = 1 << 20


class Account:
    """What one reading has had so far; every spending raises RefusedError when it is more than the limits allow."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._operations = 0
        self._made = 0
        self._tensors = 0
        self._end_ns = now_ns() + int(limits.seconds * 1e9)
        self._streams = 0

    def operate(self, count: int = 1) -> None:
        """``count`` more operations."""
        before = self._operations
        self._operations = before + count
        if before // _LOOK_EVERY != self._operations // _LOOK_EVERY:
            self.look()
            if self._operations > self.limits.operations:
                raise RefusedError(
                    "it takes more steps to read than any model does; it is no model, or was made to keep a reader busy"
                )

    def look(self) -> None:
        """Whether there is time left."""
        if now_ns() > self._end_ns:
            raise OverloadedError(
                f"reading it took longer than {self.limits.seconds:.0f} s; try again when this machine has less to do, "
                "or keep the generator alone in a file of its own"
            )

    def make(self, size: int) -> None:
        """``size`` more bytes are copied, decoded or unpacked."""
        self._made += size
        if size > _LARGE:
            self.look()
        if self._made > self.limits.made:
            raise RefusedError(
                f"it unpacks to more than {self.limits.made / _GIB:.0f} GiB; keep the generator alone in a file"
            )

    def hold(self, size: int) -> None:
        """``size`` more bytes of arrays."""
        self._tensors += size
        if self._tensors > self.limits.tensors:
            raise RefusedError(
                f"its arrays are larger than {self.limits.tensors / _GIB:.0f} GiB together; keep the generator alone "
                "in a file of its own"
            )

    def enter(self) -> None:
        """A stream within a stream begins; :meth:`leave` when it ends."""
        self._streams += 1
        if self._streams > self.limits.streams:
            raise RefusedError("it holds files within files within files, as no model does")

    def leave(self) -> None:
        self._streams -= 1


def damaged(what: str) -> RefusedError:
    """The refusal of a file that is not whole. ``what`` was met, in a few words."""
    return RefusedError(
        f"it is damaged or was cut short ({what}); get it again, and compare its size with the source's"
    )
