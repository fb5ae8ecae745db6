//! What accounts used over time.

use super::columns::{count, index, optional, table, text, time};
use super::{Ddl, Migration};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

/// In the order they are applied.
pub(super) fn migrations() -> Vec<Migration> {
    vec![
        Migration { name: "0029_usage_samples", ddl: usage_samples },
        Migration { name: "0030_usage_samples_age", ddl: |_| Ddl::Index(Box::new(index("usage_samples", &["taken_at"]))) },
    ]
}

/// Gone with its account: a later account of the same name is another one.
fn usage_samples(db: DbBackend) -> Ddl {
    let columns = vec![
        text("account", 16),
        time(db, "taken_at"),
        count("cpu_usec"),
        count("cpu_throttled_usec"),
        count("memory_bytes"),
        count("oom_kills"),
        count("tasks"),
        count("io_read_bytes"),
        count("io_write_bytes"),
        optional(count("disk_bytes")),
        count("sent_bytes"),
    ];
    let mut table = table(db, "usage_samples", columns);
    table.primary_key(Index::create().col("account").col("taken_at"));
    table.foreign_key(
        ForeignKey::create()
            .name("fk_usage_samples_account")
            .from("usage_samples", "account")
            .to("accounts", "username")
            .on_delete(ForeignKeyAction::Cascade),
    );
    Ddl::Table(Box::new(table))
}
