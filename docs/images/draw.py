"""The pictures of docs/figures.md, drawn by the code of that page: `make figures`."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from capsim import plots

HERE = Path(__file__).parent
PAGE = HERE.parent / "figures.md"


def draw(folder: Path) -> list[Path]:
    """Carry out the blocks of the page; what the last line of one draws is a picture.

    Parameters
    ----------
    folder : Path
        Where the pictures go, named as the function that drew them.

    Returns
    -------
    list of Path
    """
    names: dict[str, Any] = {}
    drawn = []
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        *before, last = ast.parse(block).body
        if not isinstance(last, ast.Expr):
            exec(block, names)
            continue
        exec(compile(ast.Module(before, []), str(PAGE), "exec"), names)
        axes = eval(compile(ast.Expression(last.value), str(PAGE), "eval"), names)
        assert isinstance(last.value, ast.Call)
        assert isinstance(last.value.func, ast.Attribute)
        png, svg = plots.save(axes, folder / last.value.func.attr)
        svg.unlink()
        _made_small(png)
        drawn.append(png)
    return drawn


def _made_small(path: Path) -> None:
    """Keep 64 colours of a picture: a third of the bytes, and no difference to the eye."""
    from PIL import Image

    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(64, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


if __name__ == "__main__":
    draw(HERE)
