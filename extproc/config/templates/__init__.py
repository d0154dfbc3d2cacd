"""Configs to start from, shipped with the package: ``planoctl init --template NAME``.

A template is a YAML file here; the comment in its first line says what it is for.
"""

from importlib.resources import files


def names() -> tuple[str, ...]:
    """The templates' names; the plainest first, the others by name."""
    found = [
        entry.name.removesuffix(".yaml")
        for entry in files(__name__).iterdir()
        if entry.name.endswith(".yaml")
    ]
    return tuple(sorted(found, key=lambda name: (name != "openai", name)))


def text(name: str) -> str:
    """The YAML of one template. Raises `KeyError` where there is none of that name."""
    if name not in names():
        raise KeyError(name)
    return files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def summary(name: str) -> str:
    """One line on what the template is for. Raises `KeyError` where there is none of that name."""
    return text(name).splitlines()[0].removeprefix("#").strip()
