"""``python -m latentjockey.models.convert_child PARENT``: read one checkpoint and write what becomes of it as a model.

A process of its own, so that a file that a stranger made has little memory, little time, and nothing of the show within
reach. The request is JSON on the standard input: ``path``, ``into``, ``asked``, ``memory`` (bytes), ``seconds``. The
answer is one line of JSON on the standard output, an :class:`~latentjockey.models.foreign.Outcome`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from latentjockey.base.platform import confine, die_with_parent
from latentjockey.models.foreign import Outcome
from latentjockey.models.reading.plain import Checkpoint, OverloadedError, RefusedError


class Request(msgspec.Struct):
    """What is to be done."""

    path: str
    into: str
    asked: dict[str, Any]
    memory: int
    seconds: float


def main() -> int:
    """Do what the standard input asks for. 0 when there is an answer, also where it is a refusal."""
    die_with_parent(int(sys.argv[1]))
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    confine(request.memory, request.seconds)
    try:
        outcome = made(Path(request.path), Path(request.into), request.asked, request.seconds)
    except OverloadedError as error:
        outcome = Outcome("", refused=str(error), lasting=False)
    except RefusedError as error:
        outcome = Outcome("", refused=str(error))
    except MemoryError:
        outcome = Outcome("", refused="it needs more memory than is free; close other programs", lasting=False)
    except Exception as error:  # noqa: BLE001 - whatever a file does to a reader, its player gets a sentence
        why = f"it is damaged, or of a kind that nobody has tried here ({type(error).__name__} while it was read)"
        outcome = Outcome("", refused=why)
    sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
    return 0


def made(path: Path, into: Path, asked: Mapping[str, Any], seconds: float) -> Outcome:
    """Convert the checkpoint at ``path`` into the file ``into``. Raises RefusedError, and OSError as the disk does."""
    from latentjockey.models.families import FAMILIES
    from latentjockey.models.families.writing import write
    from latentjockey.models.reading.limits import LIMITS
    from latentjockey.models.reading.reader import read

    checkpoint = read(path, replace(LIMITS, seconds=seconds * 0.9))
    for family in FAMILIES:
        converted = family.convert(checkpoint, asked)
        if converted is not None:
            write(into, path.stem, converted, checkpoint, family.name)
            return Outcome(checkpoint.sha256, form=checkpoint.form, family=family.name)
    known = ", ".join(dict.fromkeys(family.name for family in FAMILIES))
    raise RefusedError(f"it is whole ({_contents(checkpoint)}), but no network that is played here; those are {known}")


def _contents(checkpoint: Checkpoint) -> str:
    """What is in it, in a few words."""
    root = checkpoint.root
    if isinstance(root, dict) and root:
        names = [str(name)[:40] for name in root]
        shown = ", ".join("".join(c if c.isprintable() else "?" for c in name) for name in names[:4])
        return f"{checkpoint.form} with {shown}{' and more' if len(names) > 4 else ''}"
    return checkpoint.form


if __name__ == "__main__":
    sys.exit(main())
