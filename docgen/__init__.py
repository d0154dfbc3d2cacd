"""Pages of `docs/` that are made from the code: they say what it does, not what it was meant to do.

python -m docgen.translation        writes docs/translation.md
"""
