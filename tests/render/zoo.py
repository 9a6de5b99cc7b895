"""A zoo of odd notebooks, built in memory: one function each, named by what is odd about it.

`ANIMALS` holds them by name; each gives the notebook as a plain dictionary, as its file would hold
it, so that formats which `nbformat` itself would not write can be kept here too.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from nbformat import v3, v4
from strangers_notebook import base64_of, code, png, shown

Notebook = dict[str, Any]

ANIMALS: dict[str, Callable[[], Notebook]] = {}

DERIVED = frozenset(
    {
        "svg_without_alt_text", "png_without_alt_text", "jpeg_grey_and_cmyk", "gif_animated",
        "pictures_in_every_way", "svg_with_script_and_links", "svg_empty", "widget_and_html_pages",
        "png_huge_in_pixels", "png_broken", "format_3",
    }
)  # fmt: skip
"""Those with a picture that nobody described: the exporter says so."""

SVG_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="200" height="80" viewBox="0 0 200 80">'
)
HOSTILE = (
    '#import "@preview/cetz:0.3.0"; #eval("1") @label <tag> $x^2$ *b* _i_ `c` \\ ~ = == - + '
    '/ // /* #let #set #show #include "/etc/passwd" [x] {y} "q" \'a\' --- ... :smile: & &amp;'
)
NAMES = (
    "Jürgen Größer, Łukasz Żółć, Çağla İnönü ığüşöç, Ольга Щукина, محمد عبد الله, יוסף כהן, "
    "Ελένη, Nguyễn Thị, Þórður, Đorđe, Ångström"
)
BIDI = "safe\u202ecod.exe \u2066inside\u2069 \u200fmark\u200e \u061c \ufeff end\u202c"
CONTROLS = "a\x00b\x07c\x08d\x0be\x0cf\x1bg\x7fh\x85i\ue000j\uf8ffk\U000f0000l\ufffem\ufffdn\xado"
EMOJI = "👍🏽 👨‍👩‍👧 🇩🇪 ☎️ 日本語 한국어 ไทย हिन्दी 𝒳 ﷽"


def animal(make: Callable[[], Notebook]) -> Callable[[], Notebook]:
    """Take a notebook into the zoo."""
    ANIMALS[make.__name__] = make
    return make


def _with(*cells: Any, **metadata: Any) -> Notebook:
    """A notebook of these cells, with ids that do not change from run to run."""
    made: Notebook = v4.new_notebook(cells=list(cells), metadata=metadata)
    for number, cell in enumerate(made["cells"]):
        cell["id"] = f"cell-{number}"
    return made


def _markdown(text: str, **attachments: bytes) -> Any:
    cell = v4.new_markdown_cell(text)
    if attachments:
        cell["attachments"] = {
            f"{name}.png": {"image/png": base64_of(content)}
            for name, content in attachments.items()
        }
    return cell


def _frame(frame: pd.DataFrame | pd.Series, **how: Any) -> Any:
    """What Jupyter stores for a frame that a cell ends with."""
    html = frame.to_html(**how) if isinstance(frame, pd.DataFrame) else None
    data = {"text/plain": repr(frame)} | ({"text/html": html} if html else {})
    return code("frame", v4.new_output("execute_result", data=data, execution_count=1))


def _printed(text: str, name: str = "stdout") -> Any:
    return code("print()", v4.new_output("stream", name=name, text=text))


def _svg(inner: str) -> str:
    return f"{SVG_HEAD}{inner}</svg>"


def _image(kind: str, mode: str = "RGB", size: tuple[int, int] = (60, 30), **how: Any) -> str:
    from PIL import Image

    stored = io.BytesIO()
    Image.new(mode, size, 90).save(stored, kind, **how)
    return base64_of(stored.getvalue())


# --- hardly anything -------------------------------------------------------------------------------


@animal
def no_cells() -> Notebook:
    return _with()


@animal
def only_raw_cells() -> Notebook:
    latex = v4.new_raw_cell("\\begin{equation} x \\end{equation}")
    latex["metadata"] = {"raw_mimetype": "text/latex"}
    return _with(v4.new_raw_cell("just text\n  indented"), latex, v4.new_raw_cell(""))


@animal
def only_empty_cells() -> Notebook:
    return _with(v4.new_markdown_cell(""), v4.new_markdown_cell("  \n \t"), code(""), code("\n\n"))


@animal
def only_comments_and_rules() -> Notebook:
    return _with(_markdown("---\n\n***\n\n<!-- nothing -->\n\n#\n\n> \n\n- \n\n[x]: https://e.org"))


# --- Markdown --------------------------------------------------------------------------------------

EVERYTHING = r"""# Everything that *Markdown* **has**

Setext heading
--------------

A paragraph with **bold _and italic_**, ~~struck~~, `code`, ``a ` tick``, a\
hard break, &copy; &lt;tag&gt; \*stars\*, <https://example.org/auto>, [a link](https://example.org/
"with title"), [by reference][r], [to a part](#lists), [empty]() and a bare https://example.org/bare.

[r]: https://example.org/reference

## Lists

1. one
   1. one one
      - a bullet
        > a quote within
        > - and a list in it
   2. one two

      ```r
      x <- 3 # code in a list
      ```
7. starts anew

- [ ] open task
- [x] done task
- - - deep

* * *

### Tables

| left | centre | right | none |
|:-----|:------:|------:|------|
| a \| b | **b** | 1.5 | `x` |
| ![dot](attachment:dot.png) | [l](https://e.org) | -2 | |
| too | few |
| one | two | three | four | five |

A first note.[^1] A second one.[^long] One without text.[^none]

[^1]: Said **below**.
[^long]: Said with

    a second paragraph and `code`.

#### Definitions and HTML

<details><summary>More</summary>

Hidden *until* opened.

</details>

<p align="center"><img src="attachment:dot.png" alt="A dot" width="50"> centred <kbd>Ctrl</kbd>
H<sub>2</sub>O x<sup>2</sup></p>

<script>alert(1)</script><style>p { color: red }</style><iframe src="https://e.org"></iframe>

<table><caption>By hand</caption><tr><td rowspan="2">a</td><td>b</td></tr><tr><td>c<ul><li>d</li>
</ul></td></tr></table>

> **Note**
> quoted

    indented code

~~~python title="x.py"
def f(): ...
~~~
"""


@animal
def markdown_with_everything() -> Notebook:
    return _with(_markdown(EVERYTHING, dot=png("red")))


@animal
def markdown_mathematics() -> Notebook:
    return _with(
        _markdown(
            r"""# Maths
Inline $a_i^2 + \frac{1}{2}$, \(\alpha\), costs $5 and $6, escaped \$7\$, and display:

$$\sum_{i=1}^{n} \binom{n}{i} = 2^n \tag{1}$$

\[ \begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix} \]

\begin{align}
\dot{x} & = \sigma(y-x) \\
\nabla \times \vec{E} &= -\partial_t \vec B
\end{align}

Beyond anybody: $\require{mhchem}\ce{2H2 + O2 -> 2H2O}$, $\undefined{\unclosed$, $$\def\x{\x}\x$$, $ $.
"""
        ),
        code("sympy", shown({"text/latex": r"$\displaystyle \int_0^\infty e^{-x^2}\,dx$",
                             "text/plain": "Integral"})),
        code("latex", shown({"text/latex": "\\begin{tabular}{l}a\\\\b\\end{tabular}"})),
    )  # fmt: skip


@animal
def headings_that_skip_levels() -> Notebook:
    levels = (4, 2, 6, 1, 3, 3, 5, 1, 6)
    return _with(*(_markdown(f"{'#' * level} Level {level}\n\ntext") for level in levels))


@animal
def seven_levels_of_headings() -> Notebook:
    return _with(_markdown("\n\n".join(f"{'#' * level} Level {level}" for level in range(1, 8))))


@animal
def no_heading_at_all() -> Notebook:
    return _with(_markdown("Only text."), _printed("and output"))


@animal
def headings_of_odd_kinds() -> Notebook:
    return _with(
        _markdown("# \n\n##  \n\n# ![only a picture](attachment:dot.png)", dot=png()),
        _markdown("# `code` and $x^2$ and [a link](https://e.org) <br> and <b>HTML</b>"),
        _markdown("# Same\n\n# Same\n\n<h1>In HTML</h1>\n\n> # In a quote\n\n- # In a list"),
        _markdown("# " + "A very long heading that goes on " * 20),
    )


@animal
def lists_nested_thirty_deep() -> Notebook:
    return _with(_markdown("\n".join("  " * depth + f"- depth {depth}" for depth in range(30))),
                 _markdown("> " * 40 + "quoted forty times"))  # fmt: skip


@animal
def nested_without_end() -> Notebook:
    deep = "<div>" * 3000 + "inside of three thousand boxes"
    return _with(_markdown("> " * 3000 + "quoted"), code("", shown({"text/html": deep})),
                 _markdown("> " * 60 + "quoted sixty times"),
                 code("", shown({"text/html": "<ul><li>" * 60 + "listed sixty times"})))  # fmt: skip


# --- tables ----------------------------------------------------------------------------------------


@animal
def frame_with_many_indexes() -> Notebook:
    columns = pd.MultiIndex.from_product(
        [["2023", "2024"], ["calls", "chats"], ["n", "%"]], names=["year", "channel", None]
    )
    rows = pd.MultiIndex.from_product(
        [["DE", "AT"], ["w", "m", "d"], ["18-29", "30+"]], names=["country", "sex", "age"]
    )
    frame = pd.DataFrame(np.arange(96).reshape(12, 8) / 7, index=rows, columns=columns)
    return _with(_frame(frame), _frame(frame.iloc[:0]), _frame(frame.T))


@animal
def frame_of_300_rows() -> Notebook:
    frame = pd.DataFrame(
        {"name": [f"Person {i}" for i in range(300)], "share": np.linspace(0, 1, 300),
         "when": pd.date_range("2024-01-01", periods=300), "note": [None, "a, b"] * 150}
    )  # fmt: skip
    return _with(_markdown("# Long"), _frame(frame, max_rows=None))


@animal
def frame_of_40_columns() -> Notebook:
    frame = pd.DataFrame(
        np.random.default_rng(1).normal(size=(5, 40)),
        columns=[f"feature_{i}_of_the_model" for i in range(40)],
    )
    return _with(_frame(frame, max_cols=None), _frame(frame))


@animal
def frame_that_is_empty() -> Notebook:
    return _with(
        _frame(pd.DataFrame()), _frame(pd.DataFrame(columns=["a", "b"])),
        _frame(pd.DataFrame(index=[1, 2])), _frame(pd.Series([], dtype=float)),
    )  # fmt: skip


@animal
def frame_of_odd_values() -> Notebook:
    frame = pd.DataFrame(
        {"": [HOSTILE, NAMES, BIDI], "<b>x</b>": ["a\nb", "", " "], 3: [np.nan, np.inf, -0.0],
         "=SUM(A1)": [{"a": [1]}, (1, 2), b"\x00"], "None": [None, pd.NA, pd.NaT],
         "long": ["x" * 500, "y " * 300, "https://example.org/" + "z/" * 90]}
    )  # fmt: skip
    return _with(_frame(frame), _frame(frame, escape=False), _frame(frame, index=False))


@animal
def tables_of_broken_html() -> Notebook:
    tables = (
        "<table></table>", "<table><tr></tr></table>", "<table><thead></thead></table>",
        "<table><tr><th>only a header</th></tr></table>",
        "<table><tr><td>a<table><tr><td>inner</td></tr></table></td></tr></table>",
        "<table><tr><td colspan=0>a<td rowspan=-1>b<tr><td>c",
        "<table><thead><tr><th>a</th></tr></thead><tbody></tbody><tfoot><tr><td>f</td></tr></table>",
        '<table><tr><td><img src="data:image/png;base64,AAAA" alt="x">with picture</td></tr></table>',
        "<TABLE><TR><TD>upper</TD></TR></TABLE> and after",
        "<table><tr>" + "<td>x</td>" * 200 + "</tr></table>",
    )  # fmt: skip
    return _with(*(code("", shown({"text/html": one, "text/plain": "p"})) for one in tables))


# --- pictures --------------------------------------------------------------------------------------


@animal
def svg_without_alt_text() -> Notebook:
    drawn = _svg('<rect width="200" height="80" fill="#369"/><text x="9" y="40">Anrufe</text>')
    return _with(_markdown("# Calls per day"), code("", shown({"image/svg+xml": drawn})))


@animal
def svg_with_script_and_links() -> Notebook:
    drawn = _svg(
        '<script>alert(1)</script><style>@import url("https://e.org/x.css");</style>'
        '<a xlink:href="https://e.org"><rect width="90" height="40" onclick="alert(2)"/></a>'
        '<image xlink:href="https://e.org/x.png" width="9" height="9"/>'
        '<image xlink:href="file:///etc/passwd" width="9" height="9"/>'
        '<use xlink:href="other.svg#a"/><animate attributeName="x"/>'
    )
    return _with(code("", shown({"image/svg+xml": drawn, "text/plain": "plot"})))


@animal
def svg_empty() -> Notebook:
    drawings = (
        '<svg xmlns="http://www.w3.org/2000/svg"/>',
        '<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>',
        '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="0.001"><rect/></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg" width="-5" height="1e9"></svg>',
        '<svg width="5" height="5"><rect width="5" height="5"/></svg>',
        "",
        "<svg>",
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">'
        + _svg('<circle r="20" cx="30" cy="30"/>'),
    )  # fmt: skip
    return _with(
        *(code("", shown({"image/svg+xml": one, "text/plain": "empty svg"})) for one in drawings)
    )


@animal
def svg_of_odd_text() -> Notebook:
    texts = (EMOJI, NAMES, BIDI, "日本")
    drawn = [
        _svg(
            f'<title>T {i}</title><desc>D</desc><text x="2" y="40" font-family="Comic">{one}</text>'
        )
        for i, one in enumerate(texts)
    ]
    return _with(*(_markdown(f"![Text in a picture, {i}](data:image/svg+xml;base64,"
                             f"{base64_of(one.encode())})") for i, one in enumerate(drawn)))  # fmt: skip


@animal
def png_without_alt_text() -> Notebook:
    images = [_image("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    return _with(*(code("", shown({"image/png": one, "text/plain": "<Figure>"})) for one in images))


@animal
def png_broken() -> Notebook:
    whole = png("blue")
    broken = (whole[:50], whole[:-20], b"\x89PNG\r\n\x1a\n", b"", b"GIF89a", whole[::-1])
    return _with(
        *(code("", shown({"image/png": base64_of(one), "text/plain": "a plot"})) for one in broken),
        code("", shown({"image/png": "not base64 ***", "text/plain": "a plot"})),
        code("", shown({"image/png": base64_of(whole[:50])})),
        _markdown("![gone](attachment:gone.png) ![bad](data:image/png;base64,%%%) ![](data:,)"),
    )


@animal
def png_huge_in_pixels() -> Notebook:
    return _with(
        code("", shown({"image/png": _image("PNG", "1", (9000, 60)), "text/plain": "wide"})),
        code("", shown({"image/png": _image("PNG", "1", (3, 9000)), "text/plain": "high"})),
        code("", shown({"image/png": _image("PNG", "1", (1, 1)), "text/plain": "dot"})),
    )


@animal
def jpeg_grey_and_cmyk() -> Notebook:
    images = [_image("JPEG", mode, quality=50) for mode in ("L", "RGB", "CMYK")]
    images.append(_image("JPEG", "RGB", progressive=True, dpi=(300, 72)))
    return _with(*(code("", shown({"image/jpeg": one})) for one in images))


@animal
def gif_animated() -> Notebook:
    webp = {"image/webp": _image("WEBP"), "text/plain": "webp"}
    return _with(code("", shown({"image/gif": _image("GIF", "P")})), code("", shown(webp)))


@animal
def pictures_in_every_way() -> Notebook:
    inline = base64_of(png("green"))
    plain = "%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20width='9'%20height='9'/%3E"
    return _with(
        _markdown(
            f"# Pictures\n![attached](attachment:dot.png) and text ![](attachment:dot.png)\n"
            f'<img src="data:image/png;base64,{inline}"> <img alt="x"> <img src="">\n\n'
            f"[![in a link](attachment:dot.png)](https://e.org)\n\n"
            f"![svg](data:image/svg+xml,{plain}) ![far](https://e.org/x.png)"
            f" ![up](../../etc/passwd) ![abs](/etc/passwd) ![file](file:///etc/passwd)"
            f'\n\n![titled](attachment:dot.png "The title *here*")\n\n| ![cell](attachment:dot.png) |'
            f"\n|---|\n| ![cell](attachment:dot.png) |",
            dot=png("red"),
        ),
        code("", shown({"text/html": f'<img src="data:image/png;base64,{inline}">'})),
    )


# --- printed text ----------------------------------------------------------------------------------


@animal
def ansi_colours_and_carriage_returns() -> Notebook:
    colours = "".join(f"\x1b[{n}mcolour {n}\x1b[0m " for n in (1, 4, 31, 42, 93, "38;5;208"))
    moving = "\x1b[2J\x1b[H\x1b[3Aup\x1b[Kcleared\x1b]0;title\x07\x1b(B\x1b=\x1b[?25l\x1b"
    bar = "".join(f"\r{n:3d}%|{'█' * (n // 10):10}|" for n in range(0, 101, 10))
    return _with(
        _printed(colours + "\n" + moving + "\n" + bar + "\nab\bc\tx\fy\vz\r\nend"),
        _printed("\x1b[91mWARNING\x1b[0m", "stderr"), _printed("\x1b[0m\x1b[1m\n\n"),
        _printed("┌──┬──┐\n│ä │ß │\n└──┴──┘\n✓ ✗ → ≤ ░▒▓"),
    )  # fmt: skip


@animal
def output_of_5000_lines() -> Notebook:
    return _with(_printed("\n".join(f"line {i}" for i in range(5000))))


@animal
def errors_with_traceback() -> Notebook:
    def failed(name: str, value: str, lines: list[str]) -> Any:
        return code("1/0", v4.new_output("error", ename=name, evalue=value, traceback=lines))

    coloured = [f"\x1b[0;31m{'-' * 75}\x1b[0m", "\x1b[0;32m----> 1\x1b[0m 1\x1b[0m/\x1b[0m0\n",
                "\x1b[0;31mZeroDivisionError\x1b[0m: division by zero"]  # fmt: skip
    return _with(failed("ZeroDivisionError", "division by zero", coloured), failed("", "", []),
                 failed("KeyError", HOSTILE, [HOSTILE] * 3),
                 failed("E", "x\n" * 50 + "y" * 900, ["frame\n" * 900]))  # fmt: skip


@animal
def very_long_words_and_lines() -> Notebook:
    word, line = "w" * 2000, "several words in a very long line " * 90
    return _with(
        _markdown(f"# {word[:120]}\n\n{word}\n\n`{word}`\n\n**{line}**\n\n- {word}\n\n> {word}"),
        _markdown(f"[{word}](https://example.org/{word})\n\n|{word[:300]}|b|\n|-|-|\n|{word}|{line}|"),
        _printed(f"{word}\n{line}"), code(f"x = '{word}'"),
        _printed(base64.b64encode(bytes(range(256)) * 40).decode()),
    )  # fmt: skip


# --- forms of output -------------------------------------------------------------------------------


@animal
def widget_and_html_pages() -> Notebook:
    view = "application/vnd.jupyter.widget-view+json"
    page = "<!doctype html><html><head><title>t</title></head><body><h1>Page</h1>x</body></html>"
    plot = '<div id="p"></div><script>Plotly.newPlot("p")</script>'
    forms: tuple[dict[str, Any], ...] = (
        {view: {"model_id": "a1", "version_major": 2}, "text/plain": "IntSlider(value=3)"},
        {view: {"model_id": "b2"}}, {"text/html": page}, {"text/html": plot, "text/plain": "Figure"},
        {"text/html": "<form><input value='a'><button>Go</button></form>", "text/plain": "form"},
        {"text/html": "<p>unclosed <b>bold <i>both</p> text &nbsp; &bogus; &#0; &#x202e;"},
        {"text/html": "<video src='x.mp4'></video>", "text/plain": "<Video>"},
        {"text/html": f'<figure><img src="data:image/png;base64,{base64_of(png())}"></figure>'},
        {"text/html": "<details><summary>s</summary>d</details><dl><dt>t</dt><dd>d</dd></dl><hr>"},
        {"application/javascript": "alert(1)"}, {"application/pdf": "JVBERi0="}, {},
    )  # fmt: skip
    return _with(*(code("", shown(form)) for form in forms))


@animal
def only_unknown_mime_types() -> Notebook:
    plotly = {"data": [{"x": [1], "type": "bar"}], "layout": {"title": {"text": "Calls"}}}
    forms: tuple[dict[str, Any], ...] = (
        {"application/vnd.plotly.v1+json": plotly},
        {"application/vnd.vegalite.v5+json": {"mark": "bar"}, "text/plain": "<VegaLite 5 object>"},
        {"application/geo+json": {"type": "Point"}}, {"x/y": "z"},
    )  # fmt: skip
    return _with(*(code("", shown(form)) for form in forms))


@animal
def latex_and_json_displays() -> Notebook:
    deep: Any = 1
    for _ in range(60):
        deep = {"k": [deep]}
    forms: tuple[dict[str, Any], ...] = (
        {"text/latex": "$$ x $$"}, {"text/latex": ["\\LaTeX", "\n"]}, {"text/latex": ""},
        {"application/json": {"a": [1, None, True, 1.5, "ä\u202e"]}}, {"application/json": deep},
        {"application/json": []}, {"application/json": HOSTILE}, {"application/json": None},
        {"text/markdown": "# Heading *in* output\n\n| a |\n|---|\n| 1 |"},
        {"text/markdown": ["**lines** of", " text"]},
    )  # fmt: skip
    return _with(*(code("", shown(form)) for form in forms))


# --- texts that try to be more, or cannot be shown --------------------------------------------------


def _everywhere(text: str) -> Notebook:
    """One text in every place where a notebook holds text."""
    attachment = {"image/png": base64_of(png())}
    cell = v4.new_markdown_cell(
        f"# {text}\n\n{text}\n\n- {text}\n\n> {text}\n\n| {text.replace('|', '')} |\n|---|\n| x |"
        f"\n\n![{text.replace(']', '')}](attachment:a.png)\n\n`{text}`"
    )
    cell["attachments"] = {"a.png": attachment}
    table = f"<table><tr><th>{_escaped(text)}</th></tr><tr><td>{_escaped(text)}</td></tr></table>"
    return _with(
        cell, code(text), _printed(text), v4.new_raw_cell(text),
        code("", shown({"text/html": table})), code("", shown({"text/plain": text})),
        code("", v4.new_output("error", ename=text, evalue=text, traceback=[text])),
        code(f"name = {text!r}", tags=("parameters",)),
        title=text, authors=[{"name": text}], language_info={"name": text},
    )  # fmt: skip


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


@animal
def texts_of_typst_markup() -> Notebook:
    return _everywhere(HOSTILE)


@animal
def texts_of_bidi_overrides() -> Notebook:
    return _everywhere(BIDI)


@animal
def texts_of_controls_and_private_use() -> Notebook:
    return _everywhere(CONTROLS)


@animal
def texts_of_lone_surrogates() -> Notebook:
    """JSON may hold half a character: `"\\ud83d"`."""
    return json.loads(json.dumps(_everywhere("half \ud83d and \udc4d")))  # type: ignore[no-any-return]


@animal
def texts_of_emoji_and_asia() -> Notebook:
    return _everywhere(EMOJI)


@animal
def names_of_many_scripts() -> Notebook:
    return _everywhere(NAMES)


@animal
def marks_piled_on_letters() -> Notebook:
    return _everywhere("Z̸̛̘a̷͓͝l̶̰̈g̵̨̀o̴ " + "e" + "\u0301" * 60 + " \u0301 \u20dd x\u20e3")


# --- metadata and formats --------------------------------------------------------------------------


@animal
def kernel_of_r() -> Notebook:
    return _with(
        code("library(dplyr)\nx <- c(1, 2) %>% sum()",
             shown({"text/markdown": "1. 1\n2. 2", "text/latex": "\\item 1", "text/plain": "[1] 1"})),
        code("channel <- 'voice' # which", tags=("parameters",)),
        kernelspec={"name": "ir", "display_name": "R", "language": "R"},
        language_info={"name": "R", "version": "4.4.1", "codemirror_mode": "r"},
    )  # fmt: skip


@animal
def kernel_of_julia() -> Notebook:
    return _with(
        code("∇ = α -> α²; x̂ = 3", shown({"text/plain": "x̂ = 3 ∈ ℝ"})),
        kernelspec={"name": "julia-1.11", "display_name": "Julia 1.11", "language": "julia"},
    )


@animal
def metadata_of_wrong_types() -> Notebook:
    made = _with(_markdown("# Odd"), code("x", tags=("a",)))
    made["metadata"] = {"title": ["a", "list"], "authors": "one name", "language": 7,
                        "impactbook": "yes", "language_info": None, "kernelspec": None}  # fmt: skip
    made["cells"][1]["metadata"] = {"tags": "parameters", "collapsed": 3}
    wrong: list[Any] = [
        {"cell_type": "code", "metadata": None, "source": None, "outputs": None},
        {"cell_type": "code", "metadata": [], "source": ["1"], "outputs": ["text", {}, None]},
        {"cell_type": "markdown", "metadata": {}, "source": "![a](attachment:a)", "attachments": {"a": 1}},
        {"cell_type": "code", "metadata": {}, "source": "", "outputs": [
            {"output_type": "display_data", "data": None, "metadata": None},
            {"output_type": "display_data", "data": {"image/png": 7, "text/plain": None}},
            {"output_type": "error", "ename": None, "evalue": 1, "traceback": None},
            {"output_type": "stream", "text": None}, {"output_type": "unknown"}]},
    ]  # fmt: skip
    made["cells"] += wrong
    return made


@animal
def metadata_missing() -> Notebook:
    cell = {"cell_type": "code", "source": ["a = 1\n", "b = 2"], "execution_count": None}
    bare = {"cell_type": "markdown", "source": "text"}
    return {"nbformat": 4, "nbformat_minor": 2, "cells": [cell, bare, {"cell_type": "heading"}]}


@animal
def format_4_0() -> Notebook:
    return {
        "nbformat": 4, "nbformat_minor": 0, "metadata": {},
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": ["# Old\n", "text"]},
            {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": ["1"],
             "outputs": [{"output_type": "execute_result", "execution_count": 1, "metadata": {},
                          "data": {"text/plain": ["1"]}}]},
        ],
    }  # fmt: skip


@animal
def format_3() -> Notebook:
    """Worksheets, heading cells and `pyout` outputs, as IPython wrote them until 2014."""
    outputs = [
        v3.new_output(output_type="pyout", output_text="42", prompt_number=1),
        v3.new_output(output_type="display_data", output_png=base64_of(png("red"))),
        v3.new_output(output_type="stream", output_text="printed"),
    ]
    sheet = v3.new_worksheet(
        cells=[
            v3.new_heading_cell("Title of old", level=2),
            v3.new_text_cell("markdown", "Text."),
            v3.new_code_cell("6 * 7", outputs=outputs, prompt_number=1),
        ]
    )  # fmt: skip
    return v3.new_notebook(metadata=v3.new_metadata(name="old"), worksheets=[sheet])  # type: ignore[no-any-return]


@animal
def cells_with_the_same_id() -> Notebook:
    made = _with(_markdown("# One"), _markdown("# Two"), code("3"))
    for cell in made["cells"]:
        cell["id"] = "same"
    return made


@animal
def language_german() -> Notebook:
    return _with(_markdown("# Anrufe\n\nÜberprüfung der Sprach\u00aderkennung."), _printed("1"),
                 code("", shown({"text/html": "<table><tr><td>1</td></tr></table>"})),
                 language="de-AT")  # fmt: skip


@animal
def language_english_by_parameter() -> Notebook:
    return _with(code('language = "en"', tags=("parameters",)), _markdown("# Calls"))


def as_file(made: Notebook) -> str:
    """The notebook as the text of its file."""
    return json.dumps(made, ensure_ascii=True)
