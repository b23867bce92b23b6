"""Shaders over a whole show: pixels come out changed, and nothing that a shader does ever stops the picture."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from latentjockey.control.source import HAND
from latentjockey.frames.chain import Chain, ChainInput, ChainProgram, SlotStatus
from latentjockey.outputs.recorder import Recorder
from latentjockey.outputs.track import read_track
from latentjockey.presets.still import read_still
from latentjockey.stage.offscreen import open_offscreen

_made, _why = open_offscreen()
if _made is not None:
    _made.close()
pytestmark = pytest.mark.skipif(_made is None, reason=_why)

PATIENCE_S = 90.0
PATIENT = "patient"
STRICT = pytest.mark.parametrize("stage", ["strict"], indirect=True)
HEADER = '/*{"ISFVSN": "2", "INPUTS": [{"NAME": "inputImage", "TYPE": "image"}]}*/\n'
INVERT = HEADER + "void main() { gl_FragColor = vec4(1.0 - IMG_THIS_PIXEL(inputImage).rgb, 1.0); }"
SWAP = HEADER + "void main() { gl_FragColor = IMG_THIS_PIXEL(inputImage).brga; }"
BLINK = HEADER + "void main() { gl_FragColor = vec4(vec3(fract(float(FRAMEINDEX) / 16.0)), 1.0); }"
HANG = """/*{"ISFVSN": "2", "INPUTS": [
    {"NAME": "inputImage", "TYPE": "image"},
    {"NAME": "rounds", "TYPE": "float", "DEFAULT": 1.0}]}*/
void main() {
    vec4 c = IMG_THIS_PIXEL(inputImage);
    for (float i = 0.0; i < rounds; i += 1.0)
        for (float j = 0.0; j < rounds; j += 1.0)
            for (float k = 0.0; k < rounds; k += 1.0)
                c.r = fract(c.r + sin(c.g * i + j) * cos(k));
    gl_FragColor = c;
}"""
ENDLESS = HANG.replace("float i = 0.0; i < rounds", "float i = 0.0; i < 60000.0").replace("< rounds", "< 60000.0")


def program(slot: int, source: str, *inputs: ChainInput) -> ChainProgram:
    return ChainProgram(slot, f"shader {slot}", source, inputs=inputs)


@pytest.fixture
def stage(request: pytest.FixtureRequest, play: Any) -> Any:
    """A show that draws the test card, patient with a busy machine unless a test says otherwise."""
    if getattr(request, "param", PATIENT) == PATIENT:
        request.getfixturevalue(PATIENT)
    return play()


def pair(show: Any) -> tuple[Any, Any] | None:
    """Copies of the picture on stage and of the engine's own, if they belong together."""
    over, under = show.stage_feed.acquire(), show.feed.acquire()
    with over, under:
        return (over.copy(), under.copy()) if over.origin == under.stamp else None


def matched(show: Any, until: Any) -> tuple[Any, Any]:
    """The same, once they do and there are effects over it: on a busy machine plain pictures play for moments."""
    found: list[tuple[Any, Any] | None] = []

    def look() -> bool:
        found.append(pair(show))
        return found[-1] is not None and found[-1][0].source is not None

    assert until(look)
    assert found[-1] is not None
    return found[-1]


def drawn(show: Any) -> bool:
    """Whether what is on stage has effects over it."""
    with show.stage_feed.acquire() as frame:
        return frame.source is not None


def status(show: Any, slot: int) -> SlotStatus:
    found: SlotStatus = show.effects.status()[slot - 1]
    assert found.slot == slot
    return found


def put_in(stage: Any, until: Any, *programs: ChainProgram) -> None:
    """Put shaders in, switch them on, and wait until they are on stage."""
    stage.show.effects.use(Chain(programs))
    stage.show.bay.write([(f"/fx/{p.slot}/on", True) for p in programs], HAND)
    assert until(lambda: drawn(stage.show), PATIENCE_S), stage.messages()


def effects_of(parent: int) -> list[int]:
    """The process ids of the living effects processes of ``parent``."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, ppid = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(ppid) == parent and state != "Z" and b"latentjockey.effects" in words:
                found.append(int(entry.name))
    return found


@pytest.fixture
def pictures(stage: Any) -> Any:
    """Somebody who looks at the stage all the time: ``pictures()`` is how many new ones came so far."""
    show, stop = stage.show, threading.Event()
    seen = [0]

    def watch() -> None:
        shown = (-1, -1)
        while not stop.is_set():
            if show.stage_feed.wait_newer(shown, 0.05):
                with show.stage_feed.acquire() as frame:
                    shown = frame.stamp.generation, frame.stamp.number
                seen[0] += 1

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield lambda: seen[0]
    stop.set()
    thread.join(5)


def test_without_a_shader_there_is_no_process_and_no_thread(stage: Any, until: Any) -> None:
    assert effects_of(os.getpid()) == []
    assert "effects" not in {thread.name for thread in threading.enumerate()}

    def untouched() -> bool:
        with stage.show.stage_feed.acquire() as over, stage.show.feed.acquire() as under:
            if over.stamp != under.stamp:  # another came between
                return False
            assert over.pixels.__array_interface__["data"] == under.pixels.__array_interface__["data"], "not copied"
            return True

    assert until(untouched)


def test_a_shader_changes_the_picture_exactly_and_leaves_what_it_says(stage: Any, until: Any) -> None:
    put_in(stage, until, program(1, INVERT))
    together = matched(stage.show, until)
    over, under = together
    assert np.array_equal(over.rgb(), 255 - under.rgb())
    assert np.all(over.pixels[..., 3] == 255)
    assert over.position.tolist() == under.position.tolist()
    assert over.effective.tolist() == under.effective.tolist()
    assert (over.stamp.time, over.stamp.epoch, over.stamp.revision) == (
        under.stamp.time, under.stamp.epoch, under.stamp.revision,
    )  # fmt: skip
    assert until(lambda: stage.text("/fx/state") == "playing"), "it is said a little after the picture came"
    assert until(lambda: status(stage.show, 1).state == "playing")
    assert until(lambda: stage.show.bay.number("/fx/ms") > 0)


def test_the_picture_goes_on_under_effects_however_fast_the_engine_is(stage: Any, pictures: Any, until: Any) -> None:
    put_in(stage, until, program(1, INVERT))
    stage.write(engine__fps_cap=0.0, deck__a__drift__speed=1.0)
    begin = pictures()
    assert until(lambda: pictures() - begin > 600, 180.0), pictures() - begin
    assert until(lambda: drawn(stage.show))
    stage.write(engine__fps_cap=60.0)
    again = pictures()
    assert until(lambda: pictures() - again > 60), "and when it is slow again"


def test_the_chain_runs_in_the_order_of_its_places_and_off_is_off(stage: Any, until: Any) -> None:
    put_in(stage, until, program(1, INVERT), program(2, SWAP))

    def shows(expected: Callable[[Any], Any]) -> bool:
        together = pair(stage.show)
        return together is not None and np.array_equal(together[0].rgb(), expected(together[1].rgb()))

    half = HEADER + "void main() { gl_FragColor = vec4(IMG_THIS_PIXEL(inputImage).rgb * vec3(1.0, 0.0, 1.0), 1.0); }"
    stage.show.effects.use(Chain((program(1, half), program(2, SWAP))))
    assert until(lambda: shows(lambda rgb: (rgb * [1, 0, 1]).astype(np.uint8)[..., [2, 0, 1]]))
    stage.write(fx__1__place=9.0)
    assert until(lambda: shows(lambda rgb: (rgb[..., [2, 0, 1]] * [1, 0, 1]).astype(np.uint8)))
    stage.write(fx__2__on=False)
    assert until(lambda: shows(lambda rgb: (rgb * [1, 0, 1]).astype(np.uint8)))
    stage.write(fx__1__mix=0.0)
    assert until(lambda: not drawn(stage.show)), "nothing is left to draw"
    assert until(lambda: stage.text("/fx/state") == "off")


def test_a_moving_picture_keeps_its_effects_and_never_goes_back(stage: Any, until: Any) -> None:
    stage.write(deck__a__drift__speed=0.5, deck__a__drift__spread=1.0)
    seen: list[tuple[int, int]] = []

    def look() -> bool:
        with stage.show.stage_feed.acquire() as frame:
            seen.append((frame.origin.generation, frame.origin.number))
        return drawn(stage.show)

    stage.show.effects.use(Chain((program(1, INVERT),)))
    for on in (True, False, True, False, True):
        stage.write(fx__1__on=on)
        assert until(lambda wanted=on: look() == wanted, PATIENCE_S)
    assert until(lambda: look() and len(set(seen)) > 3)
    assert seen == sorted(seen)


def test_a_still_picture_is_drawn_once_more_for_a_turned_knob_and_on_for_a_shader_that_moves(
    stage: Any, until: Any
) -> None:
    put_in(stage, until, program(1, INVERT))
    show = stage.show
    stage.write(fx__1__mix=0.5)

    def dimmed() -> bool:
        together = pair(show)
        return together is not None and int(together[0].rgb().max()) < 200

    assert until(dimmed)
    assert until(lambda: not show.stage_feed.wait_newer(show.stage_feed.shown(), 0.3)), "a still picture costs nothing"
    stage.write(fx__1__mix=1.0)
    show.effects.use(Chain((program(1, BLINK),)))
    levels = set()

    def look() -> int:
        with show.stage_feed.acquire() as frame:
            levels.add(int(frame.pixels[0, 0, 0]))
        return len(levels)

    assert until(lambda: look() > 8), "it moves though the engine does not"


def test_freeze_holds_what_effects_drew_and_blackout_is_black(stage: Any, until: Any) -> None:
    put_in(stage, until, program(1, BLINK))
    show = stage.show
    stage.write(stage__freeze=True)
    assert until(lambda: show.stage_feed.stands)
    with show.stage_feed.acquire() as frame:
        kept, key = frame.rgb(), frame.stamp
    assert not show.stage_feed.wait_newer((key.generation, key.number), 0.3)
    with show.stage_feed.acquire() as frame:
        assert np.array_equal(frame.rgb(), kept)
    stage.write(stage__freeze=False, stage__blackout=True)

    def black() -> bool:
        with show.stage_feed.acquire() as frame:
            return not frame.rgb().any() and frame.source is not None

    assert until(black)
    stage.write(stage__blackout=False)
    assert until(lambda: not black())


def test_another_size_while_effects_play(stage: Any, until: Any) -> None:
    put_in(stage, until, program(1, INVERT))
    for width, height in ((640, 360), (64, 48), (513, 129)):
        stage.write(engine__width=width, engine__height=height)

        def right(size: tuple[int, int] = (width, height)) -> bool:
            together = pair(stage.show)
            return (
                together is not None
                and together[0].size == size
                and np.array_equal(together[0].rgb(), 255 - together[1].rgb())
            )

        assert until(right, PATIENCE_S)


def test_a_shader_that_does_not_compile_leaves_the_last_good_one(stage: Any, until: Any) -> None:
    put_in(stage, until, program(1, INVERT))
    stage.show.effects.use(Chain((program(1, HEADER + "void main() {\n gl_FragColor = vec3(nonsense);\n}"),)))
    assert until(lambda: status(stage.show, 1).state == "failed")
    assert status(stage.show, 1).line == 3
    assert until(lambda: "shader 1 does not compile in line 3" in stage.messages())
    together = matched(stage.show, until)
    assert np.array_equal(together[0].rgb(), 255 - together[1].rgb())
    stage.show.effects.use(Chain((program(1, SWAP),)))
    assert until(lambda: status(stage.show, 1).state == "playing")


def test_killed_while_playing_the_effects_come_back_and_the_picture_never_stops(
    stage: Any, until: Any, pictures: Any
) -> None:
    stage.write(deck__a__drift__speed=0.5, deck__a__drift__spread=1.0)
    put_in(stage, until, program(1, INVERT))
    feed = stage.show.stage_feed
    for _ in range(3):
        (pid,) = effects_of(os.getpid())
        before = pictures()
        os.kill(pid, signal.SIGKILL)
        assert until(lambda gone=pid: effects_of(os.getpid()) not in ([], [gone]), PATIENCE_S)
        last = feed.shown()  # all that the one before has drawn was delivered by then
        assert until(lambda shown=last: drawn(stage.show) and feed.shown() > shown, PATIENCE_S)
        assert until(lambda seen=before: pictures() > seen), "how many is a matter of how busy the machine is"
    assert until(lambda: status(stage.show, 1).state == "playing"), "nobody blames the shader"
    assert until(lambda: "come back" in stage.messages())


@STRICT
def test_a_shader_that_hangs_is_named_and_left_out_while_the_show_goes_on(
    stage: Any, until: Any, pictures: Any
) -> None:
    stage.write(deck__a__drift__speed=0.5, deck__a__drift__spread=1.0)
    put_in(stage, until, program(1, INVERT))
    before = pictures()
    stage.show.effects.use(Chain((program(1, INVERT), program(2, ENDLESS))))
    stage.write(fx__2__on=True)
    assert until(lambda: status(stage.show, 2).state == "bypassed", PATIENCE_S), (
        f"{stage.show.effects.status()} {stage.messages()}"
    )
    assert pictures() - before > 5, "plain pictures play meanwhile; how many is a matter of how busy the machine is"
    assert until(lambda: drawn(stage.show), PATIENCE_S), "the other one plays on"
    assert until(lambda: status(stage.show, 1).state == "playing")
    assert until(lambda: "shader 2 is left out" in stage.messages())
    stage.write(fx__2__on=False)
    stage.show.effects.use(Chain((program(1, INVERT), program(2, SWAP))))
    stage.write(fx__2__on=True)
    assert until(lambda: status(stage.show, 2).state == "playing", PATIENCE_S), "another shader may be tried"


@STRICT
def test_when_values_hang_it_the_one_that_was_turned_is_left_out_and_may_be_tried_again(stage: Any, until: Any) -> None:
    """Place stands for the input here: it is a number under a hand as well."""
    rounds = ChainInput("rounds", "place", "float")
    put_in(stage, until, program(1, HANG, rounds), program(2, INVERT))
    stage.write(fx__1__place=50_000.0)
    assert until(lambda: status(stage.show, 1).state == "bypassed", PATIENCE_S), stage.messages()
    assert until(lambda: drawn(stage.show) and status(stage.show, 2).state == "playing", PATIENCE_S)
    feed = stage.show.stage_feed
    assert until(lambda: not feed.wait_newer(feed.shown(), 0.5)), "the picture has come to rest"
    stage.write(fx__1__place=1.0)
    stage.write(fx__1__on=False)
    assert not feed.wait_newer(feed.shown(), 0.2), "nothing of it was left"
    stage.write(fx__1__on=True)
    assert until(lambda: status(stage.show, 1).state == "playing", PATIENCE_S), stage.messages()


def test_a_recording_and_a_still_hold_the_picture_with_effects(stage: Any, until: Any, tmp_path: Path) -> None:
    put_in(stage, until, program(1, INVERT))
    show = stage.show
    together = matched(show, until)
    still = show.library.still_at(tmp_path / "still.png")
    with Image.open(still) as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), together[0].rgb())
    resolved = read_still(still).resolved
    assert resolved is not None
    assert np.array_equal(resolved.position, together[1].position)

    recorder = Recorder(show.stage_feed, tmp_path / "take.mkv", 30.0, messages=show.messages, clock=show.clock)
    recorder.start()
    assert until(lambda: recorder.summary().frames > 5)
    later = matched(show, until)[1].stamp
    done = recorder.stop()
    with av.open(str(done.path)) as video:
        first = next(video.decode(video=0)).to_ndarray(format="rgb24")
    assert np.abs(first.astype(int) - together[0].rgb()).mean() < 12
    told = list(read_track(done.track))
    first_told, earlier = (told[0].generation, told[0].number), together[1].stamp
    assert (earlier.generation, earlier.number) <= first_told <= (later.generation, later.number), "the engine's own"


SHOW = """
import sys
from latentjockey.app import Show
from latentjockey.control.source import HAND
from latentjockey.frames.chain import Chain, ChainProgram
from latentjockey.options import Options
with Show(Options(model="testcard", session=False, surfaces=False, standby=False)) as show:
    show.effects.use(Chain((ChainProgram(1, "invert", sys.argv[1]),)))
    show.bay.write([("/fx/1/on", True)], HAND)
    while show.stage_feed.acquire() is None or show.bay.value("/fx/state") != "playing":
        show.stage_feed.wait_newer((-1, -1), 0.1)
    print("plays", flush=True)
    sys.stdin.read()
"""


def test_nothing_of_it_is_left_when_the_show_is_killed(until: Any) -> None:
    show = subprocess.Popen(
        [sys.executable, "-c", SHOW, INVERT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert show.stdout is not None
        assert show.stdout.readline() == b"plays\n"
        (pid,) = effects_of(show.pid)
        os.kill(pid, signal.SIGSTOP)
    finally:
        show.kill()
        show.communicate(timeout=60)
    assert until(lambda: not Path(f"/proc/{pid}/exe").exists())


def test_nothing_of_it_is_left_when_the_show_ends(play: Any, until: Any) -> None:
    stage = play()
    put_in(stage, until, program(1, INVERT))
    (pid,) = effects_of(os.getpid())
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert "memfd:latentjockey (deleted)" in maps
    stage.show.close()
    assert effects_of(os.getpid()) == []
    assert "effects" not in {thread.name for thread in threading.enumerate()}
