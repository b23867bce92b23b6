"""The child that plays over OSC: single moves at random moments, or a flood.

Requests: ``{"do": "moves", "port", "first", "count", "gap": [lo, hi], "seed"}`` sends ``MOVED`` so often and answers
with the moment of each (ns); ``{"do": "flood", "port", "rate", "seconds", "seed"}`` answers with what was sent.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Callable

from benchmarks.children import Answer, say, serve
from latentjockey.base.clock import now_ns
from latentjockey.surfaces.osc_encode import message

MOVED = "/deck/a/z/0"
PRESSED = "/session/redo"  # with nothing undone it does nothing, but is counted
FLOODED = tuple(f"/deck/a/z/{i}" for i in range(8, 72))
_STEP = 1.0 / 1024
_PRESS_EVERY = 100
_SLICE_S = 0.001


def value_of(index: int) -> float:
    """What the message ``index`` says: exact in 32 bits, visible, and readable back."""
    return index * _STEP


def index_of(value: float) -> int:
    """Which message a frame shows."""
    return round(value / _STEP)


def _moves(send: Callable[[bytes], object], request: Answer) -> Answer:
    chance = random.Random(request["seed"])
    rest = threading.Event()
    lo, hi = request["gap"]
    first, count = request["first"], request["count"]
    sent: list[int] = []
    for index in range(first, first + count):
        packet = message(MOVED, value_of(index))
        rest.wait(chance.uniform(lo, hi))
        sent.append(now_ns())
        send(packet)
    return {"sent": sent}


def _flood(send: Callable[[bytes], object], request: Answer) -> Answer:
    chance = random.Random(request["seed"])
    rest = threading.Event()
    head = {address: _head(address) for address in FLOODED}
    press = message(PRESSED, 1)
    last: dict[str, float] = {}
    sent = presses = 0
    start = now_ns()
    while (elapsed := (now_ns() - start) * 1e-9) < request["seconds"]:
        while sent < elapsed * request["rate"]:
            sent += 1
            if sent % _PRESS_EVERY == 0:
                presses += 1
                send(press)
                continue
            address = FLOODED[sent % len(FLOODED)]
            argument = struct.pack(">f", chance.gauss(0.0, 1.0))
            last[address] = struct.unpack(">f", argument)[0]
            send(head[address] + argument)
        rest.wait(_SLICE_S)
    return {"sent": sent, "presses": presses, "last": last, "seconds": (now_ns() - start) * 1e-9}


def _head(address: str) -> bytes:
    """A message of one float without the float."""
    return message(address, 0.5)[:-4]


def main() -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for request in serve():
        sock.connect(("127.0.0.1", request["port"]))
        play = _flood if request["do"] == "flood" else _moves
        say(**play(sock.send, request))


if __name__ == "__main__":
    main()
