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

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from orchestration.core.errors import WrongRequest
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.export.bundle import Bundle, bundle
from orchestration.export.manifest import manifest_path
from orchestration.export.period import Asked
from orchestration.export.run import Request, export
from orchestration.export.verify import Verification, verify
from orchestration.secrecy.errors import SigningKeyError
from orchestration.secrecy.signing import fingerprint, public_pem, signing_key
from orchestration.tests.export.published import BROKEN_ON, logged, member, read_csv
from orchestration.tests.workspace import Workspace

MONTH = Asked(days=30)


@pytest.fixture(scope="module")
def made(published: Workspace) -> Bundle:
    """A bundle of each engine."""
    with published.activate():
        return bundle(published.settings, MONTH)


@pytest.fixture(scope="module")
def whole(duckdb_published: Workspace) -> Path:
    """A bundle to damage copies of."""
    return bundle(duckdb_published.settings, MONTH).path


def test_it_holds_what_an_auditor_asks_for(made: Bundle) -> None:
    with zipfile.ZipFile(made.path) as archive:
        names = set(archive.namelist())
    seeds = PROJECT_DIR / "seeds"
    policies = {f"policies/{p.relative_to(seeds).as_posix()}" for p in seeds.rglob("*.csv")}
    assert len(policies) > 3
    logs = {f"logs/{name}.csv" for name in (
        "lifecycle_log", "backup_log", "backup_drills", "export_log", "pipeline_runs",
    )}  # fmt: skip
    quality = {f"quality/{name}.csv" for name in (
        "quality_scores", "rule_violations", "node_results", "load_reconciliation",
    )}  # fmt: skip
    assert names >= {
        "manifest.json", "manifest.sig", "public_key.pem", "README.txt", "lineage/lineage.json",
        "dictionary/data_dictionary.csv", "dictionary/data_dictionary.html",
        *policies, *logs, *quality,
    }  # fmt: skip
    text = member(made.path, "README.txt").decode()
    assert "Not kept by this warehouse: access log." in text
    assert made.fingerprint in text


def test_logs_are_those_of_the_period(made: Bundle) -> None:
    [entry] = read_csv(member(made.path, "logs/lifecycle_log.csv"))
    assert (entry["policy"], entry["row_count"]) == ("履歴", "7")
    [violation] = read_csv(member(made.path, "quality/rule_violations.csv"))
    assert violation["violation_date"] == BROKEN_ON.isoformat()
    # Scores have no day: they are the ones in force.
    [score] = read_csv(member(made.path, "quality/quality_scores.csv"))
    assert score["score"] == "0.98"
    assert read_csv(member(made.path, "logs/backup_log.csv")) == []
    manifest = json.loads(member(made.path, "manifest.json"))
    columns = {t["table"]: t["period_column"] for t in manifest["tables"]}
    assert columns["governance.rule_violations"] == "violation_date"
    assert columns["governance.lifecycle_log"] == "acted_at"
    assert columns["governance.quality_scores"] is None
    assert made.rows == sum(t["rows"] for t in manifest["tables"])


def test_dictionary_and_lineage_cover_the_project(made: Bundle) -> None:
    text = member(made.path, "dictionary/data_dictionary.csv").decode()
    columns = list(csv.DictReader(io.StringIO(text)))
    kinds = {row["kind"] for row in columns}
    assert kinds == {"source", "seed", "snapshot", "model"}
    assert all(row["description"] for row in columns)
    # Personal columns are described, and nothing of what they hold is in the bundle.
    assert {"identifier", "free_text", "pseudonym"} <= {row["class"] for row in columns}
    page = member(made.path, "dictionary/data_dictionary.html").decode()
    assert "assistant.fct_assistant_interactions" in page
    assert "<script" not in page
    graph = json.loads(member(made.path, "lineage/lineage.json"))
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
    assert result.files == len(zipfile.ZipFile(made.path).namelist()) - 2
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


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")
def test_it_can_be_verified_without_granary(whole: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(whole) as archive:
        archive.extractall(tmp_path)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "public_key.pem", "-rawin",
               "-in", "manifest.json", "-sigfile", "manifest.sig"]  # fmt: skip
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    sums = "".join(f"{file['sha256']}  {file['name']}\n" for file in manifest["files"])
    subprocess.run(
        ["sha256sum", "--check", "--strict"], cwd=tmp_path, input=sums.encode(), check=True,
        capture_output=True,
    )  # fmt: skip
    (tmp_path / "manifest.json").write_bytes((tmp_path / "manifest.json").read_bytes() + b" ")
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 1


Change = Callable[[dict[str, bytes]], None]


def damaged(whole: Path, copy: Path, change: Change) -> Verification:
    """Verify a copy of a bundle whose files were changed, packed as the original was."""
    with zipfile.ZipFile(whole) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
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
    files["logs/lifecycle_log.csv"] = files["logs/lifecycle_log.csv"].split(b"\n")[0] + b"\n"
    manifest = json.loads(files["manifest.json"])
    for file in manifest["files"]:
        if file["name"] in ("logs/lifecycle_log.csv", "public_key.pem"):
            if file["name"] == "public_key.pem":
                files["public_key.pem"] = public_pem(key.public_key())
            content = files[file["name"]]
            file |= {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    if not as_ours:
        manifest["signature"]["public_key_fingerprint"] = fingerprint(key.public_key())
    files["manifest.json"] = json.dumps(manifest).encode()
    files["manifest.sig"] = key.sign(files["manifest.json"])


@pytest.mark.parametrize(
    ("change", "kind", "file", "said"),
    [
        (flip("logs/export_log.csv"), "changed", "logs/export_log.csv", "changed: logs/export_log"),
        (flip("README.txt"), "changed", "README.txt", "changed: README.txt"),
        (lambda f: f.pop("logs/backup_log.csv"), "missing", "logs/backup_log.csv", "missing: logs"),
        (
            lambda f: f.update({"logs/x.csv": b"x"}),
            "unexpected",
            "logs/x.csv",
            "unexpected: logs/x",
        ),
        (flip("manifest.json", 40), "manifest_changed", "manifest.json", "not what was signed"),
        (flip("manifest.sig"), "manifest_changed", "manifest.json", "not what was signed"),
        (flip("public_key.pem", 40), "manifest_changed", "manifest.json", "not what was signed"),
        (lambda f: f.pop("manifest.sig"), "unsigned", "manifest.sig", "not signed"),
        (lambda f: f.pop("manifest.json"), "unsigned", "manifest.json", "not signed"),
    ],
    ids=["byte", "readme", "missing", "extra", "manifest", "signature", "key", "no sig", "no man"],
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
        info = archive.getinfo("dictionary/data_dictionary.html")
    content = bytearray(whole.read_bytes())
    content[info.header_offset + info.compress_size // 2] ^= 1
    copy = tmp_path / "x.zip"
    copy.write_bytes(content)
    [problem] = verify(copy).problems
    assert (problem.kind, problem.file) == ("changed", "dictionary/data_dictionary.html")
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
        archive.writestr("logs/export_log.csv", "forged")
    kinds = {problem.kind for problem in verify(copy).problems}
    assert kinds == {"changed", "unexpected"}


def test_whoever_signs_anew_is_found_out_by_the_key(whole: Path, tmp_path: Path) -> None:
    ours = tmp_path / "ours.pem"
    ours.write_bytes(member(whole, "public_key.pem"))
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
    assert read_csv(member(made.path, "logs/lifecycle_log.csv")) == []
    assert verify(made.path).intact
