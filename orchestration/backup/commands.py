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
    help="Backups of the warehouse: compressed, encrypted, verified, restored for real.",
    epilog="Backups lie in GRANARY_BACKUP_DIR (default <home>/backups), which should be another "
    "disk. They are encrypted for the public keys in GRANARY_BACKUP_RECIPIENTS; what decrypts "
    "takes a private key, --identity FILE or GRANARY_BACKUP_IDENTITY_FILE, that is kept on no "
    "machine which writes backups.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def keygen(
    out_path: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where the private key is written.")
    ],
    as_json: Json = False,
) -> None:
    """Make a key pair: the private key into a new file, the public key on standard output.

    Do it on a machine that holds no warehouse, keep the file there and a copy in a safe: without it
    no backup can be read. Give the public key to the machine that writes backups, as
    GRANARY_BACKUP_RECIPIENTS; with commas for several.
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
            help="1: landed files that are new and, on PostgreSQL, the server's log up to now; 2: "
            "the warehouse and policies too; 3: everything, with the tier store and what Dagster "
            "remembers."
        ),
    ] = Tier.ARCHIVE,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole",
            help="Store every file, also those earlier backups hold: when one is damaged.",
        ),
    ] = False,
    smaller: Annotated[
        bool,
        typer.Option(
            "--smaller", help="The warehouse is meant to hold far less than in the last backup."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a backup, while readers read.

    On DuckDB the warehouse is copied row by row into a new file, so nothing deleted is in it; on
    PostgreSQL it is a base backup, and the server archives its log. Whatever goes wrong, earlier
    backups stay whole, and nothing half looks like one. Where rows or tables are missing that the
    last backup has, and nothing on record explains it, the exit code is 1.
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
    """List backups, newest last; those that cannot be read are named with their reason."""
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
        typer.Argument(help="A backup, or the beginning of its name; by default the newest."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Verify every backup.")] = False,
    identity: IdentityFile = None,
    as_json: Json = False,
) -> None:
    """Tell whether a backup can be restored. Exit code 1 where it cannot.

    Without a private key: every file is there, whole and unchanged, the manifest is the backup's
    own, no segment of a server's log is missing. With one, everything is decrypted, and every table
    restored and compared with its rows and content in the manifest.
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
                else "; with --identity its content is compared too"
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
        bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Remove backups older than their tier's retention (seeds/operations/backup_tiers.csv).

    The newest whole backup with a warehouse always stays, so does whatever a kept backup builds
    on, and the log of a server as far back as the oldest kept backup of it.
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
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="A new folder for the copies.")],
    identity: IdentityFile = None,
    as_json: Json = False,
) -> None:
    """Encrypt every backup anew for the present recipients, after a key has been exposed.

    Copies go into a new folder; make it GRANARY_BACKUP_DIR, verify, and destroy the old one.
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
        bool, typer.Option("--apply", help="Set them on the server (ALTER SYSTEM), as superuser.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the settings with which a PostgreSQL server archives its log for backups.

    archive_mode takes effect when the server is restarted, the others when it reloads. The server's
    account must be able to run the command and to write to the archive.
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
