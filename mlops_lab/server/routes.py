"""Owns the list of all routes and where they hang."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .endpoint import Endpoint
from .handlers import (
    artifacts,
    audit,
    carrying,
    changes,
    comparison,
    contract,
    jobs,
    lists,
    registry,
    reproduction,
    retention,
    status,
    tracking,
    trash,
    uploads,
    writing,
)

API_ROOT = "mlops-lab/api"
"""Path of the API below the server's base URL."""

ENDPOINTS: tuple[Endpoint, ...] = (
    status.get_status,
    status.get_limits,
    contract.get_openapi,
    contract.get_events,
    changes.list_changes,
    lists.list_runs,
    writing.create_run,
    writing.get_runs,
    writing.log_batches,
    trash.archive_runs,
    lists.list_details,
    lists.count_facets,
    lists.list_names,
    lists.list_glances,
    tracking.get_run,
    writing.update_run,
    writing.log_batch,
    writing.set_tag,
    writing.delete_tag,
    writing.set_note,
    tracking.get_series,
    tracking.get_capture,
    tracking.get_lineage,
    tracking.get_tag_history,
    artifacts.list_run_artifacts,
    artifacts.get_run_artifact,
    artifacts.put_run_artifact,
    artifacts.remove_run_artifact,
    artifacts.get_requirements,
    reproduction.create_reproduction,
    audit.list_audit,
    retention.list_retention,
    retention.preview_retention,
    retention.set_retention,
    retention.remove_retention,
    trash.trash_run,
    trash.restore_run,
    trash.list_trash,
    trash.trash_records,
    trash.restore_records,
    trash.purge_trash,
    comparison.compare_runs,
    comparison.get_curves,
    comparison.explain_runs,
    carrying.export_runs,
    carrying.import_runs,
    carrying.make_report,
    lists.list_experiments,
    writing.create_experiment,
    writing.get_experiment,
    tracking.update_experiment,
    tracking.brief_experiment,
    tracking.deliver_batch,
    artifacts.find_artifact,
    artifacts.get_artifact,
    artifacts.put_artifact,
    uploads.begin_upload,
    uploads.get_upload,
    uploads.add_to_upload,
    uploads.remove_upload,
    registry.list_models,
    registry.create_model,
    registry.get_model,
    registry.update_model,
    registry.delete_model,
    registry.list_versions,
    registry.create_version,
    registry.get_version,
    registry.update_version,
    registry.delete_version,
    registry.list_alias_moves,
    registry.move_alias,
    registry.remove_alias,
    jobs.get_promotion_draft,
    jobs.preview_cron,
    jobs.list_definitions,
    jobs.create_definition,
    jobs.get_definition,
    jobs.list_revisions,
    jobs.get_revision_notebook,
    jobs.list_schedules,
    jobs.update_schedule,
    jobs.delete_schedule,
    jobs.list_jobs,
    jobs.submit_job,
    jobs.get_job,
    jobs.cancel_job,
    jobs.get_job_notebook,
    jobs.read_job_log,
)


def by_path() -> Mapping[str, Mapping[str, Endpoint]]:
    """Return the endpoints of each path by their method."""
    found: dict[str, dict[str, Endpoint]] = {}
    for declared in ENDPOINTS:
        found.setdefault(declared.path, {})[declared.method] = declared
    return found


def url_pattern(path: str) -> str:
    """Return the regular expression of a path below the server's base URL.

    A parameter is one part of the path, but for ``{path}``, which is all that follows.
    """
    groups = path.replace("{path}", "(?P<path>.+)")
    groups = re.sub(r"{([a-z_]+)}", r"(?P<\1>[^/]+)", groups)
    return f"/{API_ROOT}/{groups}"
