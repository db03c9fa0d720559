"""Owns the schedules that people set, pause, resume, change and remove."""

from __future__ import annotations

from mlops_lab.core.clock import Clock
from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import CronPreview, NewSchedule, Schedule, ScheduleList, ScheduleUpdate
from mlops_lab.store import schedules
from mlops_lab.store.audit import note
from mlops_lab.store.outbox import last_seq, put_change
from mlops_lab.store.store import Store

from . import triggers
from .cron import normalize
from .lookup import find_definition, find_schedule, get_schedule
from .records import to_schedule


class Schedules:
    """The schedules of one store."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def preview_cron(self, *, cron: str, timezone: str, count: int = 3) -> CronPreview:
        """Return what a schedule would do from now on.

        Raises:
            InvalidInputError: cron or timezone is bad; the message has position and reason.
        """
        return triggers.preview(cron=cron, timezone=timezone, now=self._clock(), count=count)

    def set_schedule(self, definition_id: str, new: NewSchedule, *, user: str) -> Schedule:
        """Give a definition this schedule, in place of the one it has.

        Raises:
            NotFoundError: there is no such definition.
            InvalidInputError: cron or timezone is bad.
        """
        now = self._clock()
        timing = {
            "cron": normalize(new.cron),
            "timezone": new.timezone,
            "paused": False,
            "next_fire_at": triggers.next_fire_at(new.cron, new.timezone, now),
        }
        with self._store.write_durably() as tx:
            definition = find_definition(tx, definition_id)
            present = schedules.get_schedule_of(tx, definition.id)
            schedule_id = present.id if present else new_id()
            if present:
                schedules.update_schedule(tx, schedule_id, timing)
            else:
                made = {"id": schedule_id, "definition_id": definition.id, "created_at": now}
                schedules.insert_schedule(tx, {**made, **timing, "created_by": user})
            note(
                tx,
                "update" if present else "create",
                "schedule",
                schedule_id,
                who=user,
                definition=definition.name,
                cron=timing["cron"],
                timezone=new.timezone,
            )
            put_change(tx, "schedule", schedule_id, "updated" if present else "created")
            return to_schedule(get_schedule(tx, schedule_id), now=now)

    def list_schedules(self) -> ScheduleList:
        """Return all schedules, by the name of their definition."""
        now = self._clock()
        with self._store.read() as cx:
            seq = last_seq(cx)
            found = [to_schedule(row, now=now) for row in schedules.list_schedules(cx)]
            return ScheduleList(schedules=found, seq=seq)

    def get_schedule(self, schedule_id: str) -> Schedule:
        """Return the schedule with this id, or unique beginning or end of it.

        Raises:
            NotFoundError: there is none.
            InvalidInputError: several ids begin or end like this.
        """
        with self._store.read() as cx:
            return to_schedule(find_schedule(cx, schedule_id), now=self._clock())

    def update_schedule(self, schedule_id: str, update: ScheduleUpdate, *, user: str) -> Schedule:
        """Change a schedule. Fire times that pass while it is paused are skipped.

        Raises:
            NotFoundError: there is no such schedule.
            InvalidInputError: cron or timezone is bad.
        """
        with self._store.write_durably() as tx:
            row = find_schedule(tx, schedule_id)
            paused = row.paused if update.paused is None else update.paused
            cron = row.cron if update.cron is None else normalize(update.cron)
            timezone = row.timezone if update.timezone is None else update.timezone
            same_timing = (paused, cron, timezone) == (row.paused, row.cron, row.timezone)
            fire_at = triggers.next_fire_at(cron, timezone, self._clock())
            values = {
                "cron": cron,
                "timezone": timezone,
                "paused": paused,
                "next_fire_at": row.next_fire_at if same_timing else fire_at,
            }
            if paused:
                values["next_fire_at"] = None
            schedules.update_schedule(tx, row.id, values)
            told = {"paused": paused, "cron": cron, "timezone": timezone}
            note(tx, "update", "schedule", row.id, who=user, **told)
            put_change(tx, "schedule", row.id, "updated")
            return to_schedule(get_schedule(tx, row.id), now=self._clock())

    def delete_schedule(self, schedule_id: str, *, user: str) -> None:
        """Remove a schedule; the jobs that it made stay.

        Raises:
            NotFoundError: there is no such schedule.
        """
        with self._store.write_durably() as tx:
            row = find_schedule(tx, schedule_id)
            found = row.id
            schedules.delete_schedule(tx, found)
            note(tx, "delete", "schedule", found, who=user, cron=row.cron)
            put_change(tx, "schedule", found, "deleted")
