"""What a source's sample is made by: its options, and the world that they describe."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from orchestration.core.clock import utc_now
from orchestration.core.errors import GranaryError
from orchestration.sample.columns import column_of, only
from orchestration.sample.declared import Declared
from orchestration.sample.faults import DELIVERY, Break, Spoilt, edited, spoil
from orchestration.sample.frames import Frame
from orchestration.sample.noise import Ints, Noise
from orchestration.sample.planting import Batch, Planted, deliver
from orchestration.sample.rhythm import DAY, Rhythm, Slot

SHOWN_DAYS = 60  # of the sample a person meets first: a report of 30 has as many to compare with


def first_day_of(days: int) -> date:
    """First day of a sample that ends yesterday, UTC."""
    return utc_now().date() - timedelta(days=days)


class SampleError(GranaryError):
    """The sample cannot be written as asked; the message says what to do."""


_read = cache(Declared.read)


@dataclass(frozen=True)
class Options(ABC):
    """The size and faults of a source's sample. Same options, same bytes."""

    source: ClassVar[str]
    folder: ClassVar[Path]  # where its `sample.yml` is
    ranges: ClassVar[Mapping[str, tuple[float, float]]] = {}  # of further attributes

    days: int = 30  # of delivery, one folder each
    seed: int = 7  # another seed, another sample
    start: date = date(2026, 1, 1)  # the first day, UTC
    faults: Mapping[str, float] = field(default_factory=dict)  # shares, where not as declared
    overwrite: bool = False  # write over an earlier sample of the same files

    @abstractmethod
    def world(self) -> World:
        """The world they describe."""

    @property
    def declared(self) -> Declared:
        """What `sample.yml` says."""
        return _read(self.source, self.folder / "sample.yml")

    @property
    def shares(self) -> Mapping[str, float]:
        """The share of rows that each fault befalls."""
        return {**self.declared.shares, **self.faults}

    def __post_init__(self) -> None:
        """Refuse options no sample can be made of.

        Raises:
            SampleError: the message names the option and its range.
        """
        ranges = {"days": (1, 3660), "seed": (0, 2**63 - 1), **self.ranges}
        for name, (lowest, highest) in ranges.items():
            if not lowest <= getattr(self, name) <= highest:
                raise SampleError(f"{name} must be between {lowest} and {highest}.")
        unknown = sorted(self.faults.keys() - self.declared.shares.keys())
        if unknown:
            raise SampleError(f"there is no fault named {', '.join(unknown)}.")
        for name, share in self.faults.items():
            if not 0 <= share <= 1:
                raise SampleError(f"{name} is a share and must be between 0 and 1.")
        for stream in self.declared.streams.values():
            for on_the_way in (False, True):
                names = [name for name in stream.faults if (name in DELIVERY) is on_the_way]
                if sum(self.shares[name] for name in names) > 1:
                    listed = ", ".join(names)
                    raise SampleError(f"The shares of {listed} must not exceed 1 together.")

    def described(self) -> dict[str, Any]:
        """The options that shape the content, ready for JSON."""
        described = asdict(self) | {"start": self.start.isoformat(), "faults": dict(self.shares)}
        del described["overwrite"]
        return described


class World(ABC):
    """Draws the slots of a source in order. Nothing of a slot depends on how many follow."""

    slots_per_day: ClassVar[int] = 1
    application_sql: ClassVar[Path | None] = None  # creates the tables of its database, if any
    breaks: ClassVar[Mapping[str, Break]] = {}  # faults that `using` names in `sample.yml`

    def __init__(self, options: Options) -> None:
        self.options: Any = options  # of the source's own class
        self.declared = options.declared
        self.words = options.declared.words
        self.rhythm = Rhythm(options.start, self.slots_per_day)
        self.shares = options.shares
        self.end = options.days * DAY
        self._epoch = (options.start - date(1970, 1, 1)).days * DAY

    @abstractmethod
    def parts(self) -> Iterator[Part]:
        """Everything, in order."""

    def totals(self) -> dict[str, Any]:
        """What the truth knows beyond the totals that `sample.yml` declares, in the end."""
        return {}

    def standing(self) -> dict[str, Frame]:
        """Rows of the database as they stand in the end, by stream; others as delivered."""
        return {}

    def noise(self, *scope: object) -> Noise:
        """Draws of a scope."""
        return Noise(self.options.seed, *scope)

    def frame(self, name: str, count: int, *scope: object, **facts: Any) -> Frame:
        """Rows of a stream or a frame that `sample.yml` declares; see `Frame`."""
        streams, frames = self.declared.streams, self.declared.frames
        columns = streams[name].columns if name in streams else frames[name]
        seed, source = self.options.seed, self.declared.source
        shared = {"seed": seed, "epoch": self._epoch, "ids of": f"{source} ids"}
        return Frame(self.words, columns, self.noise(name, *scope), count, shared | facts)


class Part:
    """What begins in a part of a slot; `planted` is what will be delivered of it, and when."""

    def __init__(self, world: World, slot: Slot, block: int, ends_file: bool = True) -> None:
        """Nothing has happened yet; unless it `ends_file`, its rows wait for the next part."""
        self.world = world
        self.slot = slot
        self.ends_file = ends_file
        self.first = slot.number << 40 | block << 28  # for numbers no other part has
        self.planted: list[Planted] = []
        self._scope = slot.number, block

    def noise(self, purpose: str) -> Noise:
        """Draws of a purpose."""
        return self.world.noise(purpose, *self._scope)

    def frame(self, name: str, count: int, **facts: Any) -> Frame:
        """Rows of a stream or a frame, with a `number` each; see `Frame`."""
        facts.setdefault("number", self.first + np.arange(count))
        return self.world.frame(name, count, *self._scope, **facts)

    def plant(self, name: str, frame: Frame, written: Ints) -> Planted:
        """Deliver the rows of a stream, each written once."""
        stream = self.world.declared.streams[name]
        content = frame.content(stream)
        spoilt = self._spoil(name, frame, content, {})
        return self._deliver(Batch(stream, frame, content, written, np.arange(frame.count), spoilt))

    def plant_states(
        self,
        name: str,
        frame: Frame,
        seen: tuple[Ints, Ints],
        times: Ints,
        changes: Mapping[str, Any],
        using: Mapping[str, Break] | None = None,
    ) -> Planted:
        """Deliver the states of rows that are written again.

        Args:
            name: the stream.
            frame: each row once, in its last state.
            seen: row and state of each version, see `seen_states`.
            times: when each row enters each state.
            changes: what differs by state, by column and version.
            using: faults of the source's own beside `breaks`.
        """
        stream, (row, state) = self.world.declared.streams[name], seen
        content, written = frame.content(stream), times[row, state]
        spoilt = self._spoil(name, frame, content, using or {})
        content = edited(content, spoilt.edits).take(pa.array(row))
        columns = dict(zip(content.column_names, content.columns, strict=True))
        since = {column: stream.states.index(s) for column, s in stream.having("since").items()}
        for column, first in since.items():
            columns[column] = only(state >= first, columns[column])
        changes = {**changes, "updated_at": frame.make({"time": written}, "updated_at")}
        columns |= {column: column_of(value) for column, value in changes.items()}
        told = Spoilt()
        for version in np.flatnonzero(np.isin(row, list(spoilt.notes))).tolist():
            found = spoilt.notes[int(row[version])]
            told.notes[version] = [
                n for n in found if state[version] >= since.get(n["detail"].get("field"), 0)
            ]
        table = pa.table([columns[n] for n in stream.schema.names], schema=stream.schema)
        return self._deliver(Batch(stream, frame, table, written, row, told))

    def plant_tombstones(self, table: str, ids: Any, times: Ints) -> Planted:
        """Deliver what an extraction finds missing at the end of the slots of `times`."""
        rhythm, tables = self.world.rhythm, pa.array(np.full(len(times), table))
        detected = (rhythm.slot_of(times) + 1) * rhythm.length - 1
        frame = self.frame("deletions", len(times), tables=tables, ids=ids, detected=detected)
        return self.plant("deletions", frame, detected)

    def _spoil(self, name: str, frame: Frame, content: Any, using: Mapping[str, Break]) -> Spoilt:
        stream, known = self.world.declared.streams[name], {**self.world.breaks, **using}
        noise = self.noise(name).within("faults")
        return spoil(stream, self.world.shares, frame, content, noise, known)

    def _deliver(self, batch: Batch) -> Planted:
        noise = self.noise(batch.stream.name).within("delivery")
        planted = deliver(batch, self.world.shares, self.world.rhythm.length, noise)
        self.planted.append(planted)
        return planted
