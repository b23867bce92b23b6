"""The command line: ``latentjockey`` opens the window; ``headless``, ``still``, ``controls``, ``models``, ``shaders``
and ``doctor`` do without.

Importing this module imports nothing heavy: every command brings its own.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from latentjockey import __version__, cli_models
from latentjockey.base.diagnostics import StageError
from latentjockey.cli_types import assignment, endpoint, positive, rate, size, video, way_out
from latentjockey.data import commands as data
from latentjockey.options import DEFAULT_MODEL

if TYPE_CHECKING:
    from latentjockey.options import Options

_ABOUT = """\
Play the latent space of an image generator: two decks, a crossfader, and no walls.

Every control has one address, the same for OSC, MIDI maps, presets and --set: see `latentjockey controls`.
Any finite number may go into any of them; a range is a hint for the hand, never a wall.
"""

_EXAMPLES = """\
first steps:
  latentjockey                                        the window; drag, click, listen on OSC port 9000
  latentjockey --seed "winter garden"                 begin at a place of your own (words are seeds too)
  latentjockey --preset picture.png                   go back to exactly what a saved still shows
  latentjockey headless --seconds 20 --record a.mp4   play without a window and keep it
  latentjockey still --set /deck/a/psi=2.5 -o x.png   one picture, pushed past its bounds
  latentjockey controls                               every address there is
  latentjockey models list                            what can be played, and where its data came from
  latentjockey shaders check ~/ISF                    which of your shaders play here
  latentjockey data prepare photos -o photos.ljdata   a data set of your own pictures, to train on
  latentjockey train my-pictures --out mine --consent own
                                                      a model of your own, playable while it learns
  latentjockey evaluate mine --data my-pictures --out judged
                                                      does it copy, has it collapsed: sheets and a report
  latentjockey doctor                                 what this machine can do, and what to do where it cannot
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Errors a person can meet are one sentence on standard error."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)  # what is serious is also said here
    parser = _parser()
    options = parser.parse_args(arguments)
    _name_folders(getattr(options, "models", ()))
    try:
        return int(options.run(options))
    except StageError as error:
        sys.stderr.write(f"latentjockey: {error}\n")
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"latentjockey: {where}{error.strerror or error}; see latentjockey doctor.\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="latentjockey",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"latentjockey {__version__}")
    common = _common()
    for action in common._actions:
        parser._add_action(action)
    _add_simulate(parser)
    parser.set_defaults(run=_window)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_headless(commands, common)
    _add_still(commands, common)
    controls = commands.add_parser("controls", help="list every address with kind, default, nominal range and help")
    form = controls.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON, for other programs")
    form.add_argument("--markdown", action="store_true", help="as docs/controls.md has it")
    controls.add_argument(
        "--model", default=DEFAULT_MODEL, help="with the controls of this model (default: %(default)s)"
    )
    controls.set_defaults(run=_controls)
    cli_models.add_models(commands)
    _add_shaders(commands)
    data.add(commands)
    _add_train(commands)
    _add_evaluate(commands)
    cli_models.add_clip(commands)
    doctor = commands.add_parser("doctor", help="test this machine and say what to do about each failure")
    doctor.set_defaults(run=_doctor)
    return parser


def _common() -> argparse.ArgumentParser:
    # Options not given leave no trace, so that those before a command survive the command's own defaults.
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--model", help=f"what plays, by name: see latentjockey models list (default: {DEFAULT_MODEL})")
    cli_models.add_folders(common)
    common.add_argument("--preset", metavar="NAME|FILE", help="a preset by name, a preset file, or a still (PNG)")
    common.add_argument("--size", type=size, metavar="WxH", help="size of the picture in pixels (default: the model's)")
    common.add_argument("--seed", help="where deck A begins: a number or any words")
    common.add_argument("--set", action="append", type=assignment, metavar="ADDRESS=VALUE", help="may be repeated")
    common.add_argument(
        "--osc-in", type=endpoint, metavar="HOST:PORT",
        help="where to listen (default: 127.0.0.1:9000; 0.0.0.0:9000 lets other machines play; off for none)",
    )  # fmt: skip
    common.add_argument("--osc-out", type=endpoint, metavar="HOST:PORT", help="send every change there")
    common.add_argument("--midi", metavar="NAME", help="open inputs whose name contains this (default: all)")
    common.add_argument("--midi-map", type=Path, metavar="FILE", help="the map to play through (default: generic)")
    common.add_argument(
        "--midi-api", choices=("alsa", "jack", "coremidi", "winmm"), help="default: what the system has"
    )
    common.add_argument(
        "--send", action="append", type=way_out, metavar="KIND[=NAME]",
        help="send the picture to other programs: ndi, spout, syphon, v4l2; may be repeated",
    )  # fmt: skip
    common.add_argument("--fps", type=rate, help="pictures a second at most, also of recordings (default: 60)")
    common.add_argument("--no-standby", action="store_true", help="keep no second engine ready: less memory")
    common.add_argument("--resume", action="store_true", help="begin where the last session ended")
    return common


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--simulate", action="store_true", default=argparse.SUPPRESS,
        help="a ghost performer plays the whole surface for ever: for rehearsals, and to see what lasts",
    )  # fmt: skip


def _add_headless(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    headless = commands.add_parser(
        "headless", parents=[common], help="play without a window: engine, OSC and MIDI, with a live status"
    )
    _add_simulate(headless)
    headless.add_argument("--seconds", type=positive, metavar="N", help="stop after so long (default: Ctrl-C)")
    headless.add_argument("--record", type=video, metavar="FILE.mp4", help="record what plays (.mp4, .mov or .mkv)")
    headless.add_argument("--stills", type=Path, metavar="DIR", help="keep stills in this folder")
    headless.add_argument(
        "--every", type=positive, default=1.0, metavar="S", help="seconds between stills (default: 1)"
    )
    headless.set_defaults(run=_headless)


def _add_still(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    still = commands.add_parser("still", parents=[common], help="make one picture and write it as PNG")
    still.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.png")
    still.set_defaults(run=_still)


def _add_shaders(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    shaders = commands.add_parser("shaders", help="which shader files (ISF) play on this machine")
    tasks = shaders.add_subparsers(title="tasks", metavar="TASK", required=True)
    check = tasks.add_parser("check", help="try every shader of a folder, each for a limited time")
    check.add_argument("place", type=Path, metavar="FOLDER", help="a folder of .fs files, or one file")
    check.add_argument(
        "--seconds",
        type=positive,
        default=20.0,
        metavar="S",
        help="how long one shader may take (default: 20)",
    )
    check.set_defaults(run=_check_shaders)


def _name_folders(folders: Sequence[Path]) -> None:
    """Tell this process and its engines where models lie, too."""
    if folders:
        from latentjockey.models.library import FOLDERS_VARIABLE

        known = os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep)
        os.environ[FOLDERS_VARIABLE] = os.pathsep.join(filter(None, [*map(str, folders), *known]))


def _add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from latentjockey.training import arguments

    train = commands.add_parser("train", help="train a generator on your own pictures, or on a recipe's")
    arguments.add(train)
    train.set_defaults(run=_train)


def _add_evaluate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from latentjockey.training import evaluate_arguments

    evaluate = commands.add_parser("evaluate", help="judge a model beside the pictures it learned from")
    evaluate_arguments.add(evaluate)
    evaluate.set_defaults(run=_evaluate)


# -- commands ---------------------------------------------------------------------------------------------------------


def _window(arguments: argparse.Namespace) -> int:
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        sys.stderr.write("There is no display here, so this plays headless and records; Ctrl-C ends it.\n")
        from latentjockey import headless

        return headless.play(_options(arguments), record_anyway=True)
    from latentjockey import window

    return window.play(_options(arguments))


def _headless(arguments: argparse.Namespace) -> int:
    from latentjockey import headless

    return headless.play(_options(arguments), seconds=arguments.seconds, stills=arguments.stills, every=arguments.every)


def _still(arguments: argparse.Namespace) -> int:
    from latentjockey import headless

    return headless.still(_options(arguments), arguments.output)


def _controls(arguments: argparse.Namespace) -> int:
    from latentjockey.control import document
    from latentjockey.models.controls import controls_of
    from latentjockey.models.library import get

    model = get(arguments.model).spec
    assert model is not None
    specs = controls_of(model)
    if arguments.json:
        text = json.dumps(document.as_json(specs), indent=1, ensure_ascii=False)
    elif arguments.markdown:
        text = document.markdown(specs).rstrip("\n")
    else:
        text = document.table(specs)
    sys.stdout.write(f"{text}\n")
    return 0


def _check_shaders(arguments: argparse.Namespace) -> int:
    from latentjockey.stage.isf.check import check

    plays = tried = 0
    for verdict in check(arguments.place, arguments.seconds):
        tried += 1
        plays += not verdict.sentence
        sys.stdout.write(f"{verdict.told(arguments.place)}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{plays} of {tried} play.\n")
    return 0 if plays == tried else 1


def _train(arguments: argparse.Namespace) -> int:
    from latentjockey.training import launch

    return launch.run(arguments)


def _evaluate(arguments: argparse.Namespace) -> int:
    from latentjockey.training import evaluate_arguments

    return evaluate_arguments.run(arguments)


def _doctor(arguments: argparse.Namespace) -> int:
    from latentjockey import doctor

    return doctor.examine()


def _options(arguments: argparse.Namespace) -> Options:
    from latentjockey.options import Options

    given = vars(arguments)
    renamed = {"set": "sets", "send": "sends"}
    names = (
        "model",
        "preset",
        "size",
        "seed",
        "osc_in",
        "osc_out",
        "midi",
        "midi_map",
        "midi_api",
        "fps",
        "resume",
        "simulate",
        "record",
        "set",
        "send",
    )
    chosen = {renamed.get(n, n): given[n] for n in names if given.get(n) is not None}
    if chosen.get("osc_in") == ("off", 0):
        chosen["osc_in"] = None
    for many in ("sets", "sends"):
        chosen[many] = tuple(chosen.get(many, ()))
    return Options(**chosen, standby=not given.get("no_standby", False))
