"""The measurements of `make bench`: `python -m tests.bench [--quick] [--only taps,clips]`.

Every figure is a ratio taken in one run: ours and its rival take turns, against the same sandbox in a process of its own.
The table is printed; the raw figures go to bench/results.json, the picture to bench/results.svg.
"""
