"""BagIt's layout (RFC 8493) in an archive: a payload under data/, and tag files beside it.

One manifest holds the SHA-256 of every payload file; the tag manifest that of every tag file, the
payload's manifest among them. Whoever signs the bytes of the tag manifest so signs every file of
the bag, but for the tag manifest itself and the file with the signature.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from orchestration.export.manifest import described, digest

DECLARATION, INFO = "bagit.txt", "bag-info.txt"
PAYLOAD_MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
SIGNATURE = f"{TAG_MANIFEST}.sig"
PAYLOAD = "data/"
# Tag files of a bundle: what it says of its tables, and of who signed it.
DESCRIPTION, PUBLIC_KEY = "manifest.json", "public_key.pem"

_DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(\S.*)")
# In names of files a manifest writes these, and nothing else, in another way.
_ENCODED = {"%": "%25", "\n": "%0A", "\r": "%0D"}


class Bag:
    """A bag while it is written into an archive, under a folder of its name."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        self._payload_bytes = 0
        self.payload: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.add(DECLARATION, _DECLARED)

    def add(self, name: str, content: bytes) -> None:
        """Add a file: to the payload where its name begins with data/, else as a tag file."""
        self._archive.writestr(f"{self._name}/{name}", content)
        self._note(name, digest(io.BytesIO(content)), len(content))

    def move(self, path: Path, name: str) -> str:
        """Move a file into the bag, block by block; return its SHA-256."""
        of_file = described(path)
        self._archive.write(path, f"{self._name}/{name}")
        path.unlink()
        self._note(name, of_file["sha256"], of_file["size_bytes"])
        return str(of_file["sha256"])

    def seal(self, info: Mapping[str, str]) -> bytes:
        """Add what is said of the bag, and both manifests; return the tag manifest, to be signed.

        Args:
            info: what bag-info.txt says, by label.
        """
        oxum = {"Payload-Oxum": f"{self._payload_bytes}.{len(self.payload)}"}
        lines = (f"{label}: {value}\n" for label, value in {**info, **oxum}.items())
        self.add(INFO, "".join(lines).encode())
        self.add(PAYLOAD_MANIFEST, listing(self.payload))
        sealed = listing(self.tags)
        self._archive.writestr(f"{self._name}/{TAG_MANIFEST}", sealed)
        return sealed

    def sign(self, signature: bytes) -> None:
        """Add the signature of the tag manifest."""
        self._archive.writestr(f"{self._name}/{SIGNATURE}", signature)

    def _note(self, name: str, sha256: str, size: int) -> None:
        is_payload = name.startswith(PAYLOAD)
        (self.payload if is_payload else self.tags)[name] = sha256
        self._payload_bytes += size if is_payload else 0


def listing(digests: Mapping[str, str]) -> bytes:
    """A manifest of SHA-256 digests by name, as `sha256sum --check` reads it, too."""
    lines = []
    for name, sha256 in sorted(digests.items()):
        encoded = "".join(_ENCODED.get(letter, letter) for letter in name)
        lines.append(f"{sha256}  {encoded}\n")
    return "".join(lines).encode()


def read_listing(content: bytes) -> dict[str, str]:
    """Digests by name; a line that is none of a manifest is left out, and so is its file."""
    found = {}
    for line in _LINE_END.split(content.decode("utf-8", "replace")):
        if match := _LINE.fullmatch(line):
            name = match[2]
            for letter, encoded in reversed(_ENCODED.items()):
                name = name.replace(encoded, letter).replace(encoded.lower(), letter)
            found[name] = match[1].lower()
    return found
