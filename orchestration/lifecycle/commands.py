"""`granary lifecycle`: plan and apply retention, and read rows that have left the warehouse."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration.core.terminal import (
    Json,
    err,
    out,
    print_json,
    progress_of,
    read_settings,
    show,
    table_of,
)

app = typer.Typer(
    help="Apply retention policies. Rows move from the warehouse to the tier store, and are "
    "destroyed when their time is over.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Table = Annotated[
    str | None,
    typer.Option(metavar="RELATION", help="Only this relation, such as core.dim_users."),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Count ages as of this day, UTC; by default today."),
]
COLUMNS = ["relation", "policy", "from", "to", "reason", "first day", "last day", "rows", "held",
           "bytes"]  # fmt: skip


def register(root: typer.Typer) -> None:
    """Add the commands to the application."""
    root.add_typer(app, name="lifecycle")


@app.command()
def plan(table: Table = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show what is due; change nothing.

    `granary lifecycle apply` with the same options does exactly this. The reason names what
    decided: the row's own limit, the law, the organization or the policy. Rows under legal hold
    that would otherwise be hidden or destroyed are counted as held, and stay.
    """
    from orchestration.lifecycle.plan import plan as run

    steps = run(read_settings(), table, as_of.date() if as_of else None)
    if as_json:
        print_json(steps)
        return
    if not steps:
        out.print("nothing is due")
        return
    out.print(
        table_of(
            COLUMNS,
            [
                (s.relation, s.policy, s.from_tier, s.transition, s.reason, str(s.first_day),
                 str(s.last_day), s.rows, s.held, s.bytes_before)
                for s in steps
            ],
        )
    )  # fmt: skip


@app.command()
def apply(table: Table = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """Move, anonymise and destroy what is due.

    Every step is recorded in governance.lifecycle_log. Rows are written to the tier store, read
    back and compared before they are removed. If the run is killed, the next one finishes its work.
    Afterwards the DuckDB file is rewritten, so that no byte of a removed row is left in it.
    """
    from orchestration.lifecycle.apply import apply as run

    settings = read_settings()
    with progress_of("relations") as progress:
        report = run(settings, table, as_of.date() if as_of else None, progress=progress)
    rows: Counter[str] = Counter()
    for step in report.steps:
        rows[step.transition] += step.rows
    done = ", ".join(f"{count:,} rows {to}" for to, count in sorted(rows.items()))
    size = ""
    moved = [(s.bytes_before, s.bytes_after) for s in report.steps
             if s.bytes_before is not None and s.bytes_after]  # fmt: skip
    if moved:
        before, after = (sum(sizes) for sizes in zip(*moved, strict=True))
        size = f"; what moved took {before:,} bytes and takes {after:,}"
    if report.bytes_before is not None and report.bytes_after is not None:
        size += f"; the file went from {report.bytes_before:,} to {report.bytes_after:,} bytes"
    show(report, as_json, f"{done or 'nothing was due'}{size}")
    for folder, files in report.unknown_files.items():
        err.print(
            f"{files:,} files below {settings.tiers / folder} do not belong to this warehouse and "
            "stay: another warehouse uses the same folder, or they date from before a restore or a "
            "new warehouse",
            soft_wrap=True, markup=False, highlight=False,
        )  # fmt: skip


@app.command()
def drop(
    relation: Annotated[
        str,
        typer.Argument(
            metavar="RELATION", help="Such as core.dim_old; `granary health` lists them."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Destroy a relation that the project has withdrawn.

    Its rows are removed from the warehouse and from every tier. No policy covers a withdrawn
    relation, so without this its rows would stay forever. A relation that is still part of the
    project is refused.
    """
    from orchestration.lifecycle.withdrawn import drop as run

    step = run(read_settings(), relation)
    show(step, as_json, f"{step.relation} and its {step.rows:,} rows are gone")


@app.command()
def savings(as_json: Json = False) -> None:
    """Show how many bytes moving rows has saved.

    Bytes before and after are shown by relation and tier. In a DuckDB file the size of some rows is
    estimated as their share of their table's blocks.
    """
    from dataclasses import asdict

    from orchestration.lifecycle.savings import savings as run

    found = run(read_settings())
    if as_json:
        print_json([asdict(saving) | {"ratio": saving.ratio} for saving in found])
        return
    columns = ["relation", "from", "to", "rows", "bytes before", "bytes after", "ratio"]
    out.print(
        table_of(
            columns,
            [
                (s.relation, s.from_tier, s.to_tier, s.rows, s.bytes_before, s.bytes_after,
                 "" if s.ratio is None else f"{s.ratio:.1%}")
                for s in found
            ],
        )
    )  # fmt: skip


@app.command()
def history(
    query: Annotated[
        str,
        typer.Argument(help='SQL, e.g. "select _tier, count(*) from history.rejects group by 1".'),
    ],
    as_json: Json = False,
) -> None:
    """Query raw tables by SQL, with rows in the tier store.

    history.<table> holds the hot, warm and cold rows of raw.<table>, with their tier as _tier. Cold
    rows are included only if their key is present; archived rows must be recalled first. The
    warehouse's own tables are warehouse.<schema>.<table>. The query is one select in DuckDB's SQL,
    whichever engine holds the warehouse, and may only read tables.
    """
    from orchestration.lifecycle.history import answer, open_history

    with open_history(read_settings()) as engine:
        columns, rows = answer(engine, query)
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        out.print(table_of(columns, rows))


@app.command()
def recall(
    table: Annotated[
        str, typer.Argument(metavar="RELATION", help="Relation, such as core.dim_users.")
    ],
    identity: Annotated[
        Path, typer.Option(help="File with the identity that opens archives (AGE-SECRET-KEY-1...).")
    ],
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day, UTC.")
    ],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, UTC.")],
    days: Annotated[
        int, typer.Option(min=1, help="Days until the rows go back into the archive.")
    ] = 30,
    as_json: Json = False,
) -> None:
    """Recall archived rows into the cold tier.

    There `granary lifecycle history` can read them until they go back, after --days.

    Example:

    \b
      granary lifecycle recall raw.prism_documents --from 2024-01-01 --to 2024-01-31 \\
        --identity archive.key
    """
    from orchestration.lifecycle.recall import recall as run

    if first > last:
        raise typer.BadParameter(f"--from {first:%Y-%m-%d} lies after --to {last:%Y-%m-%d}")
    report = run(read_settings(), table, identity, first.date(), last.date(), days)
    show(
        report, as_json, f"{report.rows:,} rows of {report.relation} recalled until {report.until}"
    )
