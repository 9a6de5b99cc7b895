"""Texts that are nearly the same, found by MinHash with bounded memory; counts only come out.

Texts come in batches and leave at once: kept are hashes of their word triples, in a temporary
database on disk that is deleted at the end. Which texts are alike follows neither from the order
of the rows nor from the engine that read them.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from impactbook.checks.figures.duplicates import Repeats, RepeatsBySplit
from impactbook.checks.figures.overlaps import SharedRows

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    Hashes: TypeAlias = NDArray[np.uint64]

Occurrence: TypeAlias = tuple[str | None, str | None, str | None]
"""One row: its text, its split and its person, each None where there is none."""

WORDS_TOGETHER = 3
"""How many words stand together in one piece of a text (Broder's w-shingles)."""

NEIGHBOURS = 16
"""With how many others of one bucket a text is compared at most."""

_PERMUTATIONS, _SEED = 128, 20_261
_EASIER = 0.85
"""Buckets are made for a lower similarity than asked, so that few pairs are missed; then checked."""

_MEMORY = "384MB"
_REMEMBERED = 1 << 20
_VECTORS_AT_ONCE = 100
"""Pairs are read back in so many of DuckDB's vectors of 2,048."""


@dataclass(frozen=True)
class NearTexts:
    """What is nearly the same: repetitions in all rows and within splits, and between splits."""

    repeats: RepeatsBySplit
    shared: tuple[SharedRows, ...]


def word_pieces(text: str) -> Hashes:
    """The distinct 64-bit hashes of all word triples of a text, sorted; one piece if it is shorter.

    Upper and lower case and the kind of white space make no difference. A text without a word has
    no piece.

    >>> len(word_pieces("I lost my card")), len(word_pieces("Hello")), len(word_pieces("  "))
    (2, 1, 0)
    """
    import numpy as np

    words = text.casefold().split()
    if not words:
        return np.empty(0, dtype=np.uint64)
    last = max(1, len(words) - WORDS_TOGETHER + 1)
    pieces = {" ".join(words[at : at + WORDS_TOGETHER]) for at in range(last)}
    return np.array(sorted(_hash(piece.encode("utf-8", "surrogatepass")) for piece in pieces),
                    dtype=np.uint64)  # fmt: skip


def similarity(one: str, other: str) -> float:
    """The Jaccard similarity of two texts' word triples: shared pieces / pieces in either.

    Broder, "On the resemblance and containment of documents", SEQUENCES 1997, 21-29. Two texts
    without words are not alike: 0.
    """
    import numpy as np

    a, b = word_pieces(one), word_pieces(other)
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / (len(a) + len(b) - both) if len(a) + len(b) else 0.0


def near_texts(
    batches: Iterable[Sequence[Occurrence]], *, threshold: float, has_persons: bool
) -> NearTexts:
    """Count the rows whose texts are nearly the same, directly or through a chain of others.

    1. Each text becomes the set of its word triples' hashes, and that a MinHash signature of 128
       numbers (Broder 1997; seeded, so the same data gives the same counts).
    2. Signatures are cut into bands; texts that share a band are candidates (locality-sensitive
       hashing; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3). In a large
       bucket each text is compared with the next `NEIGHBOURS` in the order of their hashes.
    3. Candidates are alike when the Jaccard similarity of their triples is at least `threshold`.
       Texts that are alike directly or through others are of one kind.

    `has_persons` says whether rows carry persons; then the persons behind what is found are counted
    too. Memory does not grow with the number of texts beyond 8 bytes for each that resembles
    another; the temporary database needs about 8 bytes for each word on disk.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="impactbook-") as name:
        folder = Path(name)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY,
            "threads": 2,
            "temp_directory": str(folder / "spill"),
        }
        with duckdb.connect(str(folder / "near.duckdb"), config=settings) as store:
            splits = _keep(store, batches, threshold)
            _find_pairs(store, threshold)
            _find_kinds(store)
            return _counted(store, splits, has_persons)


def _hash(value: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(value, digest_size=8).digest(), "big")


def _keep(
    store: duckdb.DuckDBPyConnection, batches: Iterable[Sequence[Occurrence]], threshold: float
) -> list[str]:
    """Put hashes of all texts into the store; returns the names of the splits by their number."""
    import numpy as np
    from datasketch import MinHashLSH

    store.execute("CREATE TABLE occurrences (key UBIGINT, split INTEGER, person UBIGINT)")
    store.execute("CREATE TABLE pieces (key UBIGINT, piece UBIGINT)")
    store.execute("CREATE TABLE bands (band UTINYINT, hash UBIGINT, key UBIGINT)")
    index = MinHashLSH(threshold=threshold * _EASIER, num_perm=_PERMUTATIONS, weights=(0.3, 0.7))
    splits: dict[str, int] = {}
    lately = np.zeros(_REMEMBERED, dtype=np.uint64)
    for batch in batches:
        rows, new = _hashed(batch, splits, lately)
        _insert(store, "occurrences", rows)
        _insert(store, "pieces", _listed(new))
        _insert(store, "bands", _banded(new, index.hashranges))
    return list(splits)


def _hashed(
    batch: Sequence[Occurrence], splits: dict[str, int], lately: Hashes
) -> tuple[dict[str, list[Any]], dict[int, Hashes]]:
    """The rows of a batch as hashes, and the pieces of texts not met lately.

    `lately` is a table of fixed size; a text it has forgotten is kept twice and told apart later.
    """
    rows: dict[str, list[Any]] = {"key": [], "split": [], "person": []}
    new: dict[int, Hashes] = {}
    for text, split, person in batch:
        pieces = word_pieces(text or "")
        if not len(pieces):
            continue
        key = _hash(pieces.tobytes())
        rows["key"].append(key)
        number = _NONE if split is None else splits.setdefault(split, len(splits) + 1)
        rows["split"].append(number)
        rows["person"].append(_NONE if person is None else _hash(person.encode()))
        place = key % _REMEMBERED
        if lately[place] != key:
            lately[place] = key
            new[key] = pieces
    return rows, new


def _listed(new: Mapping[int, Hashes]) -> dict[str, Any]:
    """Each piece of each text, one below the other."""
    import numpy as np

    if not new:
        return {"key": [], "piece": []}
    keys = np.fromiter(new, dtype=np.uint64, count=len(new))
    lengths = [len(pieces) for pieces in new.values()]
    return {"key": np.repeat(keys, lengths), "piece": np.concatenate(list(new.values()))}


def _banded(new: Mapping[int, Hashes], ranges: Iterable[tuple[int, int]]) -> dict[str, Any]:
    """For each text and band: the numbers of its signature in that band, mixed into one."""
    import numpy as np
    from datasketch import MinHash

    if not new:
        return {"band": [], "hash": [], "key": []}
    sketched = MinHash.generator(
        new.values(), num_perm=_PERMUTATIONS, seed=_SEED, scheme="affine64", hashfunc=_itself
    )
    signatures = np.array([one.hashvalues for one in sketched], dtype=np.uint64)
    factors = np.random.default_rng(_SEED).integers(
        0, 2**64, _PERMUTATIONS, dtype=np.uint64, endpoint=False
    ) | np.uint64(1)
    mixed = [
        (signatures[:, start:end] * factors[start:end]).sum(axis=1, dtype=np.uint64)
        for start, end in ranges
    ]
    return {
        "band": np.repeat(np.arange(len(mixed)), len(new)),
        "hash": np.concatenate(mixed),
        "key": np.tile(np.fromiter(new, dtype=np.uint64, count=len(new)), len(mixed)),
    }


def _itself(value: Any) -> Any:
    """The pieces are hashed already."""
    return value


_NONE = 0
"""Stands for no split and no person on the way into the store."""


def _insert(store: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, Any]) -> None:
    """Append columns of whole numbers to a table; `_NONE` becomes NULL in `split` and `person`."""
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame({name: np.asarray(of, np.uint64) for name, of in columns.items()})
    nullable = ("split", "person")
    chosen = [f"nullif({name}, {_NONE})" if name in nullable else name for name in columns]
    store.register("batch", frame)
    store.execute(f"INSERT INTO {table} SELECT {', '.join(chosen)} FROM batch")  # noqa: S608 - our own names
    store.unregister("batch")


def _find_pairs(store: duckdb.DuckDBPyConnection, threshold: float) -> None:
    """The pairs of different texts that share a bucket and are alike."""
    store.execute(
        "CREATE TABLE ranked AS SELECT band, hash, key, "
        "row_number() OVER (PARTITION BY band, hash ORDER BY key) AS place "
        "FROM (SELECT DISTINCT band, hash, key FROM bands) "
        "QUALIFY count(*) OVER (PARTITION BY band, hash) > 1"
    )
    store.execute("DROP TABLE bands")
    store.execute(
        "CREATE TABLE candidates AS SELECT DISTINCT a.key AS one, b.key AS other "
        "FROM ranked AS a CROSS JOIN (SELECT unnest(range(1, ? + 1)) AS step) AS steps "
        "JOIN ranked AS b ON b.band = a.band AND b.hash = a.hash AND b.place = a.place + step",
        [NEIGHBOURS],
    )
    store.execute(
        "CREATE TABLE pairs AS WITH each AS (SELECT DISTINCT key, piece FROM pieces "
        "WHERE key IN (SELECT one FROM candidates UNION SELECT other FROM candidates)), "
        "sizes AS (SELECT key, count(*) AS n FROM each GROUP BY key), "
        "shared AS (SELECT one, other, count(*) AS common FROM candidates "
        "JOIN each AS a ON a.key = one JOIN each AS b ON b.key = other AND b.piece = a.piece "
        "GROUP BY one, other) "
        "SELECT one, other FROM shared JOIN sizes AS a ON a.key = one "
        "JOIN sizes AS b ON b.key = other WHERE common >= ? * (a.n + b.n - common)",
        [threshold],
    )
    store.execute("DROP TABLE pieces")
    store.execute("DROP TABLE candidates")


def _find_kinds(store: duckdb.DuckDBPyConnection) -> None:
    """Give each row its kind: the smallest key among all texts it is alike with."""
    import numpy as np
    import pandas as pd

    store.execute(
        "CREATE TABLE alike AS SELECT key, row_number() OVER (ORDER BY key) - 1 AS number "
        "FROM (SELECT one AS key FROM pairs UNION SELECT other FROM pairs)"
    )
    row = store.execute("SELECT count(*) FROM alike").fetchone()
    kinds = np.arange(int(row[0]) if row else 0, dtype=np.int32)
    for one, other in _numbered_pairs(store):
        kinds = _joined(kinds, one, other)
    numbers = np.arange(len(kinds), dtype=np.int64)
    store.register("found", pd.DataFrame({"number": numbers, "kind": kinds}))
    store.execute(
        "CREATE TABLE kinds AS WITH named AS (SELECT key, min(key) OVER (PARTITION BY kind) AS kin "
        "FROM alike JOIN found USING (number)) "
        "SELECT coalesce(kin, o.key) AS kin, split, person "
        "FROM occurrences AS o LEFT JOIN named ON named.key = o.key"
    )
    store.unregister("found")


def _numbered_pairs(
    store: duckdb.DuckDBPyConnection,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    answer = store.execute(
        "SELECT a.number AS one, b.number AS other FROM pairs "
        "JOIN alike AS a ON a.key = one JOIN alike AS b ON b.key = other"
    )
    while len(chunk := answer.fetch_df_chunk(_VECTORS_AT_ONCE)):
        yield chunk["one"].to_numpy(), chunk["other"].to_numpy()


def _joined(
    kinds: NDArray[np.int32], one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.int32]:
    """The kinds after some more pairs are known to be alike."""
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = (np.ones(len(one), dtype=np.int8), (kinds[one], kinds[other]))
    graph = coo_matrix(links, shape=(len(kinds), len(kinds)))
    _, together = connected_components(graph, directed=False)
    return np.asarray(together[kinds], dtype=np.int32)


_REPEATED = (
    "WITH sizes AS (SELECT kin, {scope} AS s, count(*) AS n FROM kinds WHERE {where} "
    "GROUP BY ALL HAVING n > 1) SELECT s, count(*), count(DISTINCT (kin, s)), "
    "count(DISTINCT person) FROM kinds JOIN sizes USING (kin) WHERE {where} AND {scope} = s "
    "GROUP BY s"
)


def _counted(
    store: duckdb.DuckDBPyConnection, splits: Sequence[str], has_persons: bool
) -> NearTexts:
    """Rows and persons by scope, from the kinds of all rows."""

    def people(count: int) -> int | None:
        return count if has_persons else None

    def repeats(scope: str, where: str) -> dict[int, Repeats]:
        found = store.execute(_REPEATED.format(scope=scope, where=where)).fetchall()
        return {int(s): Repeats(n - kinds, n, people(who)) for s, n, kinds, who in found}

    nothing = Repeats(0, 0, people(0))
    # By name: their numbers depend on the order in which an engine hands out rows.
    numbers = sorted(enumerate(splits, start=1), key=lambda one: one[1])
    parts = repeats("split", "split IS NOT NULL")
    across = store.execute(
        "SELECT count(DISTINCT person) FROM kinds WHERE kin IN "
        "(SELECT kin FROM kinds GROUP BY kin HAVING count(DISTINCT split) > 1)"
    ).fetchone()
    shared = store.execute(
        "SELECT a.split, b.split, count(*), count(DISTINCT b.person) FROM kinds AS b "
        "JOIN (SELECT DISTINCT kin, split FROM kinds) AS a "
        "ON a.kin = b.kin AND a.split <> b.split GROUP BY a.split, b.split"
    ).fetchall()
    between = [
        SharedRows(splits[a - 1], splits[b - 1], rows, people(who)) for a, b, rows, who in shared
    ]
    return NearTexts(
        RepeatsBySplit(
            repeats("0", "true").get(0, nothing),
            {name: parts.get(number, nothing) for number, name in numbers},
            people(across[0] if across else 0),
        ),
        tuple(sorted(between, key=lambda one: (one.first, one.second))),
    )
