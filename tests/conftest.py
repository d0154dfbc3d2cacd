"""What every test shares: logs of a gateway beside the failure they explain."""

import pytest

from extproc.testing.gateway import Gateway


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Show the last log lines of each gateway that a failed test used."""
    report = yield
    if report.failed:
        gateways = {id(value): value for value in getattr(item, "funcargs", {}).values()}
        report.sections += [
            ("gateway logs", gateway.tails()) for gateway in gateways.values() if isinstance(gateway, Gateway)
        ]
    return report
