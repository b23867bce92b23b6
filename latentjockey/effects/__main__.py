"""``python -m latentjockey.effects PARENT``: shaders, in a process spoken to through its standard input and output."""

from __future__ import annotations

import os
import sys
import traceback

from latentjockey.base.platform import die_with_parent, one_processor


def main() -> int:
    """Serve the show that started us. What drivers print goes to the show's log, never into the message pipe."""
    die_with_parent(int(sys.argv[1]))  # before anything is imported that takes a while
    with one_processor():
        from latentjockey.effects.loop import Effects
        from latentjockey.link.effects_messages import FromEffects, ToEffects, Unable, Up, pack, read_to_effects
        from latentjockey.link.port import Port
        from latentjockey.stage.isf.chain import ShaderChain
        from latentjockey.stage.offscreen import open_context

    outgoing = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    port = Port[ToEffects, FromEffects](os.fdopen(os.dup(0), "rb"), outgoing, read_to_effects, pack)
    ctx, why = open_context()
    if ctx is None:
        port.send(Unable(why))
        os._exit(0)
    port.send(Up(os.getpid(), str(ctx.info["GL_RENDERER"])))
    try:
        Effects(port, ShaderChain(ctx)).run()
    except Exception:  # noqa: BLE001 - whatever it was, the show sees us end and reads the last line of this
        traceback.print_exc()
        os._exit(1)  # a broken context may hang in ordinary exit handlers
    os._exit(0)


if __name__ == "__main__":
    main()
