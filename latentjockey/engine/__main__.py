"""``python -m latentjockey.engine PARENT``: one engine process, spoken to through its standard input and output."""

from __future__ import annotations

import os
import sys
import traceback

from latentjockey.base.platform import cores, die_with_parent, keep_freed_memory, one_processor


def main() -> int:
    """Serve the show that started us. What libraries print goes to the show's log, never into the message pipe."""
    die_with_parent(int(sys.argv[1]))  # before anything is imported that takes a while
    keep_freed_memory()
    with one_processor():  # a second of work that the surface, or the engine that plays, would wait for
        import torch

        from latentjockey.engine.loop import Engine
        from latentjockey.engine.port import Port, Pulse
        from latentjockey.link.messages import Hello, Problem
    if "OMP_NUM_THREADS" not in os.environ:  # torch has counted the one processor it saw
        torch.set_num_threads(cores())

    outgoing = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    port = Port(os.fdopen(os.dup(0), "rb"), outgoing)
    pulse = Pulse(port)
    port.send(Hello(os.getpid()))
    try:
        Engine(port, pulse).run()
    except Exception as error:  # noqa: BLE001 - whatever it was, the show is told and starts another engine
        traceback.print_exc()
        port.send(Problem(f"{type(error).__name__}: {error}", True))
        os._exit(1)  # a broken device context may hang in ordinary exit handlers
    os._exit(0)


if __name__ == "__main__":
    main()
