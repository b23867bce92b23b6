"""What can be wrong with a shader file, as one sentence and a line. Pure, any thread."""

from __future__ import annotations

from latentjockey.base.diagnostics import StageError


class ShaderError(StageError):
    """``str()`` is one sentence that does not repeat the line; ``line`` counts from 1 in the file, if it is known.

    ``vertex`` is true when the line is one of the ``.vs`` file beside the shader.
    """

    def __init__(self, sentence: str, line: int | None = None, *, vertex: bool = False) -> None:
        super().__init__(sentence)
        self.line = line
        self.vertex = vertex

    @property
    def located(self) -> str:
        """The sentence with the line before it."""
        if self.line is None:
            return str(self)
        return f"line {self.line}{' of the .vs file' if self.vertex else ''}: {self}"
