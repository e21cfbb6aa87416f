"""The compliance bundle: what an auditor needs to see, as a signed bag in one archive.

What is signed are the bytes of the bag's tag manifest; see `bag`.
"""

from __future__ import annotations

import textwrap
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from orchestration.core.errors import WrongRequest
from orchestration.core.files import working_folder
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.export.bag import (
    DESCRIPTION,
    PAYLOAD,
    PAYLOAD_MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    TAG_MANIFEST,
    Bag,
)
from orchestration.export.documentation import dictionary_csv, dictionary_html, entries, lineage
from orchestration.export.formats import RULES, Format, write_file
from orchestration.export.manifest import Facts, Written, account, now, rendered
from orchestration.export.marts import governance, project_manifest
from orchestration.export.neutral import RULE
from orchestration.export.period import Asked
from orchestration.export.place import Describe, Target
from orchestration.export.run import ARCHIVE, Exported, archive, exported
from orchestration.export.source import Published, open_published
from orchestration.policies.reports import COMPLIANCE, registry, retention_days
from orchestration.secrecy.signing import (
    ALGORITHM,
    fingerprint,
    public_pem,
    signing_key,
)

README = "README.txt"
# Logs that are asked for by name; one that the warehouse does not keep is named as absent.
EXPECTED = {
    "retention log": "lifecycle_log",
    "backup log": "backup_log",
    "drill log": "backup_drills",
    "export log": "export_log",
    "access log": "access_log",
}
GUIDE = """\
Granary compliance bundle {export_id}
Period: {first_day} to {last_day}, UTC. Logs are as they were published at {published_at}.

data/dictionary/  every relation and column: description, type, class (read data_dictionary.html)
data/policies/    the policies as they are in force: retention, thresholds, roles and others
data/logs/        what was done: moved, deleted, backed up, rehearsed, exported, run, alerted
data/quality/     how good the data is: scores, rows that break rules, results of every build
data/lineage/     what is made of what, from sources to readers
Not kept by this warehouse: {absent}.

Rows of logs/ and quality/ are those of the period, where they have a day or time, and all
otherwise; {description} says which column decides.
{rule}

This is a bag as RFC 8493 (BagIt) has it, with a signature. Signed are the bytes of
{tags}; it holds the SHA-256 of every other file beside data/, the
signature left out, and through {payload} that of every file in data/.
To verify: granary verify-export THIS.zip --public-key KEY.pem
or without Granary, in the folder that it unpacks to:
  openssl pkeyutl -verify -pubin -inkey KEY.pem -rawin -in {tags} -sigfile {signature}
  sha256sum --check --strict {tags} {payload}
or any validator of bags in place of the second.
KEY.pem must come from someone you trust: {public_key} in here is what the bundle says of itself.
Fingerprint of the key that signed it: {fingerprint}
(openssl pkey -pubin -in KEY.pem -outform DER | sha256sum)
"""


@dataclass(frozen=True)
class Bundle(Exported):
    """A bundle in its place, and the fingerprint of the key that signed it."""

    fingerprint: str = ""


def bundle(
    settings: Settings, asked: Asked, *, path: Path | None = None, force: bool = False
) -> Bundle:
    """Write the compliance bundle of a period, which ends today unless it says otherwise.

    Raises:
        NothingPublished: nothing is published yet.
        ColumnRefused: a column of a log must not leave the warehouse.
        ExportError: the file exists, or cannot be written.
        SigningKeyError: the signing key is missing or is none.
        ConfigurationError: there is no pseudonymisation key.
        WarehouseError: what is published cannot be read.
    """
    started = now()
    period = asked.period(started.date())
    if path is None:
        settings.exports.mkdir(parents=True, exist_ok=True)
        name = f"{COMPLIANCE}-{period.first_day}-{period.last_day}{ARCHIVE}"
        path = settings.exports / name
    elif path.suffix.lower() not in ("", ARCHIVE):
        raise WrongRequest(f"--out {path.name}: {COMPLIANCE} is one signed {ARCHIVE}")
    target = Target(path, force)
    target.check()
    exported_by = account(settings)
    manifest = project_manifest(settings)
    with open_published(settings) as published:
        facts = Facts(
            str(uuid.uuid4()),
            COMPLIANCE,
            "zip",
            period,
            exported_by,
            started,
            started + timedelta(days=retention_days()),
            published.published_at,
        )
        job = _Job(settings, published, facts, manifest, path.stem)
        finished = target.put(settings, facts, job.write)
    done = exported(path, facts, finished)
    return Bundle(**vars(done), fingerprint=job.fingerprint)


@dataclass
class _Job:
    """A bundle while it is written: what is in it so far."""

    settings: Settings
    published: Published
    facts: Facts
    manifest: dict[str, Any]
    name: str
    """Of the folder that the archive unpacks to."""
    fingerprint: str = ""
    files: list[str] = field(default_factory=list)
    tables: list[Written] = field(default_factory=list)

    def write(self, path: Path) -> Describe:
        """Write the archive."""
        key = signing_key(self.settings)
        self.fingerprint = fingerprint(key.public_key())
        with archive(path) as file:
            bag = Bag(file, self.name)
            for name, content in self._documents():
                bag.add(f"{PAYLOAD}{name}", content)
            self._add_relations(bag)
            absent = self._absent()
            bag.add(PUBLIC_KEY, public_pem(key.public_key()))
            bag.add(README, self._guide(absent).encode())
            bag.add(DESCRIPTION, rendered(self._description(absent)).encode())
            bag.sign(key.sign(bag.seal(self._info())))
        self.files = sorted({*bag.payload, *bag.tags})
        return self._beside

    def _documents(self) -> Iterator[tuple[str, bytes]]:
        found = entries(self.manifest)
        yield "dictionary/data_dictionary.csv", dictionary_csv(found).encode()
        yield "dictionary/data_dictionary.html", dictionary_html(found).encode()
        yield "lineage/lineage.json", lineage(self.manifest).encode()
        seeds = PROJECT_DIR / "seeds"
        for seed in sorted(seeds.rglob("*.csv")):
            yield f"policies/{seed.relative_to(seeds).as_posix()}", seed.read_bytes()

    def _add_relations(self, bag: Bag) -> None:
        with working_folder(self.settings.scratch, "export") as folder:
            for relation in governance(self.manifest):
                names = self.published.columns(relation)
                if not names:
                    continue
                served = relation.served(names)
                part = "quality" if relation.name in registry().quality else "logs"
                name = f"{PAYLOAD}{part}/{relation.name}.csv"
                member = Path(folder) / f"{relation.name}.csv"
                day = served.day_column
                selection = self.published.rows(served, day, self.facts.period)
                engine = self.published.engine
                rows = write_file(engine, served.columns, selection, Format.CSV, member)
                sha256 = bag.move(member, name)
                self.tables.append(Written(served, day, rows, file=name, sha256=sha256))

    def _absent(self) -> list[str]:
        kept = {table.relation.name for table in self.tables}
        return [what for what, name in EXPECTED.items() if name not in kept]

    def _guide(self, absent: list[str]) -> str:
        known = self.facts.as_dict()
        return GUIDE.format(
            export_id=self.facts.export_id,
            first_day=self.facts.period.first_day,
            last_day=self.facts.period.last_day,
            published_at=known["published_at"],
            absent=", ".join(absent) or "nothing of what is asked for",
            description=DESCRIPTION,
            rule=textwrap.fill(RULE, 96),
            tags=TAG_MANIFEST,
            payload=PAYLOAD_MANIFEST,
            signature=SIGNATURE,
            public_key=PUBLIC_KEY,
            fingerprint=self.fingerprint,
        )

    def _info(self) -> dict[str, str]:
        """What bag-info.txt says, by the labels of RFC 8493."""
        period = self.facts.period
        return {
            "External-Identifier": self.facts.export_id,
            "External-Description": f"Granary {COMPLIANCE} {period.first_day} to {period.last_day}",
            "Bagging-Date": self.facts.exported_at.date().isoformat(),
        }

    def _common(self) -> dict[str, Any]:
        return {
            **self.facts.as_dict(),
            "rows": sum(table.rows for table in self.tables),
            "filters": {
                "first_day": self.facts.period.first_day.isoformat(),
                "last_day": self.facts.period.last_day.isoformat(),
            },
            "signature": {
                "algorithm": ALGORITHM,
                "of": TAG_MANIFEST,
                "in": SIGNATURE,
                "public_key_fingerprint": self.fingerprint,
            },
        }

    def _description(self, absent: list[str]) -> dict[str, Any]:
        rules = RULES[Format.CSV]
        return {
            **self._common(),
            "absent": absent,
            "reading": {"times": rules.times, "missing": rules.missing, "texts": RULE},
            "tables": [table.as_dict() for table in self.tables],
        }

    def _beside(self, file: dict[str, Any]) -> dict[str, Any]:
        """What stands beside the archive: its own digest, and what to look for inside."""
        return {**self._common(), "file": file, "contents": self.files,
                "tables": [table.as_dict() for table in self.tables]}  # fmt: skip
