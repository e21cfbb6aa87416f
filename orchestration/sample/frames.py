"""Rows drawn column by column, each by the generator that `sample.yml` names for it.

A generator is a mapping of its name to its argument, with further ones beside it; a text stands
for the column, or the fact given by Python, of that name:

    email_verified: {chance: 0.93}
    word_count: {lognormal: [520, 0.7, 20, 9000], missing: 0.1}
    status: {of: statuses, at: _status, when: done}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from operator import add, floordiv, mod
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.sample.columns import (
    Clock,
    Coded,
    Decimals,
    Pool,
    column_of,
    glue,
    hexadecimal,
    json_lines,
    only,
    taken,
    uuids,
)
from orchestration.sample.declared import Stream, Words
from orchestration.sample.noise import Ints, Noise, key_of

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_RECKONED = {"over": floordiv, "plus": add, "modulo": mod}
Said = Mapping[str, Any]


class Frame:
    """A number of rows of one kind; a column is drawn when it is first asked for."""

    def __init__(self, words: Words, columns: Said, noise: Noise, count: int, facts: Said) -> None:
        """Nothing is drawn yet.

        Args:
            words: what columns are filled with.
            columns: a generator for each column.
            noise: draws of the frame.
            count: rows.
            facts: columns that Python gives, other frames that `from` takes columns of, and what
                all frames of a source share, see `World`.
        """
        self.words = words
        self.noise = noise
        self.count = count
        self._columns = columns
        self._made = dict(facts)

    def __getitem__(self, name: str) -> Any:
        """A column, or a fact."""
        if name not in self._made:
            self._made[name] = self.make(self._columns[name], name)
        return self._made[name]

    def give(self, **facts: Any) -> None:
        """Add columns that Python makes of drawn ones."""
        self._made.update(facts)

    def make(self, said: Any, label: str) -> Any:
        """What a generator gives; `label` tells its draws from others."""
        if isinstance(said, str):
            return self[said]
        if not isinstance(said, dict):
            return said
        name = next(iter(said))
        value = _GENERATORS[name](self, label, said[name], said)
        for sign, reckoned in _RECKONED.items():
            if sign in said:
                value = reckoned(value, self.make(said[sign], f"{label} {sign}"))
        if "when" in said:
            flags = self.make(said["when"], f"{label} when")
            if "otherwise" in said:
                return np.where(flags, value, said["otherwise"])
            value = only(flags, value)
        if "missing" in said:
            missing = self.noise.happens(f"{label} missing", self.count, said["missing"])
            value = only(~missing, value)
        return value

    def content(self, stream: Stream) -> Any:
        """The rows of a stream: a table of its columns, or of its lines as column `line`."""
        if stream.form == "jsonl":
            said = {name: self[name] for name in stream.fields}
            return pa.table({"line": json_lines(said, stream.having("left_out"))})
        columns = [column_of(self[name]) for name in stream.schema.names]
        return pa.table(columns, schema=stream.schema)


def _entries(pool: Pool, index: Ints) -> Any:
    """Texts of a pool coded by position; numbers of one as numbers."""
    if isinstance(pool.entries[0], int):
        return np.array(pool.entries, dtype=np.int64)[index]
    return Coded(index, pool)


def _index(frame: Frame, label: str, name: str, said: Said) -> Ints:
    """Positions of a pool by weight; with `at`, by the weights in that row of the words."""
    if "at" not in said:
        return frame.words[name].pick(frame.noise.units(label, frame.count))
    weights = np.cumsum(frame.words.numbers(name), axis=1)[frame.make(said["at"], label)]
    units = frame.noise.units(label, frame.count) * weights[:, -1]
    positions: Ints = (units[:, None] >= weights).sum(axis=1)
    return positions


def _lognormal(frame: Frame, label: str, given: Any, said: Said) -> Ints:
    """Whole numbers by `[median, sigma, lowest, highest]`; with `at`, by that row of the words."""
    if "at" in said:
        given = frame.words.numbers(given)[frame.make(said["at"], label)].T
    median, sigma, lowest, highest = given
    drawn = median * np.exp(sigma * frame.noise.normal(label, frame.count))
    numbers: Ints = np.rint(np.clip(drawn, lowest, highest)).astype(np.int64)
    return numbers


def _chance(frame: Frame, label: str, share: Any, said: Said) -> Any:
    if "at" in said:
        share = frame.words.numbers(share)[frame.make(said["at"], label)]
    return frame.noise.happens(label, frame.count, share)


def _skewed(frame: Frame, label: str, bound: Any, said: Said) -> Ints:
    """Whole numbers below a bound, the small ones likelier the greater `power`."""
    units = frame.noise.units(label, frame.count) ** said.get("power", 3)
    numbers: Ints = (frame.make(bound, label) * units).astype(np.int64)
    return numbers


def _text(frame: Frame, _label: str, template: str, _said: Said) -> Any:
    """A template with columns in braces."""
    parts = enumerate(_PLACEHOLDER.split(template))
    return glue(*(column_of(frame[p]).cast(pa.string()) if n % 2 else p for n, p in parts))


def _sentences(frame: Frame, label: str, names: list[str], said: Said) -> Any:
    """Texts of one of the pools each, `number` sentences (from, to) long."""
    pools = [frame.words[name].entries for name in names]
    # A space ends an English sentence.
    joined = Pool(["", *(f"{e} " if e.isascii() else e for entries in pools for e in entries)])
    sizes = np.array([len(entries) for entries in pools])
    which = frame.noise.below(f"{label} which", frame.count, len(pools))
    begin, size = 1 + (np.cumsum(sizes) - sizes)[which], sizes[which]
    fewest, most = said["number"]
    length = frame.noise.below(f"{label} number", frame.count, most - fewest + 1) + fewest
    parts = []
    for place in range(most):
        drawn = (size * frame.noise.units(f"{label} {place}", frame.count)).astype(np.int64)
        parts.append(joined.column(pa.array(np.where(place < length, begin + drawn, 0))))
    return glue(*parts)


def _if(frame: Frame, label: str, flags: Any, said: Said) -> Any:
    branches = [frame.make(said[name], f"{label} {name}") for name in ("then", "else")]
    return np.where(frame.make(flags, f"{label} if"), *branches)


_GENERATORS: dict[str, Callable[[Frame, str, Any, Said], Any]] = {
    "value": lambda f, label, given, _: f.make(given, label),
    "constant": lambda f, _label, given, _: _entries(Pool([given]), np.zeros(f.count, int)),
    # Entries of words: chosen by weight, the position of one, one by its position.
    "choice": lambda f, label, name, said: _entries(f.words[name], _index(f, label, name, said)),
    "index": _index,
    "of": lambda f, label, name, said: _entries(f.words[name], f.make(said["at"], label)),
    # Numbers and flags.
    "lognormal": _lognormal,
    "between": lambda f, label, ends, _: (
        ends[0] + f.noise.below(label, f.count, ends[1] - ends[0] + 1)
    ),
    "skewed": _skewed,
    "chance": _chance,
    "any": lambda f, label, flags, _: np.any(
        [f.make(one, f"{label} {n}") for n, one in enumerate(flags)], axis=0
    ),
    "if": _if,
    "decimal": lambda f, label, given, said: Coded(f.make(given, label), Decimals(said["places"])),
    "time": lambda f, label, given, _: Coded(f.make(given, label), Clock(f["epoch"])),
    # Texts.
    "text": _text,
    "sentences": _sentences,
    "hex": lambda f, label, digits, _: hexadecimal(
        f.noise.words(label, f.count * digits // 16), digits // 16
    ),
    # References: ids of numbered rows, and columns of other frames, `<frame>.<column>`.
    "id": lambda f, label, kind, said: uuids(
        key_of(f["seed"], f["ids of"], kind), f.make(said.get("number", "number"), label)
    ),
    "from": lambda f, label, name, said: taken(
        f[name.split(".")[0]][name.split(".")[1]], f.make(said["at"], label)
    ),
}
