"""When the frames of a film are due, and which frames of a clip, all as long as each other, they become. The rendering
process; pure, but for :func:`read_times`.

Telephones, browsers and recorders of screens write films whose frames do not follow each other evenly; what they say
of their rate is then any number, often a thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from statistics import median

LOCAL = {"protocol_whitelist": "file"}
"""A playlist must lead nowhere else than to files of this machine."""
MOST_TIMES = 1 << 18
LONGEST_S = 10.0
"""So long is a frame held where the next is due much later: longer gaps are mistakes, as where a recording was cut."""
_FASTEST_UNEVEN = 60.0
_EVEN = 0.6
_NEAR = 0.02


@dataclass(frozen=True, slots=True)
class Times:
    """``rate`` frames a second follow each other as a rule, or always where they are ``even``, for ``seconds`` from the
    first to the last."""

    rate: float
    even: bool
    seconds: float


class Grid:
    """The frames of a clip of ``rate`` frames a second that frames of a film become, each at its time."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._begin: float | None = None
        self._count = 0

    def shows(self, at: float | None) -> int:
        """How many frames the clip gets with the one that is due at ``at`` seconds: none where it comes too soon after
        the last, and where there are more than one, all but it are those before, held until then: for LONGEST_S at
        most. One of which no time is known is due next."""
        if self._begin is None:
            self._begin = at or 0.0
        if at is None:
            self._count += 1
            return 1
        due = round((at - self._begin) * self._rate)
        most = self._count + max(1, round(LONGEST_S * self._rate))
        if due > most:
            self._begin += (due - most) / self._rate
            due = most
        added = max(0, due + 1 - self._count)
        self._count += added
        return added


def times_of(due: Sequence[float], told: float) -> Times | None:
    """The times of frames that are ``due`` at these seconds, in any order, of a film that says its rate is ``told``
    frames a second (0: it does not); ``None`` where they say nothing."""
    ordered = sorted(due)
    gaps = [later - sooner for sooner, later in pairwise(ordered) if later > sooner]
    if not gaps:
        return None
    usual, seconds = median(gaps), ordered[-1] - ordered[0]
    even = all(abs(gap - usual) <= _EVEN * usual for gap in gaps)
    rate = len(gaps) / seconds if even else min(1.0 / usual, _FASTEST_UNEVEN)
    if told and abs(rate - told) <= _NEAR * told:
        rate = told
    return Times(rate, even, seconds)


def read_times(path: Path) -> Times | None:
    """The times of the first film in a file, without decoding it; ``None`` where they are not told, or it cannot be
    read so far."""
    import av

    try:
        with av.open(str(path), options=LOCAL) as film:
            if not film.streams.video:
                return None
            stream = film.streams.video[0]
            packets = islice(film.demux(stream), MOST_TIMES)
            due = [float(each.pts * each.time_base) for each in packets if each.pts is not None and each.time_base]
            return times_of(due, float(stream.average_rate or 0))
    except (av.error.FFmpegError, OSError, ValueError, IndexError):
        return None
