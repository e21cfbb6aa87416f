"""Every form in which a log, a plan or a file could hold bytes that must not be there."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path

# Half a key is a leak as well, and a pad's tail is the same whatever the key.
PART = 16
BLOCK = 1 << 22


def forms(secret: bytes) -> dict[str, bytes]:
    """What to look for, by name: raw and in the notations of engines, Python, JSON and SQL."""
    part = secret[:PART]
    found = {
        "raw": part,
        "hex": part.hex().encode(),
        "HEX": part.hex().upper().encode(),
        "\\xhh": b"".join(b"\\x%02x" % b for b in part),
        "\\xHH": b"".join(b"\\x%02X" % b for b in part),
        "octal": b"".join(b"\\%03o" % b for b in part),
        "doubled octal": b"".join(b"\\\\%03o" % b for b in part),
        "\\u": b"".join(b"\\u%04x" % b for b in part),
        "decimal": b" ".join(b"%d" % b for b in part),
        # PostgreSQL prints constants of a plan so.
        "signed decimal": b" ".join(b"%d" % (b - 256 if b > 127 else b) for b in part),
        "list": b", ".join(b"%d" % b for b in part),
        "spaced hex": part.hex(" ").encode(),
        "repr": repr(part)[2:-1].encode(),
        "utf-8": part.decode("latin-1").encode("utf-8"),
        # DuckDB prints what is printable and escapes the rest; PostgreSQL alike, in octal.
        "blob": b"".join(
            bytes([b]) if 32 <= b <= 126 and b not in b"\\'\"" else b"\\x%02X" % b for b in part
        ),
        "bytea": b"".join(
            b"\\\\" if b == 92 else bytes([b]) if 32 <= b <= 126 else b"\\%03o" % b for b in part
        ),
    }
    # Base64 of a text that holds the secret anywhere: three ways to fall on its groups.
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + part)
        whole = text[-(-shift * 8 // 6) : (shift + len(part)) * 8 // 6]
        found[f"base64+{shift}"] = whole
        found[f"base64url+{shift}"] = whole.translate(bytes.maketrans(b"+/", b"-_"))
    assert all(len(form) >= PART for form in found.values())
    return found


def traces(
    secrets: Mapping[str, bytes], files: Iterable[Path], block_bytes: int = BLOCK
) -> list[str]:
    """Where any form of a secret occurs, as 'file: secret as form'; also across two blocks."""
    wanted = {
        f"{name} as {form}": pattern
        for name, secret in secrets.items()
        for form, pattern in forms(secret).items()
    }
    overlap = max(map(len, wanted.values()))
    found = []
    for path in files:
        with open(path, "rb") as file:
            tail = b""
            while block := file.read(block_bytes):
                text = tail + block
                # PostgreSQL wraps the plans it logs.
                texts = (text, b" ".join(text.split()))
                found += [
                    f"{path}: {name}"
                    for name, part in wanted.items()
                    if any(part in t for t in texts)
                ]
                tail = text[-4 * overlap :]
    return found


def files_below(*folders: Path) -> list[Path]:
    """Every regular file below the folders."""
    return sorted(p for folder in folders for p in folder.rglob("*") if p.is_file())
