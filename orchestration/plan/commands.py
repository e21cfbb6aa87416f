"""`granary plan`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from orchestration.core.errors import ConfigurationError, WrongRequest
from orchestration.core.terminal import Json, out, print_json, table_of
from orchestration.plan.model import PlanFormat

plan = typer.Typer(
    help="Check, exchange and apply tracking plans.", no_args_is_help=True, rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(plan, name="plan")


PlanFile = Annotated[
    Path | None,
    typer.Option("--plan", metavar="FILE", help="The plan; by default the project's only one."),
]
ChosenFormat = Annotated[
    PlanFormat, typer.Option("--format", help="The product whose format it is.")
]


@plan.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Plans; by default those among the seeds."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check tracking plans, and list which properties are personal.

    Every fault is told with file and line: a name that is not snake_case, an unknown type or class,
    a step, event or property that appears twice. A build checks the same.

    Exit codes: 0 nothing is wrong, 3 a plan is wrong.
    """
    from orchestration.plan.read import check_plans, plan_files

    plans = check_plans(files or plan_files())
    if as_json:
        print_json(
            [
                {"file": file, "events": len(found.events), "personal": found.personal}
                for file, found in plans.items()
            ]
        )
        return
    for file, found in plans.items():
        properties = sum(len(event.properties) for event in found.events)
        summary = (
            f"{file}: {len(found.events)} events, {properties} properties, "
            f"{len(found.personal)} of them personal"
        )
        out.print(summary, soft_wrap=True, markup=False, highlight=False)
        for path in found.personal:
            out.print(f"  {path}", markup=False, highlight=False)


@plan.command()
def validate(
    events: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Events as JSON lines, .gz if compressed; each with event_type, context and "
            "metadata.",
        ),
    ],
    plan_file: PlanFile = None,
    as_json: Json = False,
) -> None:
    """Validate events against a tracking plan, before anything is deployed.

    Shows what is wrong by event and property, with the first line it was found in, and never a
    value. Needs no warehouse. A property that the plan does not know, and a value it does not
    expect, are warnings.

    Example:

    \b
      granary plan validate events.jsonl.gz

    Exit codes: 0 no event has an error, 1 some have, or a line holds no event.
    """
    from orchestration.plan.read import read_plan
    from orchestration.plan.validate import validate as run

    result = run(read_plan(_chosen(plan_file)), events)
    if as_json:
        print_json(asdict(result))
    else:
        out.print(
            table_of(
                ["event", "in", "property", "kind", "severity", "expected", "events", "first line"],
                [
                    (i.event_name, i.location, i.property_name, i.kind, i.severity, i.expected,
                     i.event_count, i.first_line)
                    for i in result.issues
                ],
            )
        )  # fmt: skip
        summary = (
            f"{result.events:,} events, {result.faulty_events:,} with errors; "
            f"{result.errors:,} errors, {result.warnings:,} warnings, "
            f"{len(result.unreadable_lines):,} lines without an event, "
            f"{len(result.unseen):,} planned events not seen"
        )
        out.print(summary, soft_wrap=True, markup=False, highlight=False)
    if not result.is_clean:
        raise typer.Exit(1)


@plan.command("export")
def export_(
    form: ChosenFormat,
    folder: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Folder for the files; made if missing.")
    ],
    plan_file: PlanFile = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    as_json: Json = False,
) -> None:
    """Write a tracking plan in the format of another product.

    Segment and Avo get a file of JSON, RudderStack three of YAML. What a product has no word for
    stands in labels, tags or descriptions, so that an import finds it again.

    Example:

    \b
      granary plan export --format segment --out segment
    """
    from orchestration.plan.formats import export_plan
    from orchestration.plan.read import read_plan

    path = _chosen(plan_file)
    files = export_plan(read_plan(path), form, f"{path.parent.name} {path.stem}")
    targets = {folder / name: text for name, text in files.items()}
    _refuse_existing(list(targets), force)
    folder.mkdir(parents=True, exist_ok=True)
    for target, text in targets.items():
        target.write_text(text, "utf-8")
    _written(list(targets), as_json)


@plan.command("import")
def import_(
    source: Annotated[
        Path, typer.Argument(metavar="PATH", help="The product's file, or a folder of its files.")
    ],
    form: ChosenFormat,
    target: Annotated[Path, typer.Option("--out", metavar="FILE", help="The plan to write, CSV.")],
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    as_json: Json = False,
) -> None:
    """Read a tracking plan in the format of another product.

    A property that names no class is free_text, or operational if it is a number or a flag: look at
    those. Of an object only that it is one is kept, not what it holds. What breaks the rules of a
    plan is told, and nothing is written.

    Example:

    \b
      granary plan import segment --format segment --out tracking_plan.csv
    """
    from orchestration.plan.formats import import_plan
    from orchestration.plan.read import write_plan

    found = import_plan(source, form)
    _refuse_existing([target], force)
    target.write_text(write_plan(found), "utf-8")
    _written([target], as_json)


def _chosen(path: Path | None) -> Path:
    from orchestration.plan.read import plan_files

    if path is not None:
        return path
    files = plan_files()
    if len(files) != 1:
        raise ConfigurationError(f"there are {len(files)} tracking plans: choose one with --plan")
    return files[0]


def _refuse_existing(paths: list[Path], force: bool) -> None:
    for path in paths:
        if path.exists() and not force:
            raise WrongRequest(f"{path} exists: name another place, or --force")


def _written(paths: list[Path], as_json: bool) -> None:
    if as_json:
        print_json({"files": paths})
        return
    for path in paths:
        out.print(str(path), soft_wrap=True, markup=False, highlight=False)
