//! What was last found of accounts that is not as it should be.

use super::columns::{flag, long_text, table, text, time};
use super::{Ddl, Migration};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

/// In the order they are applied.
pub(super) fn migrations() -> Vec<Migration> {
    vec![Migration { name: "0060_drift_findings", ddl: drift_findings }]
}

/// Gone with its account.
fn drift_findings(db: DbBackend) -> Ddl {
    let columns =
        vec![text("account", 16), text("item", 64), long_text("target"), long_text("summary"), flag("adoptable"), time(db, "found_at")];
    let mut table = table(db, "drift_findings", columns);
    table.primary_key(Index::create().col("account").col("item"));
    table.foreign_key(
        ForeignKey::create()
            .name("fk_drift_findings_account")
            .from("drift_findings", "account")
            .to("accounts", "username")
            .on_delete(ForeignKeyAction::Cascade),
    );
    Ddl::Table(Box::new(table))
}
