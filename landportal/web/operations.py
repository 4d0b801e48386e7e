"""What operators and their tools ask: is the process alive, can it serve, what does it count."""

from __future__ import annotations

import time
from dataclasses import asdict

from flask import Blueprint, Response, g, jsonify, request
from sqlalchemy.exc import DBAPIError

from landportal import db
from landportal.services import jobs
from landportal.services.jobs import QueueState
from landportal.web.reading import current, portal

blueprint = Blueprint("operations", __name__)

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class RequestCounts:
    """Requests of this process by endpoint, status and time, in the terms of Prometheus."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, int], int] = {}
        self.seconds: dict[str, list[float]] = {}

    def add(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self.answers[endpoint, status] = self.answers.get((endpoint, status), 0) + 1
        buckets = self.seconds.setdefault(endpoint, [0.0] * (len(BUCKETS_S) + 2))
        for place, limit in enumerate(BUCKETS_S):
            buckets[place] += seconds <= limit
        buckets[-2] += 1
        buckets[-1] += seconds

    def exposition(self) -> str:
        """The counts in Prometheus' text format."""
        lines = ["# TYPE landportal_requests_total counter"]
        for (endpoint, status), number in sorted(self.answers.items()):
            lines.append(f'landportal_requests_total{{endpoint="{endpoint}",status="{status}"}} {number}')
        lines.append("# TYPE landportal_request_seconds histogram")
        for endpoint, buckets in sorted(self.seconds.items()):
            for limit, number in zip([*map(str, BUCKETS_S), "+Inf"], buckets[:-1], strict=True):
                lines.append(f'landportal_request_seconds_bucket{{endpoint="{endpoint}",le="{limit}"}} {int(number)}')
            lines.append(f'landportal_request_seconds_count{{endpoint="{endpoint}"}} {int(buckets[-2])}')
            lines.append(f'landportal_request_seconds_sum{{endpoint="{endpoint}"}} {buckets[-1]:.6f}')
        return "\n".join(lines) + "\n"


_counts = RequestCounts()


@blueprint.before_app_request
def _start_clock() -> None:
    g.started_at = time.perf_counter()


@blueprint.after_app_request
def _count(answer: Response) -> Response:
    started = g.get("started_at")
    if started is not None:
        _counts.add(request.endpoint or "none", answer.status_code, time.perf_counter() - started)
    return answer


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """The database answers, its schema is complete and a worker lives; 503 with the reason otherwise.

    Replicas are told, not waited for: without a fit one the primary serves.
    Pages are served without a worker too: whoever asks only whether they are asks ``/healthz``.
    """
    replicas = [asdict(state) for state in portal().replicas.states()]
    try:
        missing = db.pending_migrations(portal().engine)
        queue = None if missing else _queue()
    except DBAPIError:
        return jsonify(status="unavailable", reason="the database does not answer", replicas=replicas), 503
    if queue is None:
        reason = f"migrations are missing: {', '.join(missing)}"
        return jsonify(status="unavailable", reason=reason, replicas=replicas), 503
    if not queue.worked_on:
        reason = "no worker does the jobs: start landportal worker"
        return jsonify(status="unavailable", reason=reason, replicas=replicas), 503
    told = {"status": "ok", "workers": queue.workers, "waiting": queue.waiting, "failed": queue.failed}
    return jsonify(**told, replicas=replicas), 200


def _queue() -> QueueState:
    with current() as session:
        return jobs.queue_state(session)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counts of this process (behind several each answers for itself), and the queue, which all of them share."""
    return Response(
        _counts.exposition() + _replica_exposition() + _queue_exposition(), mimetype="text/plain; version=0.0.4"
    )


def _replica_exposition() -> str:
    """The replicas as this process sees them; a lag that cannot be told is left out."""
    states = portal().replicas.states()
    if not states:
        return ""
    lines = ["# TYPE landportal_replica_fit gauge"]
    lines += [f'landportal_replica_fit{{replica="{state.name}"}} {int(state.fit)}' for state in states]
    lines.append("# TYPE landportal_replica_lag_seconds gauge")
    lines += [
        f'landportal_replica_lag_seconds{{replica="{state.name}"}} {state.lag_s:.3f}'
        for state in states
        if state.lag_s is not None
    ]
    return "\n".join(lines) + "\n"


def _queue_exposition() -> str:
    """The queue in Prometheus' text format; nothing while the database is away, so that its absence can be alarmed."""
    try:
        queue = _queue()
    except DBAPIError:
        return ""
    gauges = {
        "landportal_workers": queue.workers,
        'landportal_jobs{state="waiting"}': queue.waiting,
        'landportal_jobs{state="later"}': queue.later,
        'landportal_jobs{state="running"}': queue.running,
        'landportal_jobs{state="failed"}': queue.failed,
        "landportal_jobs_oldest_waiting_seconds": round(queue.oldest_waiting_s, 1),
        'landportal_mails{state="queued"}': queue.unsent_mails,
        'landportal_mails{state="failed"}': queue.failed_mails,
    }
    names = dict.fromkeys(name.partition("{")[0] for name in gauges)
    lines = []
    for name in names:
        lines.append(f"# TYPE {name} gauge")
        lines += [f"{key} {value}" for key, value in gauges.items() if key.partition("{")[0] == name]
    return "\n".join(lines) + "\n"
