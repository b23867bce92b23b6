"""A hub on this machine's loopback, with one repository. Not a test itself."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """``files`` of ``repository`` by path. The next answers of a path in ``cuts`` end after so many bytes. ``gated``
    refuses files, ``down`` everything; ``lies`` are paths whose bytes are others than it says; with ``whole`` it knows
    no ranges. ``asked`` is what was asked for, with the range and the token."""

    repository: str
    files: dict[str, bytes]
    licence: str = "openrail++"
    gated: bool = False
    down: int = 0
    whole: bool = False
    cuts: dict[str, list[int]] = field(default_factory=dict)
    lies: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    endpoint: str = ""

    @property
    def fetched(self) -> list[str]:
        """The files asked for, each time anew."""
        return [place.partition(f"/resolve/{COMMIT}/")[2] for place, _, _ in self.asked if "/resolve/" in place]

    def listed(self) -> bytes:
        siblings = [
            {
                "rfilename": path,
                "size": len(held),
                "blobId": hashlib.sha1(b"blob %d\0" % len(held) + held, usedforsecurity=False).hexdigest(),
                **({"lfs": {"sha256": hashlib.sha256(held).hexdigest(), "size": len(held), "pointerSize": 134}}
                   if path.endswith((".safetensors", ".bin", ".pkl")) else {}),
            }
            for path, held in self.files.items()
        ]  # fmt: skip
        words = {"id": self.repository, "sha": COMMIT, "gated": "auto" if self.gated else False, "siblings": siblings}
        return json.dumps({**words, "cardData": {"license": self.licence}, "tags": []}).encode()


def of_folder(folder: Path, repository: str = "someone/tiny-turbo") -> Hub:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return Hub(repository, {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})


@contextmanager
def served(hub: Hub) -> Iterator[Hub]:
    """The hub answers at ``hub.endpoint`` meanwhile."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.asked.append((self.path, self.headers.get("Range", ""), self.headers.get("Authorization", "")))
            if hub.down:
                return self._said(hub.down, b"no")
            api, files = f"/api/models/{hub.repository}/revision/", f"/{hub.repository}/resolve/{COMMIT}/"
            if self.path.startswith(api):
                known = self.path.removeprefix(api).partition("?")[0] in ("main", COMMIT)
                return self._said(200, hub.listed()) if known else self._said(404, b"", "RevisionNotFound")
            if not self.path.startswith(files):
                return self._said(401, b"", "RepoNotFound")
            if hub.gated:
                return self._said(403, b"", "GatedRepo")
            path = self.path.removeprefix(files)
            return self._file(path, hub.files[path])

        def _file(self, path: str, held: bytes) -> None:
            start = int(self.headers.get("Range", "bytes=0-")[len("bytes=") : -1]) if not hub.whole else 0
            sent = held[start:] if path not in hub.lies else bytes(len(held) - start)
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(held) - 1}/{len(held)}")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            cut = hub.cuts.get(path)
            self.wfile.write(sent[: cut.pop(0)] if cut else sent)

        def _said(self, code: int, text: bytes, error: str = "") -> None:
            self.send_response(code)
            if error:
                self.send_header("X-Error-Code", error)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        hub.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
