"""Check an export without warehouse, key or network."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from orchestration.core.errors import WrongRequest
from orchestration.export.manifest import described, manifest_path
from orchestration.secrecy.signing import (
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
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
            f"{path} is no compliance bundle (an archive with {MANIFEST} and {SIGNATURE}), and no "
            f"{beside.name} lies beside it",
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


def _verify_bundle(result: Verification, key: Ed25519PublicKey | None) -> bool:
    """Check what is in an archive; returns whether it is a bundle at all."""
    try:
        with zipfile.ZipFile(result.path) as archive:
            names = Counter(archive.namelist())
            if MANIFEST not in names and SIGNATURE not in names:
                return False
            result.kind = "bundle"
            manifest = _signed_manifest(result, archive, names, key)
            if manifest is not None:
                result.describe(manifest)
                _verify_files(result, archive, names, manifest)
    except zipfile.BadZipFile:
        return False
    return True


def _signed_manifest(
    result: Verification,
    archive: zipfile.ZipFile,
    names: Counter[str],
    key: Ed25519PublicKey | None,
) -> dict[str, Any] | None:
    """The manifest if it is what a key signed; without that no digest in it says anything."""
    for name in (MANIFEST, SIGNATURE):
        if names[name] != 1:
            result.found("unsigned", name, f"not signed: {name} is not in the bundle once")
            return None
    content, signature = _content(archive, MANIFEST), _content(archive, SIGNATURE)
    manifest = _read_json(content or b"")
    stated = manifest.get("signature", {}) if manifest else {}
    claimed = stated.get("public_key_fingerprint") if isinstance(stated, dict) else None
    signer = key or public_key_of(_content(archive, PUBLIC_KEY) or b"")
    if signer is not None and content is not None and signature is not None and manifest:
        if is_signed_by(signer, signature, content) and claimed == fingerprint(signer):
            result.signed_by, result.is_key_given = claimed, key is not None
            return manifest
        if key is not None and claimed != fingerprint(key):
            result.found(
                "wrong_key",
                MANIFEST,
                f"wrong key: the bundle says it is signed by {claimed}, the key you gave is "
                f"{fingerprint(key)}",
            )
            return None
    result.found(
        "manifest_changed",
        MANIFEST,
        f"changed: {MANIFEST} is not what was signed, or {SIGNATURE} or {PUBLIC_KEY} was changed; "
        f"nothing in this bundle can be relied on",
    )
    return None


def _verify_files(
    result: Verification, archive: zipfile.ZipFile, names: Counter[str], manifest: dict[str, Any]
) -> None:
    stated = {str(file["name"]): file for file in manifest["files"]}
    result.files = len(stated)
    for name, file in sorted(stated.items()):
        if name not in names:
            result.found("missing", name, f"missing: {name} is in the manifest, not in the bundle")
        elif not _is_as_stated(archive, name, file):
            result.found("changed", name, f"changed: {name} has not the SHA-256 that was signed")
    for name in sorted(names):
        if names[name] > 1 or name not in {*stated, MANIFEST, SIGNATURE}:
            result.found(
                "unexpected", name, f"unexpected: {name} is in the bundle, not in the manifest"
            )


def _is_as_stated(archive: zipfile.ZipFile, name: str, file: dict[str, Any]) -> bool:
    found, size = hashlib.sha256(), 0
    try:
        for block in _blocks(archive, name):
            found.update(block)
            size += len(block)
            if size > file["size_bytes"]:
                return False
    except DAMAGED:
        return False
    return found.hexdigest() == str(file["sha256"]) and size == int(file["size_bytes"])


def _blocks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as member:
        while block := member.read(BLOCK):
            yield block


def _content(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """A member's bytes; None where it is missing or damaged."""
    try:
        return archive.read(name)
    except (KeyError, *DAMAGED):
        return None


def _read_json(content: bytes) -> dict[str, Any] | None:
    try:
        read = json.loads(content)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
