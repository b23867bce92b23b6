"""One way out to other programs: takes the newest picture, brings it to size and sends it, on a thread of its own.

Thread ``send KIND``, alive while the way is on. It drops pictures instead of queueing them, leases a frame only while
it copies it, and never lets an error out: what fails is closed, said in one sentence, and tried again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import StageError, logger
from latentjockey.base.libraries import map_libraries
from latentjockey.frames.frame import Frame, FrameSource
from latentjockey.frames.sink import VideoSink
from latentjockey.outputs.packing import Fitter, Taken, size_for, take
from latentjockey.outputs.video import Size
from latentjockey.stage.fitting import Fit

_LOG = logger("send")
_RETRY_S = 2.0
_ALIVE_S = 0.25
_LOOK_S = 1.0 / 60
_FIRST_S = 0.02
_RATE_S = 1.0
_HINT_FPS = 60.0
_JOIN_S = 1.0
_STUCK_S = 2.0
_NAP_S = 0.002

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Wish:
    """What to send: ``title`` is what receivers see, a side of 0 is the stage's, ``fps`` 0 is as many as there are."""

    title: str = "latentjockey"
    width: int = 0
    height: int = 0
    fps: float = 60.0
    fit: Fit = "letterbox"


@dataclass(frozen=True, slots=True)
class Progress:
    """How it goes. ``words`` are for people; ``sending`` is whether pictures go out; ``fps`` counts new pictures over
    the last second; ``skipped`` counts what came while another picture was being sent; ``send_ms`` is the median time
    that a picture took, and ``stuck_since`` the moment since which the sink has not answered."""

    words: str = "off"
    sending: bool = False
    size: Size = (0, 0)
    fps: float = 0.0
    receivers: int | None = None
    sent: int = 0
    skipped: int = 0
    send_ms: float = 0.0
    stuck_since: float | None = None


class Sender:
    """``start`` once, ``close`` once, ``use`` as often as the wish changes. ``say`` gets what went wrong, once each.

    Made anew each time the way is switched on: a sink that hangs keeps its thread, and nothing else waits for it.
    """

    def __init__(
        self, kind: str, sink: VideoSink, source: FrameSource, clock: Clock, wish: Wish, say: Callable[[str], None]
    ) -> None:
        self.kind = kind
        self._sink = sink
        self._source = source
        self._clock = clock
        self._wish = wish
        self._say = say
        self._stop = threading.Event()
        self._stir = threading.Event()  # set by everything that must not wait for the next picture
        self._fitter = Fitter()
        self._said = ""
        self._words = "starting"
        self._size: Size = (0, 0)
        self._receivers: int | None = None
        self._sent = self._skipped = 0
        self._moments: deque[float] = deque(maxlen=1000)
        self._costs: deque[float] = deque(maxlen=120)
        self._inside: float | None = None
        self._thread = threading.Thread(target=self._run, name=f"send {kind}", daemon=True)

    # -- from outside -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def use(self, wish: Wish) -> None:
        """Send like this from now on. Any thread."""
        self._wish = wish
        self._stir.set()

    def end(self) -> None:
        """Begin to end, without waiting. Any thread."""
        self._stop.set()
        self._stir.set()

    def close(self) -> bool:
        """End. False when the sink did not come back within a second; its thread then ends when it does."""
        self.end()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_S)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def progress(self) -> Progress:
        """How it goes now. Any thread."""
        now = self._clock.now()
        sending = self._size != (0, 0)
        moments = [m for m in tuple(self._moments) if now - m <= _RATE_S]
        costs = list(self._costs)
        costs.sort()
        fps = len(moments) / _RATE_S
        words = sending_words(self._size, fps, self._receivers) if sending else self._words
        since = self._inside
        if since is not None and now - since > _STUCK_S:
            words, sending = f"failed: {self._sink.name} has not answered for {now - since:.0f} s", False
        return Progress(
            words, sending, self._size, fps, self._receivers, self._sent, self._skipped,
            1e3 * costs[len(costs) // 2] if costs else 0.0, since,
        )  # fmt: skip

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        map_libraries("av")
        while not self._stop.is_set():
            try:
                trouble = self._within(self._sink.why_not)
                if not trouble:
                    self._play(self._wish)
            except StageError as error:
                trouble = f"failed: {str(error).rstrip('.')}"
            except Exception as error:  # noqa: BLE001 - whatever a foreign library raises, the show goes on
                _LOG.exception("%s failed", self._sink.name)
                trouble = f"failed: {error!r}"
            self._leave(trouble)
            if trouble and not self._stop.is_set():
                self._stir.wait(_RETRY_S)
                self._stir.clear()
        self._words = "off"

    def _leave(self, trouble: str) -> None:
        """Close the sink, whatever it says to that, and say why once."""
        self._size, self._receivers = (0, 0), None
        self._words = trouble or "starting"
        try:
            self._within(self._sink.close)
        except Exception:  # noqa: BLE001 - a sink that failed may fail again here
            _LOG.exception("%s could not be closed", self._sink.name)
        if trouble and trouble != self._said:
            self._said = trouble
            self._say(f"{self._sink.name}: {trouble}.")

    def _play(self, wish: Wish) -> None:
        """Send until something else is wanted, or the stage has another size."""
        size = self._first_size(wish)
        if size is None:
            return
        self._within(lambda: self._sink.open(wish.title, *size, wish.fps or _HINT_FPS))
        way = _Way(wish, size, 1.0 / wish.fps if wish.fps > 0 else 0.0)
        while not self._stop.is_set() and self._wish == wish:
            early = way.due - self._clock.now()
            if early > 0:
                self._stir.wait(min(early, _ALIVE_S))
                self._stir.clear()
                self._keep_alive(way)
                continue
            self._source.wait_newer(way.seen, min(max(way.period, _LOOK_S), _ALIVE_S))
            if not self._once(way):
                return

    def _once(self, way: _Way) -> bool:
        """Send the newest picture, if it is new or the last one is due again. False if it has another size."""
        frame = self._source.acquire()
        if frame is None:
            self._stop.wait(_FIRST_S)
            return True
        with frame:
            if size_for(frame.size, way.wish.width, way.wish.height) != way.size:
                return False
            identity, stamp = _identity(frame), (frame.stamp.generation, frame.stamp.number)
            taken = None if identity == way.known else take(frame, way.size, way.wish.fit)
        now = self._clock.now()
        if taken is not None:
            self._send(way, taken, now)
            self._skipped += way.missed(stamp)
            way.known = identity
        elif not self._keep_alive(way):
            self._stop.wait(_NAP_S)  # a source may call newer what it then gives again
        way.seen = stamp
        if now - way.counted >= _ALIVE_S:
            self._receivers, way.counted = self._within(self._sink.receivers), now
        return True

    def _keep_alive(self, way: _Way) -> bool:
        """Show the last picture again, if it is time for that."""
        now = self._clock.now()
        if now - way.last < _ALIVE_S:
            return False
        self._within(self._sink.keep_alive)
        way.last = now
        return True

    def _send(self, way: _Way, taken: Taken, now: float) -> None:
        picture = self._fitter.packed(taken)
        self._within(lambda: self._sink.send(picture))
        self._size, self._said = way.size, ""
        self._sent += 1
        self._moments.append(now)
        self._costs.append(self._clock.now() - now)
        # One that came late does not make the next late, so that a source of just this rate loses none.
        way.last, way.due = now, max(way.due + way.period, now + way.period / 2)

    def _first_size(self, wish: Wish) -> Size | None:
        """The size to open with, once there is a picture; ``None`` when something else is wanted meanwhile."""
        while not self._stop.is_set() and self._wish == wish:
            frame = self._source.acquire()
            if frame is not None:
                with frame:
                    return size_for(frame.size, wish.width, wish.height)
            self._words = "waiting for the first picture"
            self._stir.wait(_FIRST_S)
            self._stir.clear()
        return None

    def _within(self, call: Callable[[], _T]) -> _T:
        """Call into the sink; while it has not come back, everybody can see since when."""
        self._inside = self._clock.now()
        try:
            return call()
        finally:
            self._inside = None


@dataclass(slots=True)
class _Way:
    """Where one stretch of sending is. ``known`` tells the sent picture from others, ``seen`` is its (generation,
    number), ``due`` when the next may go, ``last`` when one went, ``counted`` when receivers were counted."""

    wish: Wish
    size: Size
    period: float
    known: object = None
    seen: tuple[int, int] = (-1, -1)
    due: float = 0.0
    last: float = 0.0
    counted: float = 0.0

    def missed(self, stamp: tuple[int, int]) -> int:
        """How many pictures came between the last one sent and this."""
        return max(0, stamp[1] - self.seen[1] - 1) if stamp[0] == self.seen[0] else 0


def sending_words(size: Size, fps: float, receivers: int | None) -> str:
    """``sending 512×512 at 60 fps, 2 receivers``; a picture that does not change has no rate."""
    rate = f" at {fps:.0f} fps" if fps else ", a still picture"
    looked = "" if receivers is None else ", no receiver yet" if not receivers else f", {receivers} receiver"
    return f"sending {size[0]}×{size[1]}{rate}{looked}{'s' if (receivers or 0) > 1 else ''}"


def _identity(frame: Frame) -> object:
    """What tells two pictures apart: the stamp, and where the pixels lie, for a black stage may keep the stamp."""
    address = frame.pixels.__array_interface__["data"][0]
    return frame.stamp.generation, frame.stamp.number, address, frame.pixels.shape
