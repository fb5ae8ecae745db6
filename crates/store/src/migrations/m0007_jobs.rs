//! Jobs that several panels share, and schedules.

use super::columns::{add, count, flag, id, index, number, optional, table, text, time, unique};
use super::{Ddl, Migration};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

type Create = fn(DbBackend) -> Ddl;

/// In the order they are applied.
pub(super) fn migrations() -> Vec<Migration> {
    let all: [(&'static str, Create); 11] = [
        ("0700_jobs_background", |db| add(db, "jobs", flag("background").default(false).take())),
        ("0701_jobs_reserved_for", |db| add(db, "jobs", optional(text("reserved_for", 160)))),
        // A number below the most that may run at once, while the job runs: its uniqueness holds all panels to that.
        ("0702_jobs_slot", |db| add(db, "jobs", optional(number("slot")))),
        ("0703_jobs_slot", |_| Ddl::Index(Box::new(unique("jobs", "slot")))),
        ("0704_jobs_cancel_at", |db| add(db, "jobs", optional(time(db, "cancel_at")))),
        ("0705_jobs_finished", |_| Ddl::Index(Box::new(index("jobs", &["finished_at"])))),
        ("0706_leases", leases),
        ("0707_schedules", schedules),
        ("0708_schedules_name", |_| Ddl::Index(Box::new(unique("schedules", "name")))),
        ("0709_schedules_due", |_| Ddl::Index(Box::new(index("schedules", &["next_due"])))),
        ("0710_schedule_runs", schedule_runs),
    ];
    all.into_iter().map(|(name, ddl)| Migration { name, ddl }).collect()
}

fn leases(db: DbBackend) -> Ddl {
    Ddl::Table(Box::new(table(db, "leases", vec![text("name", 32).primary_key().take(), text("holder", 160), time(db, "until")])))
}

fn schedules(db: DbBackend) -> Ddl {
    let columns = vec![
        id("id").primary_key().take(),
        text("name", 32),
        text("task", 32),
        text("cron", 512),
        text("zone", 64),
        number("jitter_seconds"),
        text("missed", 8),
        number("catch_up"),
        flag("enabled"),
        optional(time(db, "next_due")),
        optional(id("last_job")),
        text("created_by", 64),
        time(db, "created_at"),
        time(db, "updated_at"),
        count("generation"),
    ];
    Ddl::Table(Box::new(table(db, "schedules", columns)))
}

/// Its key is what keeps a time of a schedule from being taken twice, whatever the panels that share the database believe.
fn schedule_runs(db: DbBackend) -> Ddl {
    let columns =
        vec![id("schedule_id"), time(db, "due_at"), optional(id("job_id")), flag("by_hand"), count("missed"), time(db, "created_at")];
    let mut table = table(db, "schedule_runs", columns);
    table.primary_key(Index::create().col("schedule_id").col("due_at"));
    table.foreign_key(
        ForeignKey::create()
            .name("fk_schedule_runs_schedule")
            .from("schedule_runs", "schedule_id")
            .to("schedules", "id")
            .on_delete(ForeignKeyAction::Cascade),
    );
    Ddl::Table(Box::new(table))
}
