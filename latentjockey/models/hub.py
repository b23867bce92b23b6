"""What a hub says of a repository, and the bytes of its files. For the command line: it waits for the network.

The hub is Hugging Face's, or what ``HF_ENDPOINT`` names. Only ``latentjockey models get`` comes here: neither the show
nor an engine ever does. The player's own proxy, certificates and, where they logged in, token are used; the token is
sent to the hub alone, not to where it sends for files. huggingface_hub is not used: it begins a file anew where a
process was ended in the middle of it, and an engine that plays diffusion models has it set to offline.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from latentjockey.models.hub_files import HubError, HubFile

PREFIX = "hf:"
ENDPOINT = "https://huggingface.co"
SECONDS = 20.0
"""How long nothing may come."""
PARTIAL = ".partial"
_AGAIN = 5
_CHUNK = 1 << 20
_LONGEST_ANSWER = 32 << 20
_ID = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9_][A-Za-z0-9._-]{0,95})((?:/[A-Za-z0-9_][\w.@+-]{0,120})*)"
)
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SUM, _BLOB = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A repository on the hub, one file in it or none, and a revision or none."""

    repository: str
    file: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a repository holds at one ``commit``; ``licence`` as the hub says it, empty where it does not."""

    repository: str
    commit: str
    files: tuple[HubFile, ...]
    licence: str = ""


class _Lfs(msgspec.Struct):
    sha256: str = ""


class _Sibling(msgspec.Struct):
    rfilename: str
    size: int | None = None
    blobId: str | None = None  # noqa: N815
    lfs: _Lfs | None = None


class _Model(msgspec.Struct):
    sha: str = ""
    siblings: list[_Sibling] = []
    cardData: dict[str, Any] | None = None  # noqa: N815


def is_wanted(text: str) -> bool:
    """Whether this names something on the hub: ``hf:...``, or ``owner/name`` and no more."""
    return text.startswith(PREFIX) or (text.count("/") == 1 and ":" not in text and wanted_or_none(text) is not None)


def wanted(text: str) -> Wanted:
    """``hf:owner/name``, with ``/a/file`` for one file and ``@revision`` for another than the newest. Raises
    HubError."""
    found = wanted_or_none(text.removeprefix(PREFIX))
    if found is None:
        raise HubError(f"Write hf:OWNER/NAME, hf:OWNER/NAME@REVISION or hf:OWNER/NAME/FILE, not {text[:60]!r}.")
    return found


def wanted_or_none(text: str) -> Wanted | None:
    place, at, revision = text.partition("@")
    match = _ID.fullmatch(place)
    if match is None or ".." in text or (at and not _REVISION.fullmatch(revision)):
        return None
    return Wanted(match[1], match[2].removeprefix("/"), revision)


def look(what: Wanted) -> Snapshot:
    """What the hub says of the repository. Raises HubError, in one sentence."""
    revision = urllib.parse.quote(what.revision or "main", safe="")
    with _asked(f"/api/models/{what.repository}/revision/{revision}?blobs=true", what) as answer:
        text = _read(answer, what)
    try:
        said = msgspec.json.decode(text, type=_Model)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise HubError("What answered is no hub; is there a page to log in to this network?") from error
    if not _COMMIT.fullmatch(said.sha):
        raise HubError(f"The hub names no revision of {what.repository}, so nothing was taken from it.")
    files = tuple(_file(each) for each in said.siblings if each.size is not None and each.size >= 0)
    licence = (said.cardData or {}).get("license")
    return Snapshot(what.repository, said.sha, files, _line(licence) if isinstance(licence, str) else "")


def fetch(snapshot: Snapshot, file: HubFile, to: Path, told: Callable[[int], None]) -> None:
    """The bytes of ``file`` at ``to``, going on where an earlier try ended, checked against what the hub says. ``told``
    hears how many came (below 0: so many were thrown away again). Raises HubError, in one sentence; what came stays
    then, but for what is not as it should be."""
    part = to.with_name(to.name + PARTIAL)
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
    except OSError as error:
        raise HubError(_disk(to, error)) from error
    tries, most = 0, part.stat().st_size
    while part.stat().st_size < file.bytes:
        try:
            _more(snapshot, file, part, told)
        except (OSError, http.client.HTTPException) as error:
            have = part.stat().st_size
            tries, most = (0, have) if have > most else (tries + 1, most)
            if tries >= _AGAIN:
                raise HubError(_unreachable()) from error
    _check(file, part, told)
    os.replace(part, to)


def _file(said: _Sibling) -> HubFile:
    sha256, blob = said.lfs.sha256 if said.lfs is not None else "", said.blobId or ""
    return HubFile(
        said.rfilename,
        said.size or 0,
        sha256 if _SUM.fullmatch(sha256) else "",
        blob if said.lfs is None and _BLOB.fullmatch(blob) else "",
    )


def _more(snapshot: Snapshot, file: HubFile, part: Path, told: Callable[[int], None]) -> None:
    """Add to ``part`` what comes of one request. Raises what the network raises, and HubError."""
    have = part.stat().st_size
    what = Wanted(snapshot.repository, file.path, snapshot.commit)
    place = f"/{snapshot.repository}/resolve/{snapshot.commit}/{urllib.parse.quote(file.path)}"
    with _asked(place, what, have) as answer, part.open("r+b") as kept:
        if have and not str(answer.headers.get("Content-Range", "")).startswith(f"bytes {have}-"):
            told(-have)  # the hub sends it all once more
            kept.truncate(0)
            have = 0
        kept.seek(have)
        while have < file.bytes and (chunk := answer.read(min(_CHUNK, file.bytes - have))):
            try:
                kept.write(chunk)
                kept.flush()
            except OSError as error:
                raise HubError(_disk(part, error)) from error
            have += len(chunk)
            told(len(chunk))
    if have < file.bytes:
        raise http.client.IncompleteRead(b"", file.bytes - have)


def _check(file: HubFile, part: Path, told: Callable[[int], None]) -> None:
    """Whether ``part`` is what the hub says; else it is thrown away. Raises HubError."""
    if part.stat().st_size == file.bytes and _digest(file, part):
        return
    told(-part.stat().st_size)
    part.unlink()
    raise HubError(f"{file.path} is not what the hub says it is, so it was thrown away; try again.")


def _digest(file: HubFile, part: Path) -> bool:
    if not file.sha256 and not file.blob:
        return True
    # The other is git's name of a blob; it is no promise against those who mean ill, who could as well change both.
    digest = hashlib.sha256() if file.sha256 else hashlib.sha1(b"blob %d\0" % file.bytes, usedforsecurity=False)
    with part.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == (file.sha256 or file.blob)


# -- the network ------------------------------------------------------------------------------------------------------


class _Redirects(urllib.request.HTTPRedirectHandler):
    """From https only to https."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.URLError("sent from https to something else")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def _asked(place: str, what: Wanted, have: int = 0) -> Iterator[Any]:
    """The hub's answer, from byte ``have`` on. Raises HubError for what it refuses; in the middle of a file what the
    network raises."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise HubError("HF_HUB_OFFLINE is set, so the hub is not asked; unset it for this command.")
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or ENDPOINT
    if not endpoint.startswith(("https://", "http://")):
        raise HubError(f"HF_ENDPOINT is {endpoint[:80]!r}, and should begin with https://.")
    request = urllib.request.Request(endpoint + place, headers={"User-Agent": "latentjockey"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    if token := _token():
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        answer = urllib.request.build_opener(_Redirects).open(request, timeout=SECONDS)
    except urllib.error.HTTPError as error:
        with error:
            raise HubError(_refused(error, what)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise HubError(_unreachable()) from error
    with answer:
        yield answer


def _read(answer: IO[bytes], what: Wanted) -> bytes:
    try:
        text = answer.read(_LONGEST_ANSWER + 1)
    except (OSError, http.client.HTTPException) as error:
        raise HubError(_unreachable()) from error
    if len(text) > _LONGEST_ANSWER:
        raise HubError(f"The hub says more of {what.repository} than is read.")
    return text


def _refused(error: urllib.error.HTTPError, what: Wanted) -> str:
    code, said = error.code, str(error.headers.get("X-Error-Code", ""))
    if said == "GatedRepo" or (code == 403 and said != "RepoNotFound"):
        return (
            f"{what.repository} is gated: accept its terms on its page on the hub, log in with hf auth login, and try "
            "again."
        )
    if said == "RevisionNotFound":
        return f"{what.repository} has no revision {what.revision or 'main'}."
    if code == 404 and what.file and said == "EntryNotFound":
        return f"There is no file {what.file} in {what.repository}."
    if code in (401, 404):
        return f"The hub has no model {what.repository}, or it is private: then log in with hf auth login."
    if code == 429:
        return "The hub asks for patience (429); try again in some minutes: it goes on where it stopped."
    return f"The hub refuses ({code}); try again later: it goes on where it stopped."


def _unreachable() -> str:
    return "The hub cannot be reached; try again when there is a network: it goes on where it stopped."


def _disk(path: Path, error: OSError) -> str:
    return f"{path.name} could not be written: {(error.strerror or str(error)).lower()}."


def _token() -> str:
    """What ``hf auth login`` kept, or the environment says; empty where the player is nobody."""
    said = os.environ.get("HF_TOKEN", "")
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    if not said:
        try:
            said = Path(os.environ.get("HF_TOKEN_PATH") or home / "token").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""
    return said.strip() if said.strip().isascii() and said.strip().isprintable() else ""


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text[:400]).split())[:80]
