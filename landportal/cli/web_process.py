"""One web process of `landportal serve`: the application, bound to the life of its server."""

from __future__ import annotations

import functools
import os
import signal

from flask import Flask

from landportal.cli.companionship import die_with
from landportal.web import create_app


@functools.cache
def prepared() -> Flask:
    """The application; made before the server forks, it is there in every process at once. It has no connection yet."""
    return create_app()


def application() -> Flask:
    """The application of one web process, which ends with its server: a killed one leaves no port taken."""
    die_with(int(os.environ["LANDPORTAL_SERVER_PID"]), signal.SIGKILL)
    return prepared()
