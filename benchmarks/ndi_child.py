"""A receiver of NDI: finds the sender whose name it is given, takes every picture, and tells how many when it is asked.

Arguments: parent, name. It answers once when it has the first picture, and then each line with the count until then.
"""

from __future__ import annotations

import sys
import threading

from cyndilib.finder import Finder
from cyndilib.receiver import Receiver
from cyndilib.video_frame import VideoFrameSync
from cyndilib.wrapper import RecvBandwidth, RecvColorFormat

from benchmarks.children import say
from latentjockey.base.platform import die_with_parent

_PERIOD_S = 1 / 120


def main() -> None:
    die_with_parent(int(sys.argv[1]))
    name, finder = sys.argv[2], Finder()
    finder.open()
    source = None
    while source is None:
        finder.wait_for_sources(0.25)
        source = next((found for found in finder if name in found.name), None)
    receiver = Receiver(color_format=RecvColorFormat.RGBX_RGBA, bandwidth=RecvBandwidth.highest)
    frame = VideoFrameSync()
    receiver.frame_sync.set_video_frame(frame)
    receiver.set_source(source)
    count = _Count()
    threading.Thread(target=count.answer, daemon=True).start()
    last = 0.0
    while not count.ended.wait(_PERIOD_S):
        receiver.frame_sync.capture_video()
        stamp = frame.get_timestamp_posix() if frame.xres else last
        if stamp != last:
            last = stamp
            count.add()


class _Count:
    """How many pictures came."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self._pictures = 0

    def add(self) -> None:
        self._pictures += 1
        if self._pictures == 1:
            say(first=True)

    def answer(self) -> None:
        for _ in sys.stdin:
            say(pictures=self._pictures)
        self.ended.set()


if __name__ == "__main__":
    main()
