"""Write and read BagIt bags (RFC 8493) in an archive: a payload under data/, tag files beside it.

The payload manifest holds the SHA-256 of every payload file. The tag manifest holds that of every
tag file, including the payload manifest. So a signature of the tag manifest covers every file of
the bag except the tag manifest itself and the signature.
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
# Tag files of a bundle: the description of its tables, and the key that verifies its signature.
DESCRIPTION, PUBLIC_KEY = "manifest.json", "public_key.pem"

_DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(\S.*)")
# RFC 8493 percent-encodes only these characters in the file names of a manifest.
_ENCODED = {"%": "%25", "\n": "%0A", "\r": "%0D"}


class Bag:
    """A bag that is being written into an archive, below a folder of its name."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        self._payload_bytes = 0
        self.payload: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.add(DECLARATION, _DECLARED)

    def add(self, name: str, content: bytes) -> None:
        """Add a file to the payload if its name begins with data/, otherwise as a tag file."""
        self._archive.writestr(f"{self._name}/{name}", content)
        self._note(name, digest(io.BytesIO(content)), len(content))

    def move(self, path: Path, name: str) -> str:
        """Move a file into the bag in blocks; return its SHA-256 in hexadecimal."""
        of_file = described(path)
        self._archive.write(path, f"{self._name}/{name}")
        path.unlink()
        self._note(name, of_file["sha256"], of_file["size_bytes"])
        return str(of_file["sha256"])

    def seal(self, info: Mapping[str, str]) -> bytes:
        """Add bag-info.txt and both manifests; return the bytes of the tag manifest, to be signed.

        Args:
            info: the entries of bag-info.txt, by label.
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
    """Return a manifest of SHA-256 digests by file name, which `sha256sum --check` reads, too."""
    lines = []
    for name, sha256 in sorted(digests.items()):
        encoded = "".join(_ENCODED.get(letter, letter) for letter in name)
        lines.append(f"{sha256}  {encoded}\n")
    return "".join(lines).encode()


def read_listing(content: bytes) -> dict[str, str]:
    """Return the digests of a manifest by file name; lines in another form are skipped."""
    found = {}
    for line in _LINE_END.split(content.decode("utf-8", "replace")):
        if match := _LINE.fullmatch(line):
            name = match[2]
            for letter, encoded in reversed(_ENCODED.items()):
                name = name.replace(encoded, letter).replace(encoded.lower(), letter)
            found[name] = match[1].lower()
    return found
