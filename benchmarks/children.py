"""Other processes that a measure needs: a module of ours that is asked, and answers, in lines of JSON.

A child is killed when it takes longer than it may, and dies with us.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from latentjockey.base.platform import die_with_parent

Answer = dict[str, Any]


class ChildError(Exception):
    """A child ended, or took too long, before it answered."""


class Child:
    """``python -m MODULE PARENT ARGUMENTS``. Used from one thread, which must outlive it."""

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, str(os.getpid()), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environment) if environment is not None else None,
            text=True,
            bufsize=1,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, **request: object) -> None:
        """Ask without waiting for the answer."""
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()

    def answer(self, within: float) -> Answer:
        """The next answer. Raises ChildError when none comes ``within`` so many seconds."""
        watchdog = threading.Timer(within, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline() if self._process.stdout is not None else ""
        finally:
            watchdog.cancel()
        if not line:
            raise ChildError(f"{self._module} gave no answer within {within:g} s")
        answer: Answer = json.loads(line)
        return answer

    def ask(self, within: float, **request: object) -> Answer:
        self.tell(**request)
        return self.answer(within)

    def wait(self, within: float) -> bool:
        """Whether it ended by itself ``within`` so many seconds."""
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def terminate(self) -> None:
        """Ask it to end (SIGTERM, where there are signals)."""
        self._process.terminate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


def serve() -> Iterator[Answer]:
    """The child's side: the requests as they come, until the parent closes the pipe or dies."""
    die_with_parent(int(sys.argv[1]))
    for line in sys.stdin:
        yield json.loads(line)


def say(**answer: object) -> None:
    """The child's side: one answer."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
