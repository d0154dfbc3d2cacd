"""Files that a config names, certificates and price lists: are they there?"""

import os
from pathlib import Path

from extproc.config import urls
from extproc.config.models.routing import CostSourceConfig
from extproc.config.problems import KeyPath, Report
from extproc.config.view import View


def check_files(view: View, report: Report, directory: Path) -> None:
    """Envoy does not start without certificates, and says so less clearly; without prices, none are known."""
    for item in view.listeners:
        tls = item.value.tls
        for key in ("cert", "key", "client_ca") if tls else ():
            _readable(getattr(tls, key), (*item.path, "tls", key), report, directory)
    _readable(
        view.config.overrides.upstream_tls_ca_path, ("overrides", "upstream_tls_ca_path"), report, directory
    )
    for source in view.metrics_sources:
        if isinstance(source.value, CostSourceConfig) and source.value.url is not None:
            _readable(urls.file_path(source.value.url), (*source.path, "url"), report, directory)


def _readable(name: str | None, path: KeyPath, report: Report, directory: Path) -> None:
    if name is None:
        return
    file = directory / name
    if not file.is_file():
        report.error(path, f"there is no file {file}")
    elif not os.access(file, os.R_OK):
        report.error(path, f"the file {file} cannot be read")
