"""Every row of the shared reference statistics is computed here, or answered by a named test.

The counts are made from the shared files with the csv module alone, by the loading rules that come
with the reference; the numbers by the public functions of `checks.statistics`. Each reference value
was computed twice by independent programs.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from counted_by_hand import SHARED, rows_of

from impactbook.checks import statistics as s

needs_reference = pytest.mark.skipif(
    not (SHARED / "expected_statistics.csv").exists(),
    reason="the shared reference values are not here",
)

_PATTERNS, _DUPLICATES = "test_patterns.py", "test_duplicates.py"
_CELLS = (_PATTERNS, "test_cells_of_intersections_are_those_of_the_reference_file")
_TEXTS = (_DUPLICATES, "test_duplicates_and_overlap_of_banking77_are_the_reference")
_VOICES = (_DUPLICATES, "test_speakers_and_paths_of_the_voice_data_stay_in_one_split")

ANSWERED_ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    # Counts of cells and patterns are figures of intersections, not statistics on given counts.
    "cells_possible": _CELLS,
    "cells_empty": _CELLS,
    "cells_below_30": _CELLS,
    "cells_nonempty_below_30": _CELLS,
    "mup_tau30": (
        _PATTERNS,
        "test_every_maximal_uncovered_pattern_of_the_reference_file_is_found_and_no_other",
    ),
    "mup_count_tau30": (
        _PATTERNS,
        "test_the_number_of_maximal_uncovered_patterns_per_level_is_the_reference",
    ),
    "patterns_uncovered_tau30": (
        _PATTERNS,
        "test_the_number_of_uncovered_patterns_is_the_reference",
    ),
    # Repeated and shared rows are counted by metrics of their own, on rows.
    "duplicate_rows_after_first": (*_TEXTS, "test_repeated_rows_of_tables_are_the_reference"),
    "rows_in_duplicate_groups": _TEXTS,
    "texts_with_conflicting_label": (
        _DUPLICATES,
        "test_no_text_of_banking77_has_two_labels",
    ),
    "test_rows_in_train": _TEXTS,
    "train_rows_in_test": _TEXTS,
    "speaker_overlap": _VOICES,
    "path_overlap": _VOICES,
    "speakers": (_DUPLICATES, "test_speakers_of_the_voice_data_are_the_reference"),
}
"""The tests that answer the rows of a metric which no statistic on counts answers: file, names."""

Row = Mapping[str, str]


@dataclass(frozen=True)
class Got:
    """What we computed for one row; the interval and the counts only where the row has them."""

    value: float
    interval: s.Interval | None = None
    numerator: int | None = None
    denominator: int | None = None


# --- counting the shared files --------------------------------------------------------------------

_AGES = ((25, "<25"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (65, "55-64"))
_DESTATIS_AGES = {  # Common Voice's bands of the ages that Destatis counts year by year
    name: range(low, low + 10)
    for low, name in (
        (20, "twenties"),
        (30, "thirties"),
        (40, "fourties"),
        (50, "fifties"),
        (60, "sixties"),
        (70, "seventies"),
        (80, "eighties"),
    )
} | {"twenties": range(19, 30), "nineties": range(90, 200)}


def _banded(row: Row) -> dict[str, str]:
    age = int(row["age"])
    band = next((name for below, name in _AGES if age < below), "65+")
    return {**row, "age_band": band, "age60": "60+" if age >= 60 else "<60"}


@cache
def bank() -> tuple[dict[str, str], ...]:
    return tuple(map(_banded, rows_of("bank_marketing/bank-full.csv", ";")))


@cache
def compas() -> tuple[dict[str, str], ...]:
    return rows_of("compas/compas_for_aequitas.csv")


@cache
def clips(*splits: str) -> tuple[dict[str, str], ...]:
    names = splits or ("train", "dev", "test")
    found = [rows_of(f"cv_singleword_de/{name}.tsv", "\t", quoted=False) for name in names]
    return tuple(row for rows in found for row in rows)


@cache
def speakers() -> tuple[dict[str, str], ...]:
    first: dict[str, dict[str, str]] = {}
    for row in clips():
        first.setdefault(row["client_id"], row)
    return tuple(first.values())


def counts_of(rows: Iterable[Row], column: str) -> dict[str, int]:
    """How often each value occurs, by value; the empty string is missing."""
    return dict(sorted(Counter(row[column] for row in rows if row[column]).items()))


def table_of(rows: Sequence[Row], one: str, other: str) -> list[list[int]]:
    cells = Counter((row[one], row[other]) for row in rows)
    across = sorted({row[other] for row in rows})
    return [[cells[a, b] for b in across] for a in sorted({row[one] for row in rows})]


@cache
def destatis() -> dict[str, dict[str, int]]:
    """People by sex, and by our age bands from 19 on; rows that are totals are dropped."""
    found: dict[str, Counter[str]] = {"sex": Counter(), "age": Counter()}
    sexes = {"GESW": "female", "GESM": "male"}
    for row in rows_of("reference/destatis_12411-0013_2023-12-31.csv", ";"):
        code, people = row["3_variable_attribute_code"], row["value"]
        sex = sexes.get(row["2_variable_attribute_code"])
        if sex is None or not code.startswith("ALT") or not people.isdigit():
            continue
        age = int(code[3:6]) if code[3:6].isdigit() else -1
        found["sex"][sex] += int(people)
        for band, ages in _DESTATIS_AGES.items():
            if age in ages:
                found["age"][band] += int(people)
    return {name: dict(counts) for name, counts in found.items()}


_FILES: Mapping[str, Callable[[], tuple[dict[str, str], ...]]] = {
    "bank-full.csv": bank,
    "compas_for_aequitas.csv": compas,
    "train.csv": lambda: rows_of("banking77/train.csv"),
    "test.csv": lambda: rows_of("banking77/test.csv"),
    "train.tsv": lambda: clips("train"),
    "dev.tsv": lambda: clips("dev"),
    "{train,dev,test}.tsv": lambda: clips(),
}


def rows_for(row: Row) -> tuple[dict[str, str], ...]:
    """The rows of the data set that a reference row speaks of."""
    return _FILES[row["file"].rpartition("/")[2]]()


# --- intervals and representation -----------------------------------------------------------------


def _group_counts(row: Row) -> tuple[int, int]:
    """k and n of a share: from the data, or as the name of a synthetic row says."""
    if row["dataset"] == "synthetic":
        k, n = row["group"].split(" of ")
        return int(k), int(n)
    counts = _attribute_counts(row)
    return counts.get(row["group"], 0), sum(counts.values())


def _attribute_counts(row: Row) -> dict[str, int]:
    attribute = row["attribute"]
    if attribute == "clips per speaker":
        return counts_of(clips(), "client_id")
    if found := re.fullmatch(r"(speaker|clip) (\w+) \(tagged\)", attribute):
        return counts_of(speakers() if found[1] == "speaker" else clips(), found[2])
    return counts_of(rows_for(row), attribute)


def _share(interval: Callable[[int, int], s.Interval]) -> Callable[[Row], Got]:
    def answer(row: Row) -> Got:
        k, n = _group_counts(row)
        return Got(k / n, interval(k, n), k, n)

    return answer


def _against(row: Row) -> tuple[dict[str, int], dict[str, int], int]:
    """Speakers by group, people of the reference by group, and speakers without a tag."""
    kind = "sex" if "sex" in row["attribute"] else "age"
    column = {"sex": "gender", "age": "age"}[kind]
    known = destatis()[kind]
    counts = counts_of(speakers(), column)
    untagged = sum(1 for person in speakers() if not person[column])
    # Bands without a speaker stand in the reference all the same.
    return {group: counts.get(group, 0) for group in known}, known, untagged


def _reference_share(row: Row) -> Got:
    _, people, _ = _against(row)
    k, n = people[row["group"]], sum(people.values())
    return Got(k / n, None, k, n)


def _ratio(inside: int, outside: int) -> Callable[[Row], Got]:
    """k/n against the reference, with the untagged put `inside` or `outside` the group (0 or 1)."""

    def answer(row: Row) -> Got:
        counts, people, untagged = _against(row)
        share = people[row["group"]] / sum(people.values())
        k = counts[row["group"]] + inside * untagged
        n = sum(counts.values()) + (inside + outside) * untagged
        plain = s.wilson(k, n)
        return Got(k / n / share, s.Interval(plain.low / share, plain.high / share), k, n)

    return answer


# --- fit and distances ----------------------------------------------------------------------------


def _observed(row: Row) -> tuple[list[int], list[float]]:
    if row["dataset"] == "synthetic":
        drawn, _, shares = row["attribute"].removeprefix("counts ").partition(" vs ")
        return [int(k) for k in drawn.split(",")], [float(p) for p in shares.split(",")]
    if row["attribute"].endswith("vs uniform"):
        uniform = list(counts_of(rows_for(row), row["attribute"].split()[0]).values())
        return uniform, [1 / len(uniform)] * len(uniform)
    counts, people, _ = _against(row)
    return list(counts.values()), [people[g] / sum(people.values()) for g in counts]


def _fit(
    value: Callable[[list[int], list[float]], float], denominator: str = "degrees"
) -> Callable[[Row], Got]:
    def answer(row: Row) -> Got:
        observed, shares = _observed(row)
        below = len(observed) - (1 if denominator == "degrees" else 0)
        return Got(value(observed, shares), None, sum(observed), below)

    return answer


def _distance(value: Callable[[list[float], list[float]], float]) -> Callable[[Row], Got]:
    return _fit(lambda k, shares: value([o / sum(k) for o in k], shares), "groups")


# --- association and diversity --------------------------------------------------------------------


def _crossed(row: Row) -> list[list[int]]:
    one, other = row["attribute"].split(" x ")
    return table_of(rows_for(row), one, other)


def _association(
    value: Callable[[list[list[int]]], float],
    denominator: Callable[[list[list[int]]], int] | None = None,
) -> Callable[[Row], Got]:
    def answer(row: Row) -> Got:
        table = _crossed(row)
        n = sum(map(sum, table))
        return Got(value(table), None, n, denominator(table) if denominator else None)

    return answer


def _theils_u(row: Row) -> Got:
    asked, given = row["group"].removeprefix("U(").removesuffix(")").split("|")
    table = table_of(rows_for(row), asked, given)
    return Got(s.theils_u(table), None, sum(map(sum, table)))


def _least(table: list[list[int]]) -> int:
    return min(len(table), len(table[0])) - 1


def _diversity(value: Callable[[list[int]], float | None]) -> Callable[[Row], Got]:
    def answer(row: Row) -> Got:
        counts = list(_attribute_counts(row).values())
        got = value(counts)
        assert got is not None
        return Got(got, None, sum(counts), s.richness(counts))

    return answer


# --- labels of groups -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Facets:
    """Labels of the others and of the group asked about; the positive one if there is one."""

    others: list[dict[str, str]]
    group: list[dict[str, str]]
    label: str
    positive: str

    def counts(self) -> tuple[list[int], list[int]]:
        values = sorted({row[self.label] for row in (*self.others, *self.group)})
        both = (
            Counter(r[self.label] for r in self.others),
            Counter(r[self.label] for r in self.group),
        )
        one, two = ([counted[value] for value in values] for counted in both)
        return one, two

    def shares(self) -> tuple[list[float], list[float]]:
        others, group = self.counts()
        return [k / sum(others) for k in others], [k / sum(group) for k in group]

    def stratum(self, column: str | None = None, level: str = "") -> s.Stratum:
        everybody = [
            (row[self.label] == self.positive, asked)
            for rows, asked in ((self.others, False), (self.group, True))
            for row in rows
            if column is None or row[column] == level
        ]
        cells = Counter(everybody)
        return s.Stratum(
            negative_group=cells[False, True],
            negative=cells[False, True] + cells[False, False],
            positive_group=cells[True, True],
            positive=cells[True, True] + cells[True, False],
        )


def _facets(row: Row) -> _Facets:
    attribute, label = row["attribute"].removesuffix(" (multiclass)").split(" -> ")
    label, _, positive = label.partition("=")
    found = re.match(r"d=(.+?) a=(.+?)(?: \| group=.*)?$", row["group"])
    assert found
    group, others = found.groups()
    rows = rows_for(row)
    return _Facets(
        [r for r in rows if r[attribute] != group and others in (r[attribute], "all others")],
        [r for r in rows if r[attribute] == group],
        label,
        positive,
    )


def _clarify_ci(row: Row) -> Got:
    facets = _facets(row)
    others, group = len(facets.others), len(facets.group)
    return Got(s.class_imbalance(others, group), None, others - group, others + group)


def _clarify_dpl(row: Row) -> Got:
    facets = _facets(row)
    whole = facets.stratum()
    others, group = len(facets.others), len(facets.group)
    positive_others = whole.positive - whole.positive_group
    return Got(s.difference_in_proportions(positive_others, others, whole.positive_group, group))


def _clarify_dd(row: Row) -> Got:
    one = _facets(row).stratum()
    return Got(
        s.demographic_disparity(one.negative_group, one.negative, one.positive_group, one.positive)
    )


def _clarify_cddl(row: Row) -> Got:
    facets, column = _facets(row), row["group"].rpartition("group=")[2]
    rows = [*facets.others, *facets.group]
    strata = [facets.stratum(column, level) for level in {r[column] for r in rows}]
    return Got(s.conditional_demographic_disparity(strata), None, None, len(rows))


def _clarify(value: Callable[[list[float], list[float]], float]) -> Callable[[Row], Got]:
    return lambda row: Got(value(*_facets(row).shares()))


# --- two shares -----------------------------------------------------------------------------------


def _two_groups(row: Row) -> tuple[int, int, int, int]:
    """k and n of both groups: from the data, or as the name of a synthetic row says."""
    first, second = row["group"].split(" vs ")
    if row["dataset"] == "synthetic":
        k1, n1 = first.split("/")
        k2, n2 = second.split("/")
        return int(k1), int(n1), int(k2), int(n2)
    attribute, label, positive = re.split(" -> |=", row["attribute"])
    cells = Counter((r[attribute], r[label] == positive) for r in rows_for(row))
    return (
        cells[first, True],
        cells[first, True] + cells[first, False],
        cells[second, True],
        cells[second, True] + cells[second, False],
    )


def _difference(row: Row) -> Got:
    k1, n1, k2, n2 = _two_groups(row)
    return Got(k1 / n1 - k2 / n2, s.newcombe(k1, n1, k2, n2), k1 * n2 - k2 * n1, n1 * n2)


def _ratio_of_rates(
    interval: Callable[[int, int, int, int], s.Interval | None],
) -> Callable[[Row], Got]:
    def answer(row: Row) -> Got:
        k1, n1, k2, n2 = _two_groups(row)
        return Got((k1 / n1) / (k2 / n2), interval(k1, n1, k2, n2), k1 * n2, k2 * n1)

    return answer


@cache
def _jobs() -> dict[str, s.ZTest]:
    """Each job against all other jobs, in the order of their names."""
    cells = Counter((r["job"], r["y"] == "yes") for r in bank())
    yes, n = sum(k for (_, hit), k in cells.items() if hit), len(bank())
    found = {}
    for job in sorted({job for job, _ in cells}):
        k, size = cells[job, True], cells[job, True] + cells[job, False]
        found[job] = s.two_proportion_z(k, size, yes - k, n - size)
    return found


def _job(value: Callable[[list[s.ZTest]], Sequence[float]]) -> Callable[[Row], Got]:
    def answer(row: Row) -> Got:
        jobs = _jobs()
        return Got(dict(zip(jobs, value(list(jobs.values())), strict=True))[row["group"]])

    return answer


# --- agreement ------------------------------------------------------------------------------------


def _alpha(row: Row) -> Got:
    found = re.search(r"missing: (.+); numerator", row["method"])
    assert found
    coders = [line.split() for line in found[1].split(" / ")]
    values = sorted({int(value) for coder in coders for value in coder if value != "."})
    units = [[int(v) for v in unit if v != "."] for unit in zip(*coders, strict=True)]
    patterns = Counter(tuple(unit.count(value) for value in values) for unit in units)
    got = s.krippendorff_alpha(patterns, scale=row["group"], values=values)  # type: ignore[arg-type]
    assert got.alpha is not None
    return Got(got.alpha, None, got.values, got.units)


ANSWERS: Mapping[str, Callable[[Row], Got]] = {
    "share_wilson95": _share(s.wilson),
    "share_clopper_pearson95": _share(s.clopper_pearson),
    "reference_share": _reference_share,
    "representation_ratio": _ratio(0, 0),
    "representation_ratio_all_untagged_out": _ratio(0, 1),
    "representation_ratio_all_untagged_in": _ratio(1, 0),
    "gof_chi2": _fit(lambda k, p: s.chi_square(k, p).statistic),
    "gof_chi2_p": _fit(lambda k, p: s.chi_square(k, p).p),
    "gof_G": _fit(lambda k, p: s.g_test(k, p).statistic),
    "gof_G_p": _fit(lambda k, p: s.g_test(k, p).p),
    "cohens_w": _fit(lambda k, p: s.cohens_w(s.chi_square(k, p).statistic, sum(k))),
    "exact_multinomial_p_prob": _fit(
        lambda k, p: s.exact_multinomial(k, p, by="probability").p, "groups"
    ),
    "exact_multinomial_p_chi2": _fit(lambda k, p: s.exact_multinomial(k, p).p, "groups"),
    "monte_carlo_p_chi2": _fit(lambda k, p: s.monte_carlo(k, p).p, "groups"),
    "total_variation": _distance(s.total_variation),
    "js_distance_base2": _distance(s.jensen_shannon),
    "kl_nats": _distance(s.kullback_leibler),
    "assoc_chi2": _association(
        lambda table: s.independence_test(table).statistic,
        lambda table: (len(table) - 1) * (len(table[0]) - 1),
    ),
    "cramers_v": _association(s.cramers_v, _least),
    "cramers_v_bias_corrected": _association(s.cramers_v_corrected),
    "mutual_information_nats": _association(s.mutual_information),
    "theils_u": _theils_u,
    "shannon_nats": _diversity(s.shannon),
    "shannon_normalised": _diversity(s.normalised_entropy),
    "gini_simpson": _diversity(s.simpson),
    "hill_q0": _diversity(lambda counts: s.hill(counts, 0)),
    "hill_q1": _diversity(lambda counts: s.hill(counts, 1)),
    "hill_q2": _diversity(lambda counts: s.hill(counts, 2)),
    "clarify_CI": _clarify_ci,
    "clarify_DPL": _clarify_dpl,
    "clarify_KL": _clarify(s.kullback_leibler),
    "clarify_JS": _clarify(s.jensen_shannon_divergence),
    "clarify_LP2": _clarify(s.lp_norm),
    "clarify_TVD": _clarify(s.total_variation),
    "clarify_KS": _clarify(s.kolmogorov_smirnov),
    "clarify_CDDL": _clarify_cddl,
    "demographic_disparity": _clarify_dd,
    "rate_difference_newcombe95": _difference,
    "rate_ratio_katz95": _ratio_of_rates(s.katz),
    "rate_ratio_miettinen_nurminen95": _ratio_of_rates(s.miettinen_nurminen),
    "rate_ratio_koopman95": _ratio_of_rates(s.koopman),
    "two_proportion_p": lambda row: Got(s.two_proportion_z(*_two_groups(row)).p),
    "vs_rest_z": _job(lambda jobs: [job.z for job in jobs]),
    "vs_rest_p_raw": _job(lambda jobs: [job.p for job in jobs]),
    "vs_rest_p_holm": _job(lambda jobs: s.holm([job.p for job in jobs])),
    "vs_rest_p_bh": _job(lambda jobs: s.benjamini_hochberg([job.p for job in jobs])),
    "krippendorff_alpha": _alpha,
}


def reference() -> tuple[dict[str, str], ...]:
    return rows_of("expected_statistics.csv")


def near(got: float, wanted: str, tolerance: str) -> bool:
    value, allowed = float(wanted), float(tolerance)
    return abs(got - value) <= (allowed * abs(value) if value else allowed)


@needs_reference
@pytest.mark.parametrize("metric", sorted(ANSWERS))
def test_every_reference_row_of_a_metric_is_met_within_its_tolerance(metric: str) -> None:
    rows = [row for row in reference() if row["metric"] == metric]
    assert rows
    for row in rows:
        got = ANSWERS[metric](row)
        assert near(got.value, row["value"], row["tolerance"]), (row, got)
        if row["ci_low"]:
            assert got.interval is not None
            assert near(got.interval.low, row["ci_low"], row["tolerance"]), (row, got)
            assert near(got.interval.high, row["ci_high"], row["tolerance"]), (row, got)
        for name in ("numerator", "denominator"):
            counted = getattr(got, name)
            if row[name] and counted is not None:
                assert counted == int(row[name]), (row, got)


@needs_reference
def test_no_reference_row_is_left_without_an_answer() -> None:
    asked = {row["metric"] for row in reference()}
    assert asked - set(ANSWERS) - set(ANSWERED_ELSEWHERE) == set()
    assert set(ANSWERS) & set(ANSWERED_ELSEWHERE) == set()


@needs_reference
@pytest.mark.parametrize("metric", sorted(ANSWERED_ELSEWHERE))
def test_what_another_module_answers_is_tested_there(metric: str) -> None:
    file, *names = ANSWERED_ELSEWHERE[metric]
    module = ast.parse((Path(__file__).parent / file).read_text(encoding="utf-8"))
    tests = {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    assert names
    assert tests.issuperset(names), f"{file} lacks one of {names}"
    assert "expected_statistics" in ast.unparse(module), f"{file} does not read the reference"
