"""``planoctl render …``: the configuration of other programs, made from a Plano config."""

from pathlib import Path
from typing import Annotated

import typer

render = typer.Typer(
    name="render",
    help="Write the configuration of another program, made from a config.",
    no_args_is_help=True,
)

RUN_DIR = "/run/plano"


@render.command("envoy")
def envoy(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Config file.", show_default=False)],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write it; - is standard output.",
            show_default=False,
        ),
    ],
    secrets_dir: Annotated[
        Path,
        typer.Option("--secrets-dir", metavar="DIR", help="The folder from which Envoy is to read keys."),
    ] = Path(f"{RUN_DIR}/secrets"),
    write_secrets: Annotated[
        bool, typer.Option("--write-secrets", help="Write that folder, too: one file a key, 0600.")
    ] = False,
    socket: Annotated[
        list[str] | None,
        typer.Option(
            "--socket",
            metavar="PATH",
            help=f"Socket of a plano-extproc worker; may be repeated.  [default: {RUN_DIR}/extproc-0.sock]",
            show_default=False,
        ),
    ] = None,
    admin_port: Annotated[
        int,
        typer.Option(
            "--admin-port",
            metavar="PORT",
            min=1,
            max=65535,
            help="Port of Envoy's admin interface, on loopback.",
        ),
    ] = 9901,
    access_log: Annotated[
        str, typer.Option("--access-log", metavar="FILE", help="File of the access log.")
    ] = "/dev/stdout",
) -> None:
    """Write Envoy's bootstrap.

    It is JSON, names the files of keys and never holds one. To run it by hand, start plano-extproc with
    `--config FILE --socket-dir DIR`, DIR being the folder of the sockets, then `envoy -c OUTPUT`. There, too,
    is the socket by which the workers call router models and agents.
    """
    from extproc.bootstrap.options import RenderOptions
    from extproc.ctl.rendering import render_envoy

    options = RenderOptions(
        extproc_sockets=tuple(socket or [f"{RUN_DIR}/extproc-0.sock"]),
        secrets_dir=str(secrets_dir.absolute()),
        admin_port=admin_port,
        access_log_path=access_log,
    )
    render_envoy(file, output, options, with_secrets=write_secrets)
