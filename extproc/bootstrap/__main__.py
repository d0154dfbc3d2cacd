"""``python -m extproc.bootstrap``, in the repository's root: write the rendered example again."""

from pathlib import Path

from extproc.bootstrap.reference import OUTPUT, reference

if __name__ == "__main__":
    OUTPUT.write_text(reference(Path.cwd()), encoding="utf-8")
