"""The pictures that come in: which process reads them, what it is asked for, and what is said of how it goes.

Thread ``inputs`` owns every decision and starts the process, while something is to be read. ``look`` is for any thread
and waits for nothing; pictures are handed on from the process's reading thread. Whatever happens to a source, the last
picture of it stays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import Clock, now_ns
from latentjockey.base.diagnostics import Messages, logger
from latentjockey.base.platform import Family
from latentjockey.control.bay import Bay
from latentjockey.control.names import COMING_IN, INPUTS
from latentjockey.control.source import ENGINE
from latentjockey.host.input_process import InputProcess
from latentjockey.link.input_messages import Came, Find, Found, FromInputs, Leave, Open, Opened, Speed, Trouble
from latentjockey.models.spec import ModelSpec

Pixels = NDArray[np.uint8]

_LOG = logger("inputs")
_LOOK_S, _SLEPT_S = 1.0, 3.0
_AGAIN_S, _AGAIN_AT_MOST_S = 2.0, 16.0
_SIZE = (256, 256)
_WHAT = {"image": "/input/file", "video": "/input/file", "camera": "/input/device", "ndi": "/input/ndi"}
_CHANGES = ("/input/source", "/input/file", "/input/device", "/input/ndi", "/input/speed")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be read: its kind, what it is called, and the size that pictures are wanted for."""

    kind: str
    what: str
    size: tuple[int, int]


class Inputs:
    """``start`` once, ``close`` once. ``see`` gets each picture (3, H, W), and ``None`` where there is none any more;
    ``model`` is what plays."""

    def __init__(
        self,
        bay: Bay,
        messages: Messages,
        clock: Clock,
        see: Callable[[Pixels | None], None],
        model: Callable[[], ModelSpec | None],
    ) -> None:
        self._bay = bay
        self._messages = messages
        self._clock = clock
        self._see = see
        self._model = model
        self._family = Family()
        self._inbox: SimpleQueue[tuple[InputProcess, FromInputs | None]] = SimpleQueue()
        self._process: InputProcess | None = None
        self._started = 0
        self._wish: Wish | None = None
        self._ident = 0
        self._asked: Wish | None = None
        self._speed = 1.0
        self._words, self._trouble, self._said = "", "", ""
        self._again, self._pause = 0.0, _AGAIN_S
        self._finding, self._to_find = False, False
        self._newest: tuple[int, Pixels] | None = None
        self._came_of, self._of, self._count = 0, 0, 0
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inputs", daemon=True)

    # -- from outside -------------------------------------------------------------------------------------------------

    def watchers(self) -> dict[str, Callable[[float | str], None]]:
        """What to call when a control of ours changes, by address."""
        return {**dict.fromkeys(_CHANGES, lambda _: self.look()), "/input/look": lambda _: self.find()}

    def start(self) -> None:
        self._thread.start()

    def look(self) -> None:
        """What is wanted, or the model that plays, may have changed."""
        self._wake.set()

    def find(self) -> None:
        """Look for cameras and NDI sources; ``/input/found`` tells."""
        self._to_find = True
        self._wake.set()

    @property
    def newest(self) -> tuple[int, Pixels] | None:
        """The newest picture (3, H, W), read-only, and its number. Any thread."""
        return self._newest

    def close(self) -> None:
        """End the process; nothing of it is left when this returns."""
        self._stop.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        last = self._clock.now()
        try:
            while not self._stop.is_set():
                self._wake.clear()
                now = self._clock.now()
                if self._process is not None and now - last > _SLEPT_S:
                    self._process.forgive(now_ns())
                try:
                    self._once(now)
                except Exception:  # noqa: BLE001 - the show goes on without what comes in
                    _LOG.exception("the inputs stumbled and go on")
                    self._stop.wait(_LOOK_S)
                last = self._clock.now()
                idle = self._process is None and self._wish is None and not self._to_find
                self._wake.wait(None if idle else _LOOK_S)
        finally:
            self._leave()

    def _once(self, now: float) -> None:
        self._hear_all(now)
        wish = self._wished()
        if wish != self._wish:
            self._change(wish)
        process = self._process
        if process is not None and (not process.alive or process.hung(now_ns())):
            self._gone(process, now)
        if (self._wish is not None or self._to_find) and now >= self._again:
            self._serve(now)
        elif self._wish is None and not self._finding and not self._to_find:
            self._leave()
        self._tell()

    def _wished(self) -> Wish | None:
        source = int(self._bay.number("/input/source"))
        kind = INPUTS[source] if 0 <= source < len(INPUTS) else INPUTS[0]
        at = _WHAT.get(kind)
        what = "" if at is None else str(self._bay.value(at)).strip()
        return Wish(kind, what, self._size()) if what or kind == "ndi" else None

    def _size(self) -> tuple[int, int]:
        """The size of pictures of what plays and can begin with others; of two, of the larger."""
        model = self._model()
        sizes = [each.size for each in (model.pair or (model,)) if each.begins] if model is not None else []
        return max(sizes, key=lambda size: size[0] * size[1], default=self._wish.size if self._wish else _SIZE)

    def _change(self, wish: Wish | None) -> None:
        """Something else is wanted, or the same for another size."""
        before, self._wish = self._wish, wish
        self._again, self._pause = 0.0, _AGAIN_S
        self._asked = None
        self._trouble = self._said = ""
        if wish is None or before is None or (wish.kind, wish.what) != (before.kind, before.what):
            self._words = ""
            self._of = self._ident + 1
        if wish is None:
            self._blind()

    def _serve(self, now: float) -> None:
        """See that somebody reads what is wanted."""
        try:
            process = self._process
            if process is None:
                self._started += 1
                process = self._process = InputProcess(self._started, self._family, self._heard)
                self._asked, self._speed = None, 1.0
            if self._to_find:
                self._to_find, self._finding = False, True
                process.send(Find())
            wish = self._wish
            if wish is None:
                return
            if self._asked != wish:
                process.make_room(wish.size)
                with self._guard:
                    self._ident += 1
                process.send(Open(self._ident, wish.kind, wish.what, *wish.size))
                self._asked = wish
            speed = self._bay.number("/input/speed")
            if speed != self._speed:
                self._speed = speed
                process.send(Speed(speed))
        except (OSError, MemoryError) as error:
            self._trouble = f"What comes in cannot be read: there is no room for it ({error})."
            self._later(now)

    def _gone(self, process: InputProcess, now: float) -> None:
        how = process.obituary() if not process.alive else "it hung"
        self._end(process)
        self._finding = False
        if self._wish is not None:
            self._trouble = f"What reads the input stopped ({how}); it is started again."
            self._later(now)

    def _later(self, now: float) -> None:
        """Try again, but not at once."""
        self._asked = None
        self._again = now + self._pause
        self._pause = min(2.0 * self._pause, _AGAIN_AT_MOST_S)
        if self._came_of < self._of:
            self._blind()

    def _blind(self) -> None:
        """What was seen is of something else: nothing is seen now."""
        with self._guard:
            self._newest = None
        self._see(None)

    def _leave(self) -> None:
        if self._process is not None:
            process = self._process
            process.send(Leave())
            process.wait(0.2)
            self._end(process)

    def _end(self, process: InputProcess) -> None:
        self._process, self._asked = None, None
        process.close()

    # -- what the process says ----------------------------------------------------------------------------------------

    def _heard(self, process: InputProcess, message: FromInputs | None) -> None:
        """On the process's reading thread."""
        if not isinstance(message, Came):
            self._inbox.put((process, message))
            self._wake.set()
            return
        try:
            pixels = process.take(message)
        except ValueError:
            process.kill()
            return
        with self._guard:
            wanted = pixels is not None and message.ident == self._ident and self._wish is not None
            if wanted and pixels is not None:
                self._came_of = message.ident
                self._count += 1
                self._newest = self._count, pixels
        if wanted:
            self._see(pixels)

    def _hear_all(self, now: float) -> None:
        while True:
            try:
                process, message = self._inbox.get_nowait()
            except Empty:
                return
            if process is self._process:
                self._hear(message, now)

    def _hear(self, message: FromInputs | None, now: float) -> None:
        match message:
            case Opened(ident, words) if ident == self._ident:
                self._words, self._trouble = words, ""
                self._pause = _AGAIN_S
            case Trouble(ident, text) if ident == self._ident:
                self._trouble = text
                self._later(now)
            case Found():
                self._finding = False
                self._bay.write([("/input/found", found_text(message))], ENGINE)
                if message.trouble:
                    self._messages.post(now, "input", message.trouble)
            case _:
                pass

    # -- what is said -------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        words = self._state()
        if self._bay.value("/input/state") != words:
            self._bay.write([("/input/state", words)], ENGINE)
        if self._trouble and self._trouble != self._said:
            self._said = self._trouble
            self._messages.post(self._clock.now(), "input", self._trouble, serious=True)

    def _state(self) -> str:
        source = int(self._bay.number("/input/source"))
        if source == INPUTS.index("none"):
            return "off"
        model = self._model()
        if model is not None and not model.begins:
            return f"not heard: {model.card.name} begins with no picture, a diffusion model does"
        if source == INPUTS.index("feedback"):
            return f"{COMING_IN}: the last picture"
        if self._wish is None:
            return f"waiting: choose a {'camera' if source == INPUTS.index('camera') else 'file'}"
        if self._trouble:
            return self._trouble
        return f"{COMING_IN}: {self._words}" if self._words else "opening"


def found_text(found: Found) -> str:
    """What was found, a line each: the kind, how it is called in a control, and its name, apart by tabs; ``nothing``
    where that is all."""
    lines = [f"camera\t{device}\t{name}" for device, name in found.cameras]
    return "\n".join([*lines, *(f"ndi\t{name}\t{name}" for name in found.ndi)]) or "nothing"
