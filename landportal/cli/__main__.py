"""`python -m landportal.cli` is the same command as `landportal`."""

from landportal.cli import main

main()
