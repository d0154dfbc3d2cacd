"""What the gateway costs, measured against plain Envoy in one run: ``python -m bench``, or ``make bench``.

    load ──▶ Envoy ──▶ upstream          each in a process of its own
              │  ▲
              ▼  │
            extproc

`setups` starts what is compared, `load` and `upstream` stand at the two ends, `measure` runs one slice after
another and reads the processes' CPU time, `report` makes the tables.
"""
