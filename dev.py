#!/usr/bin/env python3
"""Set up and play, or set up and check.

    python3 dev.py run  [-- options of latentjockey]    play
    python3 dev.py test [-- options of pytest]          every check, then the tests
    python3 dev.py lint                                 every check, no tests

Each makes .venv, installs the project there under constraints.txt, and sees to the system libraries that the
window needs (as root on Debian and Ubuntu it installs them, elsewhere it names them). What is already done is
remembered in .venv and not done again. Standard library only; needs Python 3.11 or newer.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# Kept readable for older interpreters down to here, so that they reach this sentence and not a traceback.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "latentjockey needs Python 3.11 or newer, and this is %d.%d: start it with a newer one, "  # noqa: UP031
        "for example 'python3.12 dev.py run'." % sys.version_info[:2]
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "latentjockey-setup.json"  # what is installed; written last
UNDER_WAY = VENV / "latentjockey-setup-under-way"  # there while pip writes; a leftover means it was cut off
COMMANDS = ("run", "test", "lint")

# Debian and Ubuntu packages; the names in one tuple are alternatives (64-bit time renamed some), newest first.
PLAY_PACKAGES: tuple[tuple[str, ...], ...] = (
    ("libgl1-mesa-dri",),
    ("libegl1",),
    ("libegl-mesa0",),
    ("libgl1",),
    ("libglx-mesa0",),
    ("libopengl0",),
    ("libxcb-cursor0",),
    ("libxkbcommon-x11-0",),
    ("libxcb-icccm4",),
    ("libxcb-keysyms1",),
    ("libxcb-shape0",),
    ("libxcb-xinerama0",),
    ("libxcb-xkb1",),
    ("libxcb-image0",),
    ("libxcb-render-util0",),
    ("libxcb-randr0",),
    ("libxcb-sync1",),
    ("libxcb-xfixes0",),
    ("libx11-xcb1",),
    ("libwayland-cursor0",),
    ("libwayland-egl1",),
    ("libdbus-1-3",),
    ("libfontconfig1",),
    ("libglib2.0-0t64", "libglib2.0-0"),
    ("libasound2t64", "libasound2"),
)
TEST_PACKAGES: tuple[tuple[str, ...], ...] = (("xvfb",), ("jackd2",))

# Best known, for people to run by hand: nothing is checked or installed on these.
OTHER_SYSTEMS: Mapping[str, tuple[str, str, str]] = {
    "fedora": (
        "sudo dnf install",
        "mesa-dri-drivers mesa-libEGL libglvnd-glx libglvnd-opengl xcb-util-cursor libxkbcommon-x11 xcb-util-wm "
        "xcb-util-keysyms xcb-util-image xcb-util-renderutil libwayland-cursor libwayland-egl dbus-libs "
        "fontconfig glib2 alsa-lib",
        "xorg-x11-server-Xvfb jack-audio-connection-kit",
    ),
    "arch": (
        "sudo pacman -S --needed",
        "mesa libglvnd xcb-util-cursor libxkbcommon-x11 xcb-util-wm xcb-util-keysyms xcb-util-image "
        "xcb-util-renderutil wayland dbus fontconfig glib2 alsa-lib",
        "xorg-server-xvfb jack2",
    ),
}


class Stop(Exception):  # noqa: N818
    """Ends the program with one sentence for the person at the terminal."""


def say(text: str) -> None:
    print(f"dev.py: {text}", flush=True)


def split_arguments(argv: Sequence[str]) -> tuple[str, list[str]]:
    """Return the command and what follows `--`; raise Stop with the usage if the command line is something else."""
    if not argv or argv[0] in ("-h", "--help"):
        raise Stop((__doc__ or "").strip())
    command, rest = argv[0], list(argv[1:])
    if command not in COMMANDS:
        raise Stop(f"There is no command '{command}'; the commands are {', '.join(COMMANDS)}.")
    if rest and rest[0] != "--":
        corrected = " ".join(["python3 dev.py", command, "--", *rest])
        raise Stop(f"Options for what is started go after two dashes: {corrected}")
    if command == "lint" and rest[1:]:
        raise Stop("lint takes no options; run ruff, mypy or lint-imports from .venv for a part of it.")
    return command, rest[1:]


# -- what is set up already -------------------------------------------------------------------------------------


def inputs_digest(root: Path) -> str:
    """Digest of everything that decides what has to be installed."""
    digest = hashlib.sha256(repr((PLAY_PACKAGES, TEST_PACKAGES)).encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update(b"\0" + (root / name).read_bytes())
    return digest.hexdigest()


def venv_python(venv: Path) -> Path:
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def interpreter_identity(venv: Path) -> str:
    """Which interpreter a venv was made with and which one it reaches now: a system upgrade changes the second."""
    made_with = ""
    with contextlib.suppress(OSError):
        for line in (venv / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            if key.strip().startswith("version"):
                made_with = value.strip()
    return f"{made_with} {os.path.realpath(venv_python(venv))}"


def read_stamp(path: Path) -> dict[str, str]:
    """Return the stamp, or an empty one where there is none that can be read."""
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in stamp.items()} if isinstance(stamp, dict) else {}


def write_stamp(path: Path, stamp: Mapping[str, str]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    part.replace(path)


def packages_current(stamp: Mapping[str, str], wanted: Mapping[str, str], dev: bool) -> bool:
    """True if the stamp vouches for the packages; an installation for testing serves playing too."""
    same = all(stamp.get(key) == value for key, value in wanted.items())
    return same and (not dev or stamp.get("dev") == "yes")


# -- system libraries -------------------------------------------------------------------------------------------


def missing_packages(wanted: Sequence[tuple[str, ...]], dpkg_output: str) -> list[tuple[str, ...]]:
    """Return the entries of `wanted` of which no alternative is installed.

    `dpkg_output` has a line "name status" per package, as dpkg-query prints it for QUERY_FORMAT.
    """
    lines = (line.split() for line in dpkg_output.splitlines())
    present = {words[0] for words in lines if len(words) == 2 and words[1] == "ii"}
    return [names for names in wanted if present.isdisjoint(names)]


QUERY_FORMAT = "${Package} ${db:Status-Abbrev}\n"


def _ask_dpkg(wanted: Sequence[tuple[str, ...]]) -> str:
    names = [name for names in wanted for name in names]
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", QUERY_FORMAT, *names], capture_output=True, text=True, check=False
    )
    return answer.stdout


def _names_for_apt(missing: Sequence[tuple[str, ...]]) -> list[str]:
    """Choose among alternatives the one that this release of the system has."""

    def known(name: str) -> bool:
        shown = subprocess.run(["apt-cache", "show", name], capture_output=True, check=False)
        return shown.returncode == 0 and bool(shown.stdout)

    return [next((name for name in names[:-1] if known(name)), names[-1]) for names in missing]


def apt_advice(names: Sequence[str]) -> str:
    return (
        "some system libraries are missing; to install them, run:\n"
        f"  sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(names)}"
    )


def other_advice(system_ids: Sequence[str], testing: bool) -> str | None:
    """The line to run on a system without apt, or None where nothing is known to be needed."""
    for system in system_ids:
        if system in OTHER_SYSTEMS:
            install, play, test = OTHER_SYSTEMS[system]
            return f"the window needs some system libraries; if it does not open, run:\n  {install} {play}" + (
                f" {test}" if testing else ""
            )
    return None


def _system_ids() -> list[str]:
    import platform  # only where something has to be set up: it takes a while to import

    with contextlib.suppress(OSError):
        release = platform.freedesktop_os_release()
        return [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    return []


def _apt_install(missing: Sequence[tuple[str, ...]]) -> bool:
    """Install with apt as root; False if that did not work."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    say(f"installing {len(missing)} system packages with apt")
    subprocess.run(["apt-get", "-qq", "update"], env=environment, check=False)
    command = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *_names_for_apt(missing)]
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def settle_system(testing: bool, tried_before: bool) -> str:
    """See to the system libraries. Return "done" or, where libraries are still missing, "missing"."""
    if not sys.platform.startswith("linux"):
        return "done"
    if not (shutil.which("dpkg-query") and shutil.which("apt-get")):
        advice = other_advice(_system_ids(), testing)
        if advice:
            say(advice)
        return "done"
    wanted = PLAY_PACKAGES + (TEST_PACKAGES if testing else ())
    missing = missing_packages(wanted, _ask_dpkg(wanted))
    if missing and os.geteuid() == 0 and not tried_before and _apt_install(missing):
        return "done"
    if missing:
        say(apt_advice(_names_for_apt(missing)))
        return "missing"
    return "done"


# -- the virtual environment ------------------------------------------------------------------------------------


def _venv_works(venv: Path) -> bool:
    """True if the interpreter inside runs, has pip, and is the one that the venv was made with."""
    question = "import pip, sys; print('%d.%d.' % sys.version_info[:2])"
    try:
        answer = subprocess.run([str(venv_python(venv)), "-c", question], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0 and interpreter_identity(venv).startswith(answer.stdout.strip())


def _make_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python3.{sys.version_info.minor}-venv"
        if not (sys.platform.startswith("linux") and shutil.which("apt-get")):
            raise Stop("This Python cannot make virtual environments: its module ensurepip is missing.")
        if os.geteuid() != 0 or not _apt_install([(package,)]):
            raise Stop(f"This Python cannot make virtual environments; first run: sudo apt-get install {package}")
    say("making .venv")
    # From inside a venv, make the new one from the interpreter beneath it.
    base = str(getattr(sys, "_base_executable", None) or sys.executable)
    made = subprocess.run([base, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        tail = (made.stdout + made.stderr).strip().splitlines()[-1:]
        raise Stop(f"Could not make .venv: {' '.join(tail) or 'python -m venv failed'}")


def _ensure_venv(stamp: Mapping[str, str]) -> None:
    moved = stamp.get("root", str(ROOT)) != str(ROOT)
    if VENV.exists() and (moved or not _venv_works(VENV)):
        if VENV.is_symlink() or not (VENV / "pyvenv.cfg").exists():
            raise Stop(f"{VENV} is not a working virtual environment; move it away and run this again.")
        say(".venv was moved or no longer works; making it anew")
        shutil.rmtree(VENV)
    if not VENV.exists():
        _make_venv()


def _say_which_torch() -> None:
    chosen = any(name.startswith(("PIP_INDEX", "PIP_EXTRA", "PIP_FIND")) for name in os.environ)
    gpu = Path("/dev/nvidia0").exists() or shutil.which("nvidia-smi")
    if sys.platform.startswith("linux") and not gpu and not chosen:
        say("no NVIDIA GPU found; pip may still take torch's large CUDA build (how to choose: CONTRIBUTING.md)")


def _pip_install(dev: bool) -> None:
    """Install the project and what it needs into .venv; raise Stop with pip's last lines if that fails."""
    command = [str(venv_python(VENV)), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "--no-input", "--constraint", "constraints.txt"]
    if UNDER_WAY.exists():
        say("the last installation was cut off; installing every package again")
        command.append("--ignore-installed")
    command += ["--editable", ".[dev]" if dev else "."]
    UNDER_WAY.touch()
    say("installing the project and its packages; the first time this takes some minutes")
    tail: deque[str] = deque(maxlen=12)
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            tail.append(line.rstrip())
            if line.startswith(("Downloading", "  Downloading", "Installing collected")):
                print(f"  {line.strip()[:100]}", flush=True)
    if pip.returncode < 0:
        raise Stop(f"pip was ended by signal {-pip.returncode}; run the same command again.")
    UNDER_WAY.unlink()
    if pip.returncode != 0:
        lines = "\n  ".join(tail)
        raise Stop(
            "pip could not install the packages; check the network and run the same command again. "
            f"pip said:\n  {lines}"
        )


def set_up(testing: bool) -> Path:
    """Bring .venv and the system libraries up to date, doing only what is not done; return the venv's Python."""
    stamp = read_stamp(STAMP)
    wanted = {"root": str(ROOT), "python": interpreter_identity(VENV), "inputs": inputs_digest(ROOT)}
    if UNDER_WAY.exists() or not packages_current(stamp, wanted, testing):
        _ensure_venv(stamp)
        _say_which_torch()
        keep_dev = testing or stamp.get("dev") == "yes"
        STAMP.unlink(missing_ok=True)
        _pip_install(keep_dev)
        wanted["python"] = interpreter_identity(VENV)
        stamp = {**wanted, "dev": "yes" if keep_dev else "no"}
        write_stamp(STAMP, stamp)
    key = "system for test" if testing else "system for run"
    if stamp.get(key) != "done":
        stamp[key] = settle_system(testing, tried_before=stamp.get(key) == "missing")
        write_stamp(STAMP, stamp)
    return venv_python(VENV)


# -- what is started --------------------------------------------------------------------------------------------


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _finish(command: Sequence[str], environment: Mapping[str, str] | None = None, cwd: Path | None = None) -> int:
    """Run to the end and return the exit status. Ctrl-C reaches the program too: it gets the time to end well."""
    with subprocess.Popen(command, env=environment, cwd=cwd) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                process.wait(10)
            if process.poll() is None:
                _end(process)
            raise
        except BaseException:
            _end(process)
            raise


def _play(python: Path, arguments: Sequence[str]) -> int:
    command = [str(python), "-m", "latentjockey", *arguments]
    if os.name != "nt":  # there, execv would give the terminal back before the app has ended
        os.execv(command[0], command)
    return _finish(command)


def _check(python: Path) -> list[str]:
    """Run every check, whatever the others found; return the names of those that failed."""
    lint_imports = shutil.which("lint-imports", path=str(python.parent)) or "lint-imports"
    checks: dict[str, list[str]] = {
        "ruff check": [str(python), "-m", "ruff", "check", "."],
        "ruff format": [str(python), "-m", "ruff", "format", "--check", "."],
        "mypy": [str(python), "-m", "mypy"],
        "lint-imports": [lint_imports, "--no-logo"],
    }
    failed = []
    for name, command in checks.items():
        say(name)
        if _finish(command, cwd=ROOT) != 0:
            failed.append(name)
    say("checks: " + ", ".join(f"{name} {'FAILED' if name in failed else 'passed'}" for name in checks))
    return failed


def _die_with_parent() -> None:
    """Linux: have the kernel end this process when the one that started it is gone (PR_SET_PDEATHSIG)."""
    import ctypes

    ctypes.CDLL(None).prctl(1, 15)


@contextlib.contextmanager
def _display() -> Iterator[dict[str, str]]:
    """The environment for tests: on Linux an X server of our own, whose number collides with no other."""
    import select

    environment = dict(os.environ)
    if not sys.platform.startswith("linux"):
        yield environment
        return
    environment |= {"LIBGL_ALWAYS_SOFTWARE": "1"}
    environment.pop("WAYLAND_DISPLAY", None)
    program = shutil.which("Xvfb")
    if program is None:
        say("Xvfb is not there: the tests run without a display, those that need one are skipped")
        environment.pop("DISPLAY", None)
        yield environment | {"QT_QPA_PLATFORM": "offscreen"}
        return
    reading, writing = os.pipe()
    command = [program, "-displayfd", str(writing), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL, preexec_fn=_die_with_parent)
    try:
        os.close(writing)
        ready, _, _ = select.select([reading], [], [], 30)
        number = os.read(reading, 16).decode().strip() if ready else ""
        if number:
            yield environment | {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        else:
            say("Xvfb does not start: the tests run without a display, those that need one are skipped")
            environment.pop("DISPLAY", None)
            yield environment | {"QT_QPA_PLATFORM": "offscreen"}
    finally:
        os.close(reading)
        _end(server)


def main(argv: Sequence[str]) -> int:
    """Do what the command line says; return the exit status."""
    import signal

    # A polite kill ends what was started here too, by way of the finally clauses.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    command, arguments = split_arguments(argv)
    python = set_up(testing=command != "run")
    if command == "run":
        return _play(python, arguments)
    failed = _check(python)
    if command == "lint":
        return 1 if failed else 0
    with _display() as environment:
        tests = _finish([str(python), "-m", "pytest", *arguments], environment, ROOT)
    if failed:  # said again: of a long log it is the end that is read
        say("checks that failed: " + ", ".join(failed))
    return tests or (1 if failed else 0)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        asked_for_help = sys.argv[1:] in (["-h"], ["--help"])
        print(stop, file=sys.stdout if asked_for_help else sys.stderr)
        sys.exit(0 if asked_for_help else 2)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)
    except OSError as problem:
        print(f"dev.py could not go on: {problem}", file=sys.stderr)
        sys.exit(2)
