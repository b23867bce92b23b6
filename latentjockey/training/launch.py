"""Starts the training process, or several that share the work. No torch: the command line's process gives way to it.

What the command line said goes on as one argument, so that nothing of it has to be written anew.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from latentjockey.base.platform import cores

GIVEN = "--given"


def run(given: argparse.Namespace) -> int:
    """Train as ``given`` says; returns the exit code. On POSIX this process becomes the one that trains."""
    count = given.processes or 1
    command = [sys.executable, "-m", "latentjockey.training", GIVEN, encode(given)]
    if count > 1:
        return _several(command, count, given.threads)
    environment = _environment({})
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(sys.executable, command, environment)
    return subprocess.call(command, env=environment)


def encode(given: argparse.Namespace) -> str:
    """What was given, as JSON."""
    plain: dict[str, Any] = {}
    for name, value in vars(given).items():
        if name != "run" and not callable(value):
            plain[name] = str(value) if isinstance(value, Path) else value
    return json.dumps(plain)


def decode(text: str) -> argparse.Namespace:
    """The reverse of :func:`encode`."""
    plain: dict[str, Any] = json.loads(text)
    if plain.get("folder"):
        plain["folder"] = Path(plain["folder"])
    if plain.get("shares"):
        plain["shares"] = tuple(plain["shares"])
    return argparse.Namespace(**plain)


def _several(command: list[str], count: int, threads: int | None) -> int:
    """``count`` processes on this machine that train one model, as ``torchrun`` would start them. The first has our
    streams; when one fails, the others are ended."""
    each = str(max(1, (threads or cores()) // count))
    shared = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(_free_port()),
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
        "OMP_NUM_THREADS": each,
        "TORCHELASTIC_RUN_ID": secrets.token_hex(4),
    }
    children = []
    for rank in range(count):
        environment = _environment({**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)})
        stdin = None if rank == 0 else subprocess.DEVNULL
        children.append(subprocess.Popen(command, env=environment, stdin=stdin))
    return _together(children)


def _together(children: list[subprocess.Popen[bytes]]) -> int:
    """Wait for all. Ctrl-C reaches every one by itself."""
    code = 0
    waiting = list(children)
    while waiting:
        for child in list(waiting):
            try:
                ended = child.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
            except KeyboardInterrupt:
                break  # they finish their step, save and end
            waiting.remove(child)
            if ended and not code:
                code = ended
                for other in waiting:
                    other.terminate()
    return code


def _environment(more: dict[str, str]) -> dict[str, str]:
    """Ours, and threads that sleep where they would spin: others work on this machine too."""
    return {"OMP_WAIT_POLICY": "passive", **os.environ, **more}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
