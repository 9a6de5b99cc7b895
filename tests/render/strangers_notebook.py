"""A stranger's notebook with most of what notebooks hold, written by hand: no kernel is needed."""

from __future__ import annotations

import base64
import io
import math
from typing import Any

import nbformat
from nbformat import v4

ANSI = "\x1b[31mred\x1b[0m\n 10 %\r100 %\n"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40">'
    '<rect width="120" height="40" fill="#1f4e79"/></svg>'
)
FOREIGN_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><foreignObject width="9" '
    'height="9"><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject></svg>'
)
PANDAS = """<div><style scoped>.dataframe td { color: red }</style>
<table border="1" class="dataframe">
<thead><tr style="text-align: right;"><th></th><th>calls</th><th>share</th></tr>
<tr><th>channel</th><th></th><th></th></tr></thead>
<tbody><tr><th>voice</th><td>1200</td><td>0.75</td></tr>
<tr><th>chat &amp; e-mail</th><td>400</td><td>0.25</td></tr></tbody>
</table><p>2 rows × 2 columns</p></div>"""

MARKDOWN = r"""# Quality of calls

Text with **bold**, *italic*, `code`, [a link](https://example.org/) and [a bad
one](javascript:alert(1)). A note.[^1]

[^1]: Footnotes stay plain.

1. first
2. second
   - inner

| channel | calls |
|:--------|------:|
| voice   |  1200 |

Inline $a_i^2 + b_i^2$ costs $5 and $6. Block:

$$
\int_0^1 x\,dx = \tfrac{1}{2}
$$

![attached picture](attachment:dot.png)

![local picture](pictures/dot.png) ![remote](https://example.org/x.png) ![outside](../secret.png)

<div class="alert">HTML with <b>bold</b><script>alert(1)</script></div>

> quoted

```python
print("#eval(1)")
```
"""


def png(color: str = "white", mode: str = "RGB") -> bytes:
    """A small picture."""
    from PIL import Image

    stored = io.BytesIO()
    Image.new(mode, (40, 12), color).save(stored, "PNG")
    return stored.getvalue()


def base64_of(content: bytes) -> str:
    """As notebooks store pictures."""
    return base64.b64encode(content).decode("ascii")


def shown(data: dict[str, Any]) -> Any:
    """An output with several forms."""
    return v4.new_output("display_data", data=data)


def code(source: str, *outputs: Any, tags: tuple[str, ...] = ()) -> Any:
    """A code cell with its outputs."""
    return v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def wide_table() -> str:
    """Twenty columns, wider than a page."""
    head = "".join(f"<th>measurement_{i:02d}</th>" for i in range(20))
    cells = "".join(f"<td>{math.sqrt(i):.6f}</td>" for i in range(20))
    return (
        f"<table><thead><tr><th></th>{head}</tr></thead>"
        f"<tbody><tr><th>row</th>{cells}</tr></tbody></table>"
    )


def notebook() -> Any:
    """The whole notebook."""
    top = v4.new_markdown_cell(MARKDOWN)
    top["attachments"] = {"dot.png": {"image/png": base64_of(png("red"))}}
    return v4.new_notebook(
        cells=[
            top,
            code('channel: str = "voice"  # which calls\nlimit = 5', tags=("parameters",)),
            code('channel = "chat"', tags=("injected-parameters",)),
            v4.new_markdown_cell("### Deep heading without one above"),
            code("frame", shown({"text/html": PANDAS, "text/plain": "calls"})),
            code("wide", shown({"text/html": wide_table()})),
            code("plot()", shown({"image/png": base64_of(png("blue")), "text/plain": "<Figure>"})),
            code("svg()", shown({"image/svg+xml": SVG, "image/png": base64_of(png())})),
            code("mermaid()", shown({"image/svg+xml": FOREIGN_SVG, "text/plain": "a diagram"})),
            code("print()", v4.new_output("stream", name="stdout", text=ANSI)),
            code("1/0", v4.new_output("error", ename="ZeroDivisionError", evalue="division",
                                      traceback=["\x1b[0;31mTraceback\x1b[0m", "1/0"])),
            code("secret = 1", shown({"text/plain": "visible result"}), tags=("remove-input",)),
            code("gone", shown({"text/plain": "gone too"}), tags=("remove-cell",)),
            code("plotly()", shown({"text/html": "<script>run()</script>", "text/plain": "Plot"})),
            code("\U0001f600 = '#eval(2)'", shown({"text/plain": "日本 \u202egnp.exe #eval(3) $x"})),
            code("broken", shown({"image/png": "bm90IGEgcGljdHVyZQ==", "text/plain": "a plot"})),
            code("j", shown({"application/json": {"a": [1, 2]}, "text/plain": "<JSON>"})),
            v4.new_raw_cell("raw text"),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )  # fmt: skip


def as_text() -> str:
    """The notebook as a file's content."""
    node = notebook()
    for number, cell in enumerate(node.cells):
        cell["id"] = f"cell-{number}"
    text: str = nbformat.writes(node)
    return text
