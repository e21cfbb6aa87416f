"""`granary backup ...`, and where `granary restore` and `granary drill` join."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.backup.options import IdentityFile, Json, Tier, progress_bars
from orchestration.backup.restore_commands import drill, restore
from orchestration.core.sql import literal
from orchestration.core.terminal import err, out, print_json, read_settings, show, table_of

app = typer.Typer(
    help="Make, verify and prune encrypted backups.",
    epilog="Backups are kept in GRANARY_BACKUP_DIR (default <home>/backups), best on another disk. "
    "They are encrypted for the public keys in GRANARY_BACKUP_RECIPIENTS. Commands that decrypt "
    "need the private key, from --identity FILE or GRANARY_BACKUP_IDENTITY_FILE; keep it off the "
    "machines that write backups. To read a backup: granary restore. To prove that it works: "
    "granary drill.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def keygen(
    out_path: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="New file for the private key.")
    ],
    as_json: Json = False,
) -> None:
    """Generate a key pair for backups.

    Writes the private key to a new file and prints the public key. Run it on a machine without a
    warehouse; keep the file there and a copy in a safe, because without it no backup can be read.
    On the machine that writes backups, set GRANARY_BACKUP_RECIPIENTS to the public key (several are
    separated by commas).
    """
    from orchestration.secrecy.keys import write_identity

    recipient = write_identity(out_path)
    if as_json:
        print_json({"recipient": recipient, "identity_file": out_path})
    else:
        print(recipient)


@app.command()
def create(
    tier: Annotated[
        Tier,
        typer.Option(
            help="1: new landed files and, on PostgreSQL, the server's write-ahead log up to now. "
            "2: also the warehouse and the policies. 3: everything, with the tier store and "
            "Dagster's state."
        ),
    ] = Tier.ARCHIVE,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole",
            help="Store every file anew, for when an earlier backup is damaged.",
        ),
    ] = False,
    smaller: Annotated[
        bool,
        typer.Option(
            "--smaller", help="Accept that the warehouse holds far less than in the last backup."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a backup; readers are not blocked.

    On DuckDB the warehouse is copied into a new file, without any deleted rows. On PostgreSQL a
    base backup is taken, and the server archives its write-ahead log. A failure leaves earlier
    backups intact and no partial one that looks complete.

    Exit codes: 0 made, 1 made, but rows or tables of the last backup are missing without a recorded
    reason (see --smaller).
    """
    from orchestration.backup.create import create as run

    with progress_bars() as progress:
        report = run(read_settings(), int(tier), progress, whole=whole, smaller=smaller)
    for warning in report.warnings:
        err.print(f"warning: {warning}", soft_wrap=True, markup=False, highlight=False)
    show(
        report,
        as_json,
        f"{report.backup_id}: {report.tables} tables, {report.rows:,} rows, {report.files:,} files "
        f"({report.new_files:,} new), {report.size_bytes:,} bytes in {report.seconds:.1f} s",
    )
    if report.shrunk:
        err.print(f"granary: {report.shrunk}", soft_wrap=True, markup=False, highlight=False)
        raise typer.Exit(1)


@app.command("list")
def list_backups(as_json: Json = False) -> None:
    """List backups, the newest last.

    Backups that cannot be read are listed with the reason.
    """
    from orchestration.backup.manifest import read_backup
    from orchestration.backup.store import Store
    from orchestration.secrecy.errors import DamagedFile

    store = Store.of(read_settings())
    listed: list[dict[str, Any]] = []
    for name in store.names:
        try:
            manifest = read_backup(store.root / name).manifest
            listed.append(
                {
                    "backup_id": name,
                    "number": manifest.number,
                    "taken_at": manifest.taken_at,
                    "tier": manifest.tier,
                    "engine": manifest.engine,
                    "has_warehouse": manifest.has_warehouse,
                    "tables": len(manifest.tables),
                    "rows": manifest.row_count,
                    "size_bytes": manifest.size_bytes,
                    "fault": None,
                }
            )
        except DamagedFile as fault:
            listed.append({"backup_id": name, "fault": str(fault)})
    if as_json:
        print_json(listed)
        return
    if not listed:
        out.print(f"no backup in {store.root}: granary backup create makes one", soft_wrap=True)
        return
    columns = ["number", "backup_id", "tier", "engine", "tables", "rows", "size_bytes"]
    out.print(table_of(columns, [tuple(entry.get(c) for c in columns) for entry in listed]))
    for entry in listed:
        if entry["fault"]:
            err.print(f"damaged: {entry['fault']}", soft_wrap=True, markup=False)


@app.command()
def verify(
    name: Annotated[
        str | None,
        typer.Argument(help="A backup, by its name or the start of it; by default the newest."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Verify every backup.")] = False,
    identity: IdentityFile = None,
    as_json: Json = False,
) -> None:
    """Check whether a backup can be restored.

    Without a private key it checks that every file is present and unchanged, that the manifest
    belongs to the backup and that no log segment is missing. With one it also decrypts everything,
    restores every table and compares rows and content with the manifest.

    Exit codes: 0 intact, 1 damaged; it says what.
    """
    from orchestration.backup.store import Store, newest_name
    from orchestration.backup.verify import verify as run
    from orchestration.secrecy.keys import read_identities

    settings = read_settings()
    store = Store.of(settings)
    wants_key = identity or settings.backup_identity_file
    identities = read_identities(settings, identity) if wants_key else None
    names = store.names if every else [newest_name(store, name)]
    reports = []
    for chosen in names:
        with progress_bars() as progress:
            reports.append(run(settings, store.root / chosen, identities, progress))
    if as_json:
        print_json([asdict(report) for report in reports])
    for report in reports:
        for fault in report.faults:
            err.print(f"{report.backup_id}: {fault}", soft_wrap=True, markup=False, highlight=False)
        for note in report.notes:
            err.print(f"{report.backup_id}: {note}", soft_wrap=True, markup=False, highlight=False)
        if not report.faults and not as_json:
            compared = (
                f", {report.tables} tables with {report.rows:,} rows restored and compared"
                if report.decrypted
                else "; with --identity its content is compared, too"
            )
            out.print(
                f"{report.backup_id}: {report.files} files intact{compared}",
                soft_wrap=True, markup=False, highlight=False,
            )  # fmt: skip
    if any(report.faults for report in reports):
        raise typer.Exit(1)


@app.command()
def prune(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be removed; remove nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Remove backups past their retention.

    Retention is set per tier in seeds/operations/backup_tiers.csv. The newest complete backup of
    the warehouse is always kept, and so is whatever a kept backup needs: earlier files, and the
    server's log back to the oldest kept backup.
    """
    from orchestration.backup.prune import prune as run

    report = run(read_settings(), dry_run=dry_run)
    verb = "would go" if dry_run else "removed"
    show(
        report,
        as_json,
        f"{len(report.removed)} backups and {report.log_segments} log segments {verb}, "
        f"{report.size_bytes:,} bytes; {len(report.kept)} backups stay",
    )


@app.command()
def rekey(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="New folder for the copies.")],
    identity: IdentityFile = None,
    as_json: Json = False,
) -> None:
    """Re-encrypt every backup, after a key was exposed.

    Writes copies for the current recipients into a new folder. Then set GRANARY_BACKUP_DIR to it,
    run granary backup verify --all, and destroy the old folder.
    """
    from orchestration.backup.rekey import rekey as run
    from orchestration.secrecy.keys import read_identities

    settings = read_settings()
    with progress_bars() as progress:
        report = run(settings, to, read_identities(settings, identity), progress)
    show(
        report,
        as_json,
        f"{report.backups} backups and {report.log_segments} log segments encrypted anew in {to}",
    )


@app.command("postgres-settings")
def postgres_settings(
    apply: Annotated[
        bool,
        typer.Option("--apply", help="Apply them to the server (ALTER SYSTEM); needs a superuser."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Print a PostgreSQL server's settings for archiving its log.

    archive_mode takes effect after a restart of the server, the others after a reload. The server's
    account must be able to run the archive command and to write to the archive.
    """
    from orchestration.backup.postgres.settings import apply_settings, archive_settings

    settings = read_settings()
    wanted = archive_settings(settings)
    if apply:
        apply_settings(wanted)
    if as_json:
        print_json(wanted)
        return
    for name, value in wanted.items():
        print(f"{name} = {literal(value)}")
    if apply:
        err.print("set; restart the server if archive_mode was off", soft_wrap=True)


def register(root: typer.Typer) -> None:
    """Add the commands to `granary`."""
    root.add_typer(app, name="backup")
    root.command()(restore)
    root.command()(drill)
