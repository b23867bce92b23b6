"""From parts to pixels: the drawing is recoloured, framed, set on a ground, and rendered. Any thread.

Frames are such that eyes and chin of all styles lie on the same two lines, whatever a style's own proportions.
"""

from __future__ import annotations

import io
import math
import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentjockey.recipes.portraits.colour import Lab, blend, hexadecimal
from latentjockey.recipes.portraits.traits import Ground, Portrait

EYES, CHIN = 0.5, 0.82
"""The two lines, in heights of the picture from its top."""
_STOPS = 6
_FINER = 2
_GROUP = re.compile(r"<g\b[^>]*>|</g>")
_OUTSIDE = re.compile(r"<(?:image|script|style|foreignObject|!)|(?:href|src)\s*=\s*[\"'](?!#)|url\((?!#)", re.I)


class DrawingError(ValueError):
    """A drawing that is not made of shapes alone; ``str()`` is a sentence."""


def document(made: Portrait, body: str, size: int) -> str:
    """The SVG of a portrait, ``size`` pixels wide and high; ``body`` is the drawing as the style gives it.

    Raises DrawingError when it points outside itself: a package of strangers draws, and does nothing else.
    """
    if _OUTSIDE.search(body):
        raise DrawingError(f"A drawing of {made.style.package} is not made of shapes alone, so it is not rendered.")
    # Hard edges are right where the squares of pixel art meet; the reduction smooths its outline.
    edges = ' shape-rendering="crispEdges"' if made.style.upright else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" width="{size}" height="{size}">'
        f'{backdrop(made.ground)}<g transform="{placing(made)}" fill="none"{edges}>{inked(made, body)}</g></svg>'
    )


def placing(made: Portrait) -> str:
    """The transform that lays eyes and chin of the drawing on their lines, then moves them as the framing says."""
    style, framing = made.style, made.framing
    face = made.parts.get("face") or ""
    x, y = style.eyes[0], style.eye_lines.get(face, style.eyes[1])
    scale = framing.scale * (CHIN - EYES) / (style.chin - style.eyes[1])
    across = -scale if framing.flip else scale
    return (
        f"translate({0.5 + framing.right:.6g} {EYES + framing.down:.6g}) rotate({framing.lean:.6g}) "
        f"scale({across:.6g} {scale:.6g}) translate({-x:.6g} {-y:.6g})"
    )


def inked(made: Portrait, body: str) -> str:
    """The drawing with its fixed black and white replaced in the groups that the style names."""
    for transform, roles in made.style.inks.items():
        start = body.find(f'<g transform="{transform}">')
        if start >= 0:
            end = _end_of_group(body, start)
            colours = {was: hexadecimal(made.colours[role]) for was, role in roles.items()}
            body = body[:start] + _dyed(body[start:end], colours) + body[end:]
    return body


def backdrop(ground: Ground) -> str:
    """The ground as SVG; gradients run in OKLab, in steps that sRGB's own blending cannot be told from."""
    first, last = ground.ends
    if ground.kind != "gradient":
        return f'<rect width="1" height="1" fill="{hexadecimal(first)}"/>'
    stops = "".join(_stop(first, last, i / (_STOPS - 1)) for i in range(_STOPS))
    if ground.round:
        shape, place = "radialGradient", f'cx="0.5" cy="{EYES}" r="0.75"'
    else:
        x, y = 0.5 * math.cos(2 * math.pi * ground.turn), 0.5 * math.sin(2 * math.pi * ground.turn)
        shape, place = "linearGradient", f'x1="{0.5 - x:.4f}" y1="{0.5 - y:.4f}" x2="{0.5 + x:.4f}" y2="{0.5 + y:.4f}"'
    return f'<{shape} id="ground" {place}>{stops}</{shape}><rect width="1" height="1" fill="url(#ground)"/>'


def render(svg: str, size: int) -> NDArray[np.uint8]:
    """The picture (3, size, size), sRGB, of :func:`document` at that size: drawn finer, and reduced by averaging.

    Raises ImportError without resvg_py, DrawingError for an SVG that it cannot draw.
    """
    import resvg_py

    try:
        drawn: bytes = resvg_py.svg_to_bytes(svg_string=svg, width=size * _FINER, skip_system_fonts=True)
    except ValueError as error:
        raise DrawingError("A drawing cannot be rendered: resvg does not understand it.") from error
    with Image.open(io.BytesIO(drawn), formats=("PNG",)) as image:
        reduced = image.convert("RGB").reduce(_FINER)
    return np.ascontiguousarray(np.asarray(reduced, np.uint8).transpose(2, 0, 1))


def _end_of_group(body: str, start: int) -> int:
    """Where the group that opens at ``start`` has been closed."""
    depth = 0
    for tag in _GROUP.finditer(body, start):
        depth += 0 if tag[0].endswith("/>") else -1 if tag[0].startswith("</") else 1
        if depth == 0:
            return tag.end()
    return len(body)


def _dyed(group: str, colours: dict[str, str]) -> str:
    def replaced(found: re.Match[str]) -> str:
        return f'{found[1]}="{colours.get(found[2].lower(), found[2])}"'

    return re.sub(r'\b(fill|stroke)="(#[0-9a-fA-F]{3})"', replaced, group)


def _stop(first: Lab, last: Lab, share: float) -> str:
    return f'<stop offset="{share:.3g}" stop-color="{hexadecimal(blend(first, last, share))}"/>'
