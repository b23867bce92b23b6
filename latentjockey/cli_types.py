"""What may stand in options of the command line: texts as values, or one sentence that says what they should be."""

from __future__ import annotations

import argparse
import re
from pathlib import Path


def size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text.lower())
    if match is None or not (int(match[1]) and int(match[2])):
        raise argparse.ArgumentTypeError(f"a size is WxH, such as 512x512, not {text!r}")
    return int(match[1]), int(match[2])


def endpoint(text: str) -> tuple[str, int]:
    if text == "off":
        return "off", 0
    host, _, port = text.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"an address is HOST:PORT, such as 127.0.0.1:9000, not {text!r}")
    return host.strip("[]") or "127.0.0.1", int(port)


def assignment(text: str) -> tuple[str, str]:
    address, equals, value = text.partition("=")
    if not equals or not address.startswith("/"):
        raise argparse.ArgumentTypeError(f"write ADDRESS=VALUE, such as /deck/a/psi=1.5, not {text!r}")
    return address, value


def folder(text: str) -> Path:
    path = Path(text).absolute()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return path


def way_out(text: str) -> tuple[str, str]:
    from latentjockey.control.names import SENDS

    kind, _, name = text.partition("=")
    if kind not in SENDS:
        raise argparse.ArgumentTypeError(f"one of {', '.join(SENDS)}, such as ndi or ndi=NAME, not {kind!r}")
    return kind, name


def video(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in (".mp4", ".mov", ".mkv"):
        raise argparse.ArgumentTypeError(f"a recording ends in .mp4, .mov or .mkv, not {path.name!r}")
    return path


def positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"a number of seconds above 0, not {text!r}")
    return number


def rate(text: str) -> float:
    number = positive(text)
    if number > 1000:
        raise argparse.ArgumentTypeError(f"up to 1000 pictures a second, not {text!r}")
    return number
