"""An ONNX graph in onnxruntime: opened on the best provider there is, and run. Engine process, one thread.

onnxruntime is an extra; it is imported when the first graph is opened. The file's bytes were read as data before
(:mod:`latentjockey.models.reading.onnx_graph`): weights lie in them, and every operation is ONNX's own, so no library
and no other file is loaded for them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError, logger

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
MISSING = (
    "ONNX models are played by onnxruntime, which is not installed: pip install 'latentjockey[onnx]', or "
    "onnxruntime-gpu for CUDA."
)
_QUIET = 4  # onnxruntime's own word for fatal errors alone: what fails is told in a sentence here
_WORDS = 240


class OnnxError(StageError):
    """A graph that cannot be opened or run; ``str()`` is one sentence."""


class OnnxSession:
    """The graph in ``data``, called ``name``, on ``device`` (``cpu``, ``cuda``) or the best there is.

    Raises OnnxError, in one sentence, where onnxruntime is missing or refuses the graph.
    """

    def __init__(self, name: str, data: bytes, device: str | None = None) -> None:
        self._name, self._data = name, data
        self._fallback = ""
        self._runtime = _runtime()
        there = self._runtime.get_available_providers()
        wanted = [CUDA, CPU] if CUDA in there and (device is None or device.startswith("cuda")) else [CPU]
        self._session = self._opened(wanted)

    @property
    def on_cuda(self) -> bool:
        return self._session is not None and self._session.get_providers()[:1] == [CUDA]

    @property
    def device(self) -> str:
        """Where it runs, in words; why not on CUDA where that was tried."""
        version = f"onnxruntime {self._runtime.__version__}"
        if self.on_cuda:
            return f"cuda, {version}"
        return f"cpu, {torch.get_num_threads()} threads, {version}{self._fallback}"

    def run(
        self, outputs: list[str], feed: Mapping[str, NDArray[Any]], seconds: float | None = None
    ) -> list[NDArray[Any]]:
        """What the ``outputs`` are when each input is what ``feed`` says. Raises MemoryError and OnnxError.

        After ``seconds`` it is stopped, between two of the graph's operations.
        """
        try:
            return self._run(outputs, feed, seconds)
        except OnnxError:
            if not self.on_cuda:
                raise
            self._fall_back("a picture failed on it")
            return self._run(outputs, feed, seconds)

    @property
    def output_names(self) -> list[str]:
        return [held.name for held in self._need().get_outputs()]

    def close(self) -> None:
        """Free the graph. Calling it again does nothing."""
        self._session = None
        self._data = b""

    def _run(self, outputs: list[str], feed: Mapping[str, NDArray[Any]], seconds: float | None) -> list[NDArray[Any]]:
        options = self._runtime.RunOptions()
        options.log_severity_level = _QUIET
        timer = threading.Timer(seconds, setattr, (options, "terminate", True)) if seconds else None
        if timer is not None:
            timer.daemon = True
            timer.start()
        try:
            made: list[NDArray[Any]] = self._need().run(outputs, dict(feed), options)
        except Exception as error:
            if options.terminate:
                raise OnnxError(
                    f"{self._name} took longer than {seconds:g} s for a picture; it is not played."
                ) from error
            raise self._told("failed while it made a picture", error) from error
        finally:
            if timer is not None:
                timer.cancel()
        return made

    def _need(self) -> Any:
        if self._session is None:
            raise OnnxError(f"{self._name} was closed.")
        return self._session

    def _opened(self, providers: list[str]) -> Any:
        options = self._runtime.SessionOptions()
        options.log_severity_level = _QUIET
        options.intra_op_num_threads = torch.get_num_threads()
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # the surface needs those cores, too
        try:
            session = self._runtime.InferenceSession(self._data, options, providers=providers)
        except Exception as error:
            if CUDA in providers:
                self._say_fallback(_words(error))
                return self._opened([CPU])
            raise self._told("cannot be played", error) from error
        if CUDA in providers and session.get_providers()[:1] != [CUDA]:
            self._say_fallback("its libraries are missing or of another version")
        return session

    def _fall_back(self, why: str) -> None:
        self._say_fallback(why)
        self._session = self._opened([CPU])

    def _say_fallback(self, why: str) -> None:
        self._fallback = "; CUDA failed"
        logger("generators").warning("%s plays on the CPU, because CUDA could not be used: %s.", self._name, why)

    def _told(self, what: str, error: Exception) -> Exception:
        """``error`` as a sentence, or as the lack of memory that it is."""
        words = _words(error)
        if isinstance(error, MemoryError) or "lloc" in words:  # bad_alloc, "Failed to allocate memory"
            return MemoryError(f"out of memory: {words}")
        return OnnxError(f"{self._name} {what}: {words}.")


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise OnnxError(MISSING) from error
    return onnxruntime


def _words(error: Exception) -> str:
    """onnxruntime's own words, in one line, without its codes."""
    line = " ".join(str(error).split())
    plain = line.rpartition(" : ")[2] or line
    return (plain[:_WORDS] or type(error).__name__).rstrip(".")
