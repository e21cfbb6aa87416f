"""The compliance bundle: what an auditor finds in it, and what verifying it tells apart."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bagit
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from orchestration.core.errors import WrongRequest
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.export.bag import (
    PAYLOAD_MANIFEST,
    SIGNATURE,
    TAG_MANIFEST,
    listing,
    read_listing,
)
from orchestration.export.bundle import Bundle, bundle
from orchestration.export.manifest import manifest_path
from orchestration.export.period import Asked
from orchestration.export.run import Request, export
from orchestration.export.verify import Verification, verify
from orchestration.secrecy.errors import SigningKeyError
from orchestration.secrecy.signing import fingerprint, public_pem, signing_key
from orchestration.tests.export.published import BROKEN_ON, logged, read_csv
from orchestration.tests.workspace import Workspace

MONTH = Asked(days=30)
LOG = "data/logs/export_log.csv"
# Written, and signed, before bundles were bags.
BEFORE_BAGS = Path(__file__).with_name("before_bags.zip")


@pytest.fixture(scope="module")
def made(published: Workspace) -> Bundle:
    """A bundle of each engine."""
    with published.activate():
        return bundle(published.settings, MONTH)


@pytest.fixture(scope="module")
def whole(duckdb_published: Workspace) -> Path:
    """A bundle to damage copies of."""
    return bundle(duckdb_published.settings, MONTH).path


def names_in(path: Path) -> list[str]:
    """Names of a bundle's files, below the folder that it unpacks to."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    folder = f"{names[0].partition('/')[0]}/"
    assert all(name.startswith(folder) for name in names)
    return [name.removeprefix(folder) for name in names]


def inside(path: Path, name: str) -> bytes:
    """A file of a bundle."""
    with zipfile.ZipFile(path) as archive:
        folder = archive.namelist()[0].partition("/")[0]
        return archive.read(f"{folder}/{name}")


def test_it_holds_what_an_auditor_asks_for(made: Bundle) -> None:
    names = set(names_in(made.path))
    seeds = PROJECT_DIR / "seeds"
    policies = {f"data/policies/{p.relative_to(seeds).as_posix()}" for p in seeds.rglob("*.csv")}
    assert len(policies) > 3
    logs = {f"data/logs/{name}.csv" for name in (
        "lifecycle_log", "backup_log", "backup_drills", "export_log", "pipeline_runs",
    )}  # fmt: skip
    quality = {f"data/quality/{name}.csv" for name in (
        "quality_scores", "rule_violations", "node_results", "load_reconciliation",
    )}  # fmt: skip
    assert names >= {
        "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt",
        "tagmanifest-sha256.txt.sig", "manifest.json", "public_key.pem", "README.txt",
        "data/lineage/lineage.json",
        "data/dictionary/data_dictionary.csv", "data/dictionary/data_dictionary.html",
        *policies, *logs, *quality,
    }  # fmt: skip
    text = inside(made.path, "README.txt").decode()
    assert "Not kept by this warehouse: access log." in text
    assert made.fingerprint in text


def test_logs_are_those_of_the_period(made: Bundle) -> None:
    [entry] = read_csv(inside(made.path, "data/logs/lifecycle_log.csv"))
    assert (entry["policy"], entry["row_count"]) == ("履歴", "7")
    [violation] = read_csv(inside(made.path, "data/quality/rule_violations.csv"))
    assert violation["violation_date"] == BROKEN_ON.isoformat()
    # Scores have no day: they are the ones in force.
    [score] = read_csv(inside(made.path, "data/quality/quality_scores.csv"))
    assert score["score"] == "0.98"
    assert read_csv(inside(made.path, "data/logs/backup_log.csv")) == []
    manifest = json.loads(inside(made.path, "manifest.json"))
    columns = {t["table"]: t["period_column"] for t in manifest["tables"]}
    assert columns["governance.rule_violations"] == "violation_date"
    assert columns["governance.lifecycle_log"] == "acted_at"
    assert columns["governance.quality_scores"] is None
    assert made.rows == sum(t["rows"] for t in manifest["tables"])


def test_dictionary_and_lineage_cover_the_project(made: Bundle) -> None:
    text = inside(made.path, "data/dictionary/data_dictionary.csv").decode()
    columns = list(csv.DictReader(io.StringIO(text)))
    kinds = {row["kind"] for row in columns}
    assert kinds == {"source", "seed", "snapshot", "model"}
    assert all(row["description"] for row in columns)
    # Personal columns are described, and nothing of what they hold is in the bundle.
    assert {"identifier", "free_text", "pseudonym"} <= {row["class"] for row in columns}
    page = inside(made.path, "data/dictionary/data_dictionary.html").decode()
    assert "assistant.fct_assistant_interactions" in page
    assert "<script" not in page
    graph = json.loads(inside(made.path, "data/lineage/lineage.json"))
    ids = {node["id"] for node in graph["nodes"]}
    assert {"from": "model.granary.stg_assistant__interactions",
            "to": "model.granary.fct_assistant_interactions"} in graph["edges"]  # fmt: skip
    assert any(node["kind"] == "exposure" for node in graph["nodes"])
    assert all({edge["from"], edge["to"]} <= ids for edge in graph["edges"])


def test_it_is_described_on_record_and_signed(made: Bundle, published: Workspace) -> None:
    manifest = json.loads(made.manifest.read_text("utf-8"))
    assert manifest["signature"]["public_key_fingerprint"] == made.fingerprint
    assert manifest["file"]["sha256"] == made.sha256
    assert all(c["class"] and c["description"] for t in manifest["tables"] for c in t["columns"])
    assert made.path.parent == published.settings.exports
    assert [e["export_id"] for e in logged(published) if e["report"] == "compliance"] == [
        made.export_id
    ]
    result = verify(made.path)
    assert (result.intact, result.kind, result.signed_by) == (True, "bundle", made.fingerprint)
    assert result.files == len(names_in(made.path)) - 2
    assert "compare it with the fingerprint" in result.summary


def test_the_key_is_made_once_and_private(duckdb_workspace: Workspace) -> None:
    settings = duckdb_workspace.settings
    first, again = signing_key(settings), signing_key(settings)
    assert fingerprint(first.public_key()) == fingerprint(again.public_key())
    path = settings.root / "keys" / "export_signing.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["export_signing.key"]


def test_a_key_that_is_named_is_never_made(
    duckdb_published: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "signing.key"
    monkeypatch.setenv("GRANARY_EXPORT_SIGNING_KEY_FILE", str(path))
    with pytest.raises(SigningKeyError, match="openssl genpkey"):
        bundle(Settings(), MONTH, path=tmp_path / "x.zip")
    path.write_text("no key")
    with pytest.raises(SigningKeyError, match="no plain Ed25519"):
        bundle(Settings(), MONTH, path=tmp_path / "x.zip")
    assert [p.name for p in tmp_path.iterdir()] == ["signing.key"]
    path.unlink()
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(path)], check=True)
    made = bundle(Settings(), MONTH, path=tmp_path / "x.zip")
    assert made.fingerprint == fingerprint(signing_key(Settings()).public_key())
    assert verify(made.path).intact


@pytest.fixture
def unpacked(whole: Path, tmp_path: Path) -> Path:
    """The folder that a bundle unpacks to."""
    with zipfile.ZipFile(whole) as archive:
        archive.extractall(tmp_path)
    [folder] = tmp_path.iterdir()
    assert folder.name == whole.stem
    return folder


def test_it_is_a_valid_bag(unpacked: Path) -> None:
    """As the Library of Congress reads RFC 8493."""
    bag = bagit.Bag(str(unpacked))
    bag.validate()
    assert (bag.version_info, bag.encoding) == ((1, 0), "UTF-8")
    assert len(list(bag.payload_files())) == int(bag.info["Payload-Oxum"].partition(".")[2]) > 20
    assert not set(names_in_folder(unpacked)) - bag.entries.keys() - {
        "tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig",
    }  # fmt: skip
    (unpacked / "data" / "logs" / "export_log.csv").write_text("forged")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(unpacked)).validate()


def names_in_folder(folder: Path) -> list[str]:
    """Paths of all files below a folder."""
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")
def test_it_can_be_verified_without_granary(unpacked: Path) -> None:
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "public_key.pem", "-rawin",
               "-in", TAG_MANIFEST, "-sigfile", SIGNATURE]  # fmt: skip
    subprocess.run(command, cwd=unpacked, check=True, capture_output=True)
    sums = ["sha256sum", "--check", "--strict", TAG_MANIFEST, PAYLOAD_MANIFEST]
    subprocess.run(sums, cwd=unpacked, check=True, capture_output=True)
    with open(unpacked / TAG_MANIFEST, "ab") as file:
        file.write(b" ")
    assert subprocess.run(command, cwd=unpacked, check=False, capture_output=True).returncode == 1


@pytest.mark.parametrize("folder", ["", "another"])
def test_it_may_be_packed_again(unpacked: Path, tmp_path: Path, folder: str) -> None:
    """Whether or not below a folder: a person unpacks and packs it, and nothing is lost."""
    packed = tmp_path / "again.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names_in_folder(unpacked):
            archive.write(unpacked / name, f"{folder}/{name}" if folder else name)
    assert verify(packed).intact


def test_bundles_from_before_they_were_bags_still_verify(tmp_path: Path) -> None:
    result = verify(BEFORE_BAGS)
    assert (result.intact, result.kind, result.files) == (True, "bundle", 23)
    for change, kind in (
        (flip("logs/lifecycle_log.csv"), "changed"),
        (flip("manifest.json", 40), "manifest_changed"),
        (lambda files: files.pop("manifest.sig"), "unsigned"),
        (lambda files: files.update({"logs/x.csv": b"x"}), "unexpected"),
    ):
        assert [p.kind for p in damaged(BEFORE_BAGS, tmp_path / "x.zip", change).problems] == [kind]


def test_names_in_manifests_are_encoded() -> None:
    digests = {"data/100%.csv": "a" * 64, "data/a\nb%0A\r.csv": "b" * 64}
    written = listing(digests)
    assert written.count(b"\n") == 2
    assert read_listing(written) == digests


Change = Callable[[dict[str, bytes]], None]


def damaged(whole: Path, copy: Path, change: Change) -> Verification:
    """Verify a copy of a bundle whose files were changed, packed as the original was."""
    with zipfile.ZipFile(whole) as archive:
        folder = "" if whole == BEFORE_BAGS else f"{whole.stem}/"
        files = {name.removeprefix(folder): archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{folder}{name}", content)
    return verify(copy)


def flip(name: str, at: int = 3) -> Change:
    """Flip a bit of a file."""

    def change(files: dict[str, bytes]) -> None:
        content = bytearray(files[name])
        content[at] ^= 1
        files[name] = bytes(content)

    return change


def resigned(files: dict[str, bytes], *, as_ours: bool = False) -> None:
    """Take a log's rows away and sign with another key, as someone might who has no key of ours.

    `as_ours`: claim that it was our key.
    """
    key = Ed25519PrivateKey.generate()
    log = "data/logs/lifecycle_log.csv"
    files[log] = files[log].split(b"\n")[0] + b"\n"
    files["public_key.pem"] = public_pem(key.public_key())
    if not as_ours:
        manifest = json.loads(files["manifest.json"])
        manifest["signature"]["public_key_fingerprint"] = fingerprint(key.public_key())
        files["manifest.json"] = json.dumps(manifest).encode()
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        stated = read_listing(files[name])
        files[name] = listing({n: hashlib.sha256(files[n]).hexdigest() for n in stated})
    files["tagmanifest-sha256.txt.sig"] = key.sign(files["tagmanifest-sha256.txt"])


@pytest.mark.parametrize(
    ("change", "kind", "file", "said"),
    [
        (flip(LOG), "changed", LOG, f"changed: {LOG}"),
        (flip("README.txt"), "changed", "README.txt", "changed: README.txt"),
        (flip("manifest.json", 40), "changed", "manifest.json", "changed: manifest.json"),
        (flip("bagit.txt"), "changed", "bagit.txt", "changed: bagit.txt"),
        (flip(PAYLOAD_MANIFEST), "changed", PAYLOAD_MANIFEST, "changed: manifest-sha256.txt"),
        (lambda f: f.pop(LOG), "missing", LOG, f"missing: {LOG}"),
        (lambda f: f.pop("bag-info.txt"), "missing", "bag-info.txt", "missing: bag-info.txt"),
        (
            lambda f: f.update({"data/logs/x.csv": b"x"}),
            "unexpected",
            "data/logs/x.csv",
            "unexpected: data/logs/x",
        ),
        (lambda f: f.update({"x.txt": b"x"}), "unexpected", "x.txt", "unexpected: x.txt"),
        (flip(TAG_MANIFEST, 40), "manifest_changed", TAG_MANIFEST, "not what was signed"),
        (flip(SIGNATURE), "manifest_changed", TAG_MANIFEST, "not what was signed"),
        (flip("public_key.pem", 40), "manifest_changed", TAG_MANIFEST, "not what was signed"),
        (lambda f: f.pop(SIGNATURE), "unsigned", SIGNATURE, "not signed"),
        (lambda f: f.pop(TAG_MANIFEST), "unsigned", TAG_MANIFEST, "not signed"),
    ],
    ids=[
        "byte",
        "readme",
        "description",
        "declaration",
        "manifest",
        "missing",
        "missing tag file",
        "extra",
        "extra tag file",
        "tag manifest",
        "signature",
        "key",
        "no signature",
        "no tag manifest",
    ],
)
def test_each_damage_is_told_apart(
    whole: Path, tmp_path: Path, change: Change, kind: str, file: str, said: str
) -> None:
    result = damaged(whole, tmp_path / "x.zip", change)
    assert not result.intact
    [problem] = result.problems
    assert (problem.kind, problem.file) == (kind, file)
    assert said in result.summary


def test_an_unchanged_copy_is_intact(whole: Path, tmp_path: Path) -> None:
    assert damaged(whole, tmp_path / "x.zip", lambda _: None).intact


def test_a_flipped_byte_of_the_archive_itself(whole: Path, tmp_path: Path) -> None:
    """Within a packed file: the archive reader stumbles over it before any digest is compared."""
    with zipfile.ZipFile(whole) as archive:
        info = archive.getinfo(f"{whole.stem}/data/dictionary/data_dictionary.html")
    content = bytearray(whole.read_bytes())
    content[info.header_offset + info.compress_size // 2] ^= 1
    copy = tmp_path / "x.zip"
    copy.write_bytes(content)
    [problem] = verify(copy).problems
    assert (problem.kind, problem.file) == ("changed", "data/dictionary/data_dictionary.html")
    # Whatever byte it is, the manifest beside the archive knows its digest.
    content = bytearray(whole.read_bytes())
    content[info.header_offset + 11] ^= 1
    copy.write_bytes(content)
    shutil.copy(manifest_path(whole), manifest_path(copy))
    assert [problem.kind for problem in verify(copy).problems] == ["changed"]


def test_two_files_of_one_name_are_not_passed(whole: Path, tmp_path: Path) -> None:
    copy = tmp_path / "x.zip"
    shutil.copy(whole, copy)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(copy, "a") as archive:
        archive.writestr(f"{whole.stem}/{LOG}", "forged")
    kinds = {problem.kind for problem in verify(copy).problems}
    assert kinds == {"changed", "unexpected"}


def test_whoever_signs_anew_is_found_out_by_the_key(whole: Path, tmp_path: Path) -> None:
    ours = tmp_path / "ours.pem"
    ours.write_bytes(inside(whole, "public_key.pem"))
    good = verify(whole, ours)
    assert good.intact
    assert "the key you gave" in good.summary
    forged = tmp_path / "x.zip"
    assert damaged(whole, forged, resigned).intact  # by its own word
    [problem] = verify(forged, ours).problems
    assert problem.kind == "wrong_key"
    assert "wrong key" in problem.message
    claimed = tmp_path / "y.zip"
    result = damaged(whole, claimed, lambda files: resigned(files, as_ours=True))
    assert [p.kind for p in result.problems] == ["manifest_changed"]
    assert [p.kind for p in verify(claimed, ours).problems] == ["manifest_changed"]
    other = tmp_path / "other.pem"
    other.write_bytes(public_pem(Ed25519PrivateKey.generate().public_key()))
    assert [p.kind for p in verify(whole, other).problems] == ["wrong_key"]
    other.write_text("none")
    with pytest.raises(SigningKeyError, match="no Ed25519 public key"):
        verify(whole, other)


def test_what_is_no_bundle(whole: Path, tmp_path: Path) -> None:
    plain = tmp_path / "x.zip"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("a.csv", "a")
    text = tmp_path / "x.txt"
    text.write_text("text")
    for path in (plain, text):
        [problem] = verify(path).problems
        assert problem.kind == "not_an_export"
        assert "no compliance bundle" in problem.message
    with pytest.raises(WrongRequest):
        verify(tmp_path / "nothing.zip")
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[: os.path.getsize(whole) // 2])
    assert [p.kind for p in verify(cut).problems] == ["not_an_export"]


def test_a_plain_export_is_held_against_the_manifest_beside_it(
    duckdb_published: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    made = export(duckdb_published.settings, Request("interactions", path=path))
    result = verify(path)
    assert (result.intact, result.kind, result.export_id) == (True, "export", made.export_id)
    assert "not signed" in result.summary
    ours = tmp_path / "ours.pem"
    ours.write_bytes(public_pem(Ed25519PrivateKey.generate().public_key()))
    with pytest.raises(WrongRequest, match="only those are signed"):
        verify(path, ours)
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)
    [problem] = verify(path).problems
    assert (problem.kind, problem.file) == ("changed", "x.csv")
    made.manifest.write_text("[]")
    assert [p.kind for p in verify(path).problems] == ["manifest_changed"]


def test_a_bundle_of_any_days(duckdb_published: Workspace, tmp_path: Path) -> None:
    """Also of days on which nothing happened: that is an answer, too."""
    last = datetime.now(UTC).date() - timedelta(days=400)
    made: Any = bundle(
        duckdb_published.settings, Asked(first_day=last, last_day=last), path=tmp_path / "x.zip"
    )
    assert read_csv(inside(made.path, "data/logs/lifecycle_log.csv")) == []
    assert verify(made.path).intact
