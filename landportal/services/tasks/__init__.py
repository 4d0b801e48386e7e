"""What jobs do: one module a subject, each with its ``TASKS``; together they are everything the queue can be asked.

A task says what happens to one thing; the thing's own service does it. Putting work into the queue is
`services.jobs`, running it `services.worker`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from landportal.services.tasks import deliveries, digests, enrichment, layers, mail, travel, upkeep
from landportal.services.tasks.task import Task

_MODULES: tuple[ModuleType, ...] = (digests, mail, upkeep, deliveries, layers, enrichment, travel)

TASKS: Mapping[str, Task] = {task.name: task for module in _MODULES for task in module.TASKS}
"""Every task by the name `jobs.defer` uses."""
