"""One engine process as the show sees it: a child, and what it last said it was doing.

Messages are read on a thread ``engine N``.
"""

from __future__ import annotations

from collections.abc import Callable

from latentjockey.base.clock import now_ns
from latentjockey.base.platform import Family
from latentjockey.host.child import Child
from latentjockey.link.messages import Beat, Problem, ToEngine, ToShow, pack, read_to_show

_SILENCE_S, _STALLED_S = 2.0, 0.35  # what is silent for a second may be without a processor; meanwhile the show goes on
_CATCHING_UP_S = 1.0
_SILENCE_LOADING_S = 60.0  # importing may keep the interpreter's lock, and the pulse with it, for seconds


class EngineProcess(Child[ToShow]):
    """Started at once; ``on_message(engine, message)`` is called from the reading thread, with ``None`` at the end.

    Raises OSError when the system has no room for another process.
    """

    def __init__(
        self,
        number: int,
        family: Family,
        threads: int | None,
        on_message: Callable[[EngineProcess, ToShow | None], None],
    ) -> None:
        self._on_message = on_message
        self._last_heard = now_ns()
        self._beat = Beat("starting", now_ns(), _SILENCE_LOADING_S)
        self._catching_up_until = 0
        super().__init__(f"engine {number}", "latentjockey.engine", family, _environment(threads), read_to_show)

    @property
    def phase(self) -> str:
        """What its main thread said it was doing."""
        return self._beat.phase

    def send(self, message: ToEngine) -> None:
        """Send, or end the engine when its pipe stays full: it is not reading then."""
        self.send_bytes(pack(message))

    def hear(self, message: ToShow | None) -> None:
        if message is not None:
            self._last_heard = now_ns()
        if isinstance(message, Beat):
            self._beat = message
            return
        if isinstance(message, Problem) and message.fatal:
            self._last_words = message.text
        self._on_message(self, message)

    def hung(self, now: int) -> str | None:
        """Why this engine counts as hung at ``now`` ns, or ``None``."""
        if now < self._catching_up_until:
            return None
        silent = (now - self._last_heard) * 1e-9
        loading = self._beat.phase in ("starting", "loading")
        if silent > (_SILENCE_LOADING_S if loading else _SILENCE_S):
            return f"it was silent for {silent:.1f} s"
        busy = (now - self._beat.since_ns) * 1e-9
        if busy > self._beat.allowed_s:
            return f"{self._beat.phase} took over {self._beat.allowed_s:.1f} s"
        return None

    def stalled(self, now: int, *, woken: bool) -> bool:
        """Whether pictures should be coming at ``now`` ns and do not: too soon to call it hung, too long to be still.

        An engine that is asleep, or waits for us, owes us no picture, unless it was ``woken``.
        """
        owing = ("rendering", "pacing", "measuring", "previewing", *(("idle",) if woken else ()))
        if self._beat.phase not in owing:
            return False
        busy = (now - self._beat.since_ns) * 1e-9 > self._beat.allowed_s / 3
        return busy or (now - self._last_heard) * 1e-9 > _STALLED_S

    def forgive(self, now: int) -> None:
        """The show itself was asleep: count silence from now, and do not judge by what lay unread meanwhile."""
        self._catching_up_until = now + int(_CATCHING_UP_S * 1e9)
        self._last_heard = now
        self._beat = Beat(self._beat.phase, now, self._beat.allowed_s)


def _environment(threads: int | None) -> dict[str, str]:
    # passive waiting: beside one busy process the 99th percentile of a frame fell from 682 to 29 ms
    passive = {"OMP_WAIT_POLICY": "passive", "OPENBLAS_NUM_THREADS": "1"}  # numpy multiplies small matrices there
    return passive if threads is None else {**passive, "OMP_NUM_THREADS": str(threads)}
