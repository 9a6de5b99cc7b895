"""How texts and recordings differ between groups: length, vocabulary, empty ones, hours.

Sums and spectra come from queries of their own; how many rows stand behind them is read from
published tables, and nothing is told of a group that these do not tell. Groups of very different
size are compared at samples of one size, because longer texts always hold rarer words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impactbook.checks.figures.common import (
    CheckFigures,
    FigureContext,
    interval_values,
    make_figure,
)
from impactbook.checks.published import PublishedTable
from impactbook.checks.statistics import LEVEL, Interval, wilson, z_of
from impactbook.checks.tables import MISSING
from impactbook.model.evidence import Figure, Verdict, worst

SAMPLES = (1000, 100)
"""How many words are drawn to compare vocabularies: the most that every group can give."""

FEWEST_PARTS = 5
"""Fewer random parts than this give no interval: a person or two would decide it."""

_LENGTHS = (
    0, 1, 2, 3, 4, 5, 6, 8, 11, 16, 21, 31, 51, 76, 101, 151, 201, 301, 501, 751, 1001, 1501, 2001,
    3001, 5001, 7501, 10_001,
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One of up to sixteen random parts of the persons (or texts) of a group: how many, their sum."""

    count: int
    total: int


@dataclass(frozen=True)
class Lengths:
    """How many texts have how many words; and, where persons are known, the sums of random parts."""

    texts: Mapping[int, int]
    parts: tuple[Part, ...] = ()

    @property
    def count(self) -> int:
        """The number of texts."""
        return sum(self.texts.values())

    @property
    def total(self) -> int:
        """The number of words."""
        return sum(words * texts for words, texts in self.texts.items())


@dataclass(frozen=True)
class Vocabulary:
    """How many different words occur how often: in all texts, and with one random part left out."""

    spectrum: Mapping[int, int]
    without_part: tuple[Mapping[int, int], ...] = ()

    @property
    def different(self) -> int:
        """The number of different words."""
        return sum(self.spectrum.values())

    @property
    def total(self) -> int:
        """The number of words."""
        return words_in(self.spectrum)


def words_in(spectrum: Mapping[int, int]) -> int:
    """How many words a frequency spectrum stands for."""
    return sum(often * words for often, words in spectrum.items())


def jackknife(value: float, replicates: Sequence[float], level: float = LEVEL) -> Interval | None:
    """The interval of a figure from its values with one random part of the data left out in turn.

    value +- t sqrt((G-1)/G sum (r - mean r)^2), t with G-1 degrees of freedom: the delete-a-group
    jackknife (Kott, Journal of Official Statistics 17 (2001) 521-526). Parts are made of whole
    persons where persons are known, so one talkative person cannot make it narrow. None below
    `FEWEST_PARTS` parts.
    """
    from scipy.stats import t

    parts = len(replicates)
    if parts < FEWEST_PARTS:
        return None
    mean = math.fsum(replicates) / parts
    spread = math.fsum((one - mean) ** 2 for one in replicates) * (parts - 1) / parts
    half = float(t.ppf(0.5 + level / 2, parts - 1)) * math.sqrt(spread)
    return Interval(value - half, value + half, level)


def mean_interval(lengths: Lengths) -> tuple[Interval | None, str]:
    """The interval of the mean number of words, and which formula it follows.

    With persons the delete-a-group jackknife over parts of them. Without, mean +- z s / sqrt(n), s
    being the standard deviation (n - 1); None for a single text.
    """
    n, mean = lengths.count, lengths.total / lengths.count
    if lengths.parts:
        return jackknife(mean, means_without(lengths.parts)), "jackknife"
    if n < 2:
        return None, "normal"
    squares = math.fsum(texts * (words - mean) ** 2 for words, texts in lengths.texts.items())
    half = z_of(LEVEL) * math.sqrt(squares / (n - 1) / n)
    return Interval(mean - half, mean + half), "normal"


def means_without(parts: Sequence[Part]) -> list[float]:
    """The mean with each part left out in turn; parts that hold everything are passed over."""
    count, total = sum(part.count for part in parts), sum(part.total for part in parts)
    return [
        (total - part.total) / (count - part.count)
        for part in parts
        if part.count and count > part.count
    ]


def length_band(words: int) -> tuple[int, int]:
    """The band a length lies in, first and last number of words: 6 to 7, 8 to 10, 11 to 15, ...

    >>> length_band(5), length_band(12), length_band(20_000)
    ((5, 5), (11, 15), (10001, 100000))
    """
    first = max(start for start in _LENGTHS if start <= words)
    later = [start for start in _LENGTHS if start > words]
    return first, min(later) - 1 if later else max(100_000, words)


def median_band(lengths: Lengths) -> tuple[tuple[int, int], Interval]:
    """The band of the median length, and the interval of the median from band to band.

    The interval runs from the band of the text with rank (n - z sqrt n)/2 to that with rank 1 +
    (n + z sqrt n)/2 (Conover, Practical Nonparametric Statistics, 3rd ed. 1999, section 3.2). Bands
    keep the length of single texts out of the figures.
    """
    n = lengths.count
    half = z_of(LEVEL) * math.sqrt(n) / 2
    low = max(1, math.floor(n / 2 - half))
    high = min(n, math.ceil(n / 2 + half) + 1)
    first, _ = length_band(_ranked(lengths, low))
    _, last = length_band(_ranked(lengths, high))
    return length_band(_ranked(lengths, (n + 1) // 2)), Interval(float(first), float(last))


def _ranked(lengths: Lengths, rank: int) -> int:
    seen = 0
    for words in sorted(lengths.texts):
        seen += lengths.texts[words]
        if seen >= rank:
            return words
    raise ValueError("there is no text with this rank")


def type_token_ratio(spectrum: Mapping[int, int], sample: int) -> float:
    """The expected share of different words among `sample` words drawn without replacement.

    sum over frequencies c of V_c (1 - C(T-c, N) / C(T, N)) / N, with V_c different words occurring
    c times, T words in all, N drawn: exact, so no sample need be drawn. Unlike the plain ratio it
    does not fall as texts grow longer. Hurlbert, Ecology 52 (1971) 577-586; as a measure of lexical
    diversity HD-D (McCarthy and Jarvis, Behavior Research Methods 42 (2010) 381-392). Raises
    ValueError when there are fewer words than are to be drawn.

    >>> type_token_ratio({1: 10}, 5), round(type_token_ratio({5: 2}, 5), 4)
    (1.0, 0.3984)
    """
    total = words_in(spectrum)
    if not 0 < sample <= total:
        raise ValueError("there are fewer words than are to be drawn")
    expected = (
        words * (1 - _chance_of_none(total, often, sample))
        for often, words in sorted(spectrum.items())
    )
    return math.fsum(expected) / sample


def _chance_of_none(total: int, often: int, sample: int) -> float:
    """The chance that none of `often` among `total` words is drawn."""
    if total - often < sample:
        return 0.0
    return math.exp(_log_choose(total - often, sample) - _log_choose(total, sample))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


# --- figures ------------------------------------------------------------------------------------


def length_figures(
    context: FigureContext, lengths: Lengths | None, texts: int | None, **named: Any
) -> list[Figure]:
    """`mean_words` and `median_words` of one group or of all texts.

    `texts` is the published number of texts that are not empty; None, or a number that the lengths
    do not add up to, tells nothing. `median_words` is the middle of the band that the median lies
    in (`median_band`).
    """
    metrics = ("mean_words", "median_words")
    if not texts or lengths is None or lengths.count != texts:
        return [make_figure(context, name, unit="word", **named, verdict="suppressed")
                for name in metrics]  # fmt: skip
    interval, method = mean_interval(lengths)
    (first, last), around = median_band(lengths)
    return [
        make_figure(
            context,
            "mean_words",
            unit="word",
            **named,
            value=lengths.total / texts,
            denominator=texts,
            method=method,
            **interval_values(interval),
        ),
        make_figure(
            context,
            "median_words",
            unit="word",
            **named,
            value=(first + last) / 2,
            denominator=texts,
            method="median_band",
            **interval_values(around),
        ),
    ]


def vocabulary_figures(
    context: FigureContext, vocabulary: Vocabulary | None, sample: int, **named: Any
) -> list[Figure]:
    """`vocabulary` and `type_token_ratio` of one group or of all texts; None is `suppressed`.

    `vocabulary` counts different words, without regard to case and punctuation around them; it
    grows with the number of words (the denominator) and has no interval: it is a fact about these
    texts. `type_token_ratio` is the expected share of different words among `sample` words drawn
    (`type_token_ratio`) with its delete-a-group jackknife interval; `not_enough_data` below that.
    """
    ratio = {**named, "conditions": {**(named.get("conditions") or {}), "sample": str(sample)}}
    if vocabulary is None:
        return [
            make_figure(context, "vocabulary", unit="word", **named, verdict="suppressed"),
            make_figure(context, "type_token_ratio", unit="word", **ratio, verdict="suppressed"),
        ]
    words = vocabulary.total
    counted = make_figure(
        context,
        "vocabulary",
        unit="word",
        **named,
        value=float(vocabulary.different),
        denominator=words,
        method="count",
    )
    common: dict[str, Any] = {"unit": "word", **ratio, "denominator": words, "method": "hd_d"}
    if words < sample:
        few = make_figure(context, "type_token_ratio", **common, verdict="not_enough_data")
        return [counted, few]
    value = type_token_ratio(vocabulary.spectrum, sample)
    interval = None
    if all(words_in(left) >= sample for left in vocabulary.without_part):
        interval = jackknife(
            value, [type_token_ratio(left, sample) for left in vocabulary.without_part]
        )
    if interval is not None:
        interval = Interval(max(0.0, interval.low), min(1.0, interval.high), interval.level)
    told = make_figure(
        context, "type_token_ratio", **common, value=value, **interval_values(interval)
    )
    return [counted, told]


def sample_size(vocabularies: Sequence[Vocabulary]) -> int:
    """How many words to draw: the most of `SAMPLES` that every group can give, else the fewest."""
    smallest = min((one.total for one in vocabularies), default=0)
    return next((size for size in SAMPLES if size <= smallest), SAMPLES[-1])


def empty_figures(
    context: FigureContext,
    table: PublishedTable | None,
    threshold: float,
    **named: Any,
) -> list[Figure]:
    """`empty_share` of one group or of all rows: texts that are missing or blank / all rows.

    With Wilson's 95 % interval. Judged by the share itself, a fact about this data: up to
    `threshold` `ok`, above `attention`; a masked count where its bounds leave no doubt.
    """
    if table is None or not table.cells():
        return []
    empty, rows = table.range([(MISSING,)]), table.range(table.cells()).exact
    common = {"unit": "row", **named, "denominator": rows, "threshold_high": threshold}
    verdict: Verdict = "suppressed"
    if rows and empty.high is not None and empty.high <= threshold * rows:
        verdict = "ok"
    elif rows and empty.low > threshold * rows:
        verdict = "attention"
    if empty.exact is None or not rows:
        return [make_figure(context, "empty_share", **common, verdict=verdict)]
    return [
        make_figure(
            context,
            "empty_share",
            **common,
            value=empty.exact / rows,
            numerator=empty.exact,
            method="wilson",
            **interval_values(wilson(empty.exact, rows)),
            verdict=verdict,
        )
    ]


def judged(figures: Sequence[Figure]) -> CheckFigures:
    """All figures of one check of texts, with the verdict of those that are judged."""
    verdicts: list[Verdict] = [
        figure.verdict for figure in figures if figure.threshold_high is not None
    ]
    told: list[Verdict] = [verdict for verdict in verdicts if verdict != "suppressed"] or verdicts
    return CheckFigures(tuple(figures), worst(told) if told else "")
