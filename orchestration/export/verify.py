"""Check an export without warehouse, key or network."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from orchestration.core.errors import WrongRequest
from orchestration.export.bag import (
    DECLARATION,
    DESCRIPTION,
    PAYLOAD,
    PAYLOAD_MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    TAG_MANIFEST,
    read_listing,
)
from orchestration.export.manifest import described, manifest_path
from orchestration.secrecy.signing import (
    fingerprint,
    is_signed_by,
    public_key_of,
    read_public_key,
)

BLOCK = 1 << 20
# What Python's archive reader raises on content that is not what the archive says.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True)
class Problem:
    """One difference. Its kind is one of not_an_export, changed, missing, unexpected,
    manifest_changed, unsigned and wrong_key."""

    kind: str
    file: str
    message: str


@dataclass
class Verification:
    """What was found; `signed_by` is the fingerprint of the key of a bundle whose signature holds,
    and `is_key_given` says whether it is a key the caller named."""

    path: Path
    kind: str = "export"
    export_id: str = ""
    report: str = ""
    exported_at: str = ""
    files: int = 0
    signed_by: str | None = None
    is_key_given: bool = False
    problems: list[Problem] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Whether nothing differs."""
        return not self.problems

    @property
    def summary(self) -> str:
        """What to tell a person, a line a finding."""
        if self.problems:
            return "\n".join(f"{problem.message}" for problem in self.problems)
        what = f"{self.report} export {self.export_id} of {self.exported_at}"
        if self.kind == "export":
            return f"intact: {what}; its manifest is not signed, so this rules out accidents only"
        by = f"{self.files} files, signed by key {self.signed_by}"
        if self.is_key_given:
            return f"intact: {what}, {by}, which is the key you gave"
        return f"intact: {what}, {by}; compare it with the fingerprint its sender names"

    def found(self, kind: str, file: str, message: str) -> None:
        """Add a problem."""
        self.problems.append(Problem(kind, file, message))

    def describe(self, manifest: dict[str, Any]) -> None:
        """Take over what a manifest says of the whole."""
        self.export_id = str(manifest.get("export_id", ""))
        self.report = str(manifest.get("report", ""))
        self.exported_at = str(manifest.get("exported_at", ""))


def verify(path: Path, public_key: Path | None = None) -> Verification:
    """Check a compliance bundle, or an exported file against the manifest beside it.

    Args:
        path: the file.
        public_key: PEM file of the key that must have signed a bundle.

    Raises:
        WrongRequest: there is no such file, or a key is given for what is not signed.
        SigningKeyError: the key's file holds none.
    """
    if not path.is_file():
        raise WrongRequest(f"{path} is no file")
    key = read_public_key(public_key) if public_key else None
    result = Verification(path)
    beside = manifest_path(path)
    is_bundle = _verify_bundle(result, key)
    if not is_bundle and not beside.is_file():
        result.found(
            "not_an_export",
            path.name,
            f"{path} is no compliance bundle (an archive with {TAG_MANIFEST} and {SIGNATURE}), and "
            f"no {beside.name} lies beside it",
        )
    elif not is_bundle and key is not None:
        raise WrongRequest(f"{path} is no compliance bundle: only those are signed")
    elif beside.is_file():
        _verify_beside(result, beside)
    return result


def _verify_beside(result: Verification, beside: Path) -> None:
    manifest = _read_json(beside.read_bytes())
    file = manifest.get("file") if manifest else None
    if not manifest or not isinstance(file, dict):
        result.found("manifest_changed", beside.name, f"{beside.name} is no manifest of an export")
        return
    if result.kind == "export":
        result.files = 1
        result.describe(manifest)
    actual = described(result.path)
    if (actual["sha256"], actual["size_bytes"]) != (file.get("sha256"), file.get("size_bytes")):
        result.found(
            "changed",
            result.path.name,
            f"changed: {result.path.name} has not the SHA-256 that {beside.name} states",
        )


@dataclass(frozen=True)
class _Layout:
    """Where a bundle has what was signed: below a folder of the archive, which ends in a slash."""

    folder: str
    signed: str
    signature: str


# As bundles were before they were bags: everything at the top, every digest in what was signed.
_BEFORE_BAGS = _Layout("", DESCRIPTION, "manifest.sig")


def _layout(names: Counter[str]) -> _Layout | None:
    split = (name.rpartition("/") for name in names)
    found = [folder + slash for folder, slash, file in split if file in (TAG_MANIFEST, SIGNATURE)]
    if found:
        return _Layout(min(found, key=len), TAG_MANIFEST, SIGNATURE)
    is_older = _BEFORE_BAGS.signed in names or _BEFORE_BAGS.signature in names
    return _BEFORE_BAGS if is_older else None


def _verify_bundle(result: Verification, key: Ed25519PublicKey | None) -> bool:
    """Check what is in an archive; returns whether it is a bundle at all."""
    try:
        with zipfile.ZipFile(result.path) as archive:
            names = Counter(archive.namelist())
            layout = _layout(names)
            if layout is None:
                return False
            result.kind = "bundle"
            inside = _Inside(archive, names, layout)
            signed = _signed(result, inside, key)
            if signed is not None:
                _verify_files(result, inside, signed)
    except zipfile.BadZipFile:
        return False
    return True


@dataclass(frozen=True)
class _Inside:
    """The files of a bundle, by their names below its folder."""

    archive: zipfile.ZipFile
    names: Counter[str]
    layout: _Layout

    def count(self, name: str) -> int:
        """How often a name is in the archive."""
        return self.names[f"{self.layout.folder}{name}"]

    def content(self, name: str) -> bytes | None:
        """A file's bytes; None where it is missing or damaged."""
        try:
            return self.archive.read(f"{self.layout.folder}{name}")
        except (KeyError, *DAMAGED):
            return None

    def sha256(self, name: str) -> str | None:
        """A file's digest; None where it is damaged."""
        found = hashlib.sha256()
        try:
            with self.archive.open(f"{self.layout.folder}{name}") as member:
                while block := member.read(BLOCK):
                    found.update(block)
        except DAMAGED:
            return None
        return found.hexdigest()

    @property
    def description(self) -> dict[str, Any]:
        """What the bundle says of itself; empty where that cannot be read."""
        return _read_json(self.content(DESCRIPTION) or b"") or {}

    @property
    def claimed(self) -> object:
        """Fingerprint of the key that the bundle says it is signed by."""
        stated = self.description.get("signature")
        return stated.get("public_key_fingerprint") if isinstance(stated, dict) else None


def _signed(result: Verification, inside: _Inside, key: Ed25519PublicKey | None) -> bytes | None:
    """What a key signed; without that no digest says anything."""
    layout = inside.layout
    for name in (layout.signed, layout.signature):
        if inside.count(name) != 1:
            result.found("unsigned", name, f"not signed: {name} is not in the bundle once")
            return None
    content, signature = inside.content(layout.signed), inside.content(layout.signature)
    signer = key or public_key_of(inside.content(PUBLIC_KEY) or b"")
    if signer is not None and content is not None and signature is not None:
        if is_signed_by(signer, signature, content):
            result.signed_by, result.is_key_given = fingerprint(signer), key is not None
            return content
        if key is not None and inside.claimed != fingerprint(key):
            result.found(
                "wrong_key",
                layout.signed,
                f"wrong key: the bundle says it is signed by {inside.claimed}, the key you gave is "
                f"{fingerprint(key)}",
            )
            return None
    result.found(
        "manifest_changed",
        layout.signed,
        f"changed: {layout.signed} is not what was signed, or {layout.signature} or {PUBLIC_KEY} "
        f"was changed; nothing in this bundle can be relied on",
    )
    return None


def _verify_files(result: Verification, inside: _Inside, signed: bytes) -> None:
    stated, is_complete = _stated(inside, signed)
    folder = inside.layout.folder
    result.files = len(stated)
    result.describe(inside.description)
    for name, sha256 in sorted(stated.items()):
        if not inside.count(name):
            result.found("missing", name, f"missing: {name} is in the manifest, not in the bundle")
        elif inside.sha256(name) != sha256:
            result.found("changed", name, f"changed: {name} has not the SHA-256 that was signed")
    known = {f"{folder}{name}" for name in (*stated, inside.layout.signed, inside.layout.signature)}
    for path in sorted(inside.names):
        name = path.removeprefix(folder)
        if inside.names[path] > 1 or (
            path not in known and (is_complete or not name.startswith(PAYLOAD))
        ):
            result.found(
                "unexpected", name, f"unexpected: {name} is in the bundle, not in the manifest"
            )
    if result.intact and inside.claimed != result.signed_by:
        result.found(
            "manifest_changed",
            DESCRIPTION,
            f"changed: {DESCRIPTION} says that another key signed this than {result.signed_by}, "
            f"which did",
        )


def _stated(inside: _Inside, signed: bytes) -> tuple[dict[str, str], bool]:
    """Digests by name, and whether the payload's are among them."""
    if inside.layout is _BEFORE_BAGS:
        files = (_read_json(signed) or {}).get("files", [])
        return {str(file["name"]): str(file["sha256"]) for file in files}, True
    # A bag is none without these.
    stated = {DECLARATION: "", PAYLOAD_MANIFEST: "", **read_listing(signed)}
    content = inside.content(PAYLOAD_MANIFEST)
    if content is None or hashlib.sha256(content).hexdigest() != stated[PAYLOAD_MANIFEST]:
        return stated, False
    return read_listing(content) | stated, True


def _read_json(content: bytes) -> dict[str, Any] | None:
    try:
        read = json.loads(content)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
