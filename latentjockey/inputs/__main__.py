"""``python -m latentjockey.inputs PARENT``: reads pictures from outside; spoken to by standard input and output."""

from __future__ import annotations

import os
import sys
import traceback

from latentjockey.base.platform import confine, die_with_parent

_MEMORY = 6 << 30
_FOR_LONG_S = 1e8


def main() -> int:
    """Serve the show that started us. What libraries print goes to the show's log, never into the message pipe."""
    die_with_parent(int(sys.argv[1]))  # before anything is imported that takes a while
    from latentjockey.inputs.loop import Inputs
    from latentjockey.link.input_messages import FromInputs, ToInputs, Up, pack, read_to_inputs
    from latentjockey.link.port import Port

    confine(_MEMORY, _FOR_LONG_S)  # films and pictures come from strangers, and may claim any size
    outgoing = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    port = Port[ToInputs, FromInputs](os.fdopen(os.dup(0), "rb"), outgoing, read_to_inputs, pack)
    port.send(Up(os.getpid()))
    try:
        Inputs(port).run()
    except Exception:  # noqa: BLE001 - whatever it was, the show sees us end and reads the last line of this
        traceback.print_exc()
        os._exit(1)  # a broken driver may hang in ordinary exit handlers
    os._exit(0)


if __name__ == "__main__":
    main()
