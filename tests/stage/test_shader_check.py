"""The tool that tries a folder of shaders, each in a process that may be killed."""

from __future__ import annotations

from pathlib import Path

import moderngl
import pytest

from latentjockey import cli
from latentjockey.base.diagnostics import StageError
from latentjockey.stage.isf.check import check

HEADER = '/*{"INPUTS": [{"NAME": "inputImage", "TYPE": "image"}]}*/\n'
GOOD = HEADER + "void main() { gl_FragColor = IMG_THIS_PIXEL(inputImage); }\n"
# Each loop alone is cut short by software renderers.
ENDLESS = (
    HEADER
    + """void main() {
    float x = isf_FragNormCoord.x;
    for (int i = 0; i < 60000; ++i)
        for (int j = 0; j < 60000; ++j)
            for (int k = 0; k < 60000; ++k)
                x = sin(x + float(i + j + k) * 0.001);
    gl_FragColor = vec4(x);
}
"""
)


def test_each_file_has_its_verdict(gl: moderngl.Context, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "a good.fs").write_text(GOOD)
    (tmp_path / "b broken.fs").write_text(HEADER + "void main() {\n\tgl_FragColor = vec4(nothing);\n}\n")
    (tmp_path / "c vertex.fs").write_text(GOOD)
    (tmp_path / "c vertex.vs").write_text("void main() {\n\tisf_vertShaderInit();\n\tnothing();\n}\n")
    (tmp_path / "d empty.fs").write_text("")
    (tmp_path / "e bytes.fs").write_bytes(bytes(range(256)))
    (tmp_path / "more" / "f.frag").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("no shader")
    verdicts = list(check(tmp_path, 60.0))
    told = [v.told(tmp_path) for v in verdicts]
    assert told[0] == "a good.fs: ok"
    assert told[1].startswith("b broken.fs: line 3: The shader does not compile: ")
    assert "nothing" in told[1]
    assert "line 3 of the .vs file" in told[2]
    assert told[3].startswith("d empty.fs: line 1: ")
    assert verdicts[4].sentence
    assert told[5] == f"{Path('more') / 'f.frag'}: ok"
    assert len(told) == 6


def test_one_that_hangs_is_ended_and_the_next_is_tried(gl: moderngl.Context, tmp_path: Path) -> None:
    (tmp_path / "a.fs").write_text(ENDLESS)
    (tmp_path / "b.fs").write_text(GOOD)
    first, second = check(tmp_path, 5.0)
    assert first.sentence == "It takes longer than 5 s, so it was ended; a loop may have no end."
    assert second.sentence == ""


def test_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="no shaders"):
        list(check(tmp_path, 1.0))
    with pytest.raises(StageError, match="nothing at"):
        list(check(tmp_path / "nowhere", 1.0))


def test_from_the_command_line(gl: moderngl.Context, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.fs"
    path.write_text(GOOD)
    assert cli.main(["shaders", "check", str(path), "--seconds", "60"]) == 0
    assert capsys.readouterr().out == f"{path}: ok\n1 of 1 play.\n"
    path.write_text("nothing")
    assert cli.main(["shaders", "check", str(tmp_path)]) == 1
    assert capsys.readouterr().out.endswith("0 of 1 play.\n")
    assert cli.main(["shaders", "check", str(tmp_path / "nowhere")]) == 2
