//! The schema, forward only. Each migration is one DDL statement, because MariaDB commits after each and a half-done
//! migration could not be run again.

mod columns;
mod m0001_start;
mod m0002_usage;
mod m0003_people;
mod m0004_drift;
mod m0005_audit_seals;
mod m0006_passkeys;
mod m0007_jobs;

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::prelude::*;

/// One statement of the schema.
enum Ddl {
    Table(Box<TableCreateStatement>),
    Index(Box<IndexCreateStatement>),
    Alter(Box<TableAlterStatement>),
    /// Text for what the builder has no words for, such as triggers.
    Raw(&'static str),
}

/// A named statement; the name is what the migration table remembers.
struct Migration {
    name: &'static str,
    ddl: fn(DbBackend) -> Ddl,
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
#[allow(elided_lifetimes_in_paths, reason = "the trait's macro needs the lifetime left out")]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match (self.ddl)(manager.get_database_backend()) {
            Ddl::Table(statement) => manager.create_table(*statement).await,
            Ddl::Index(statement) => manager.create_index(*statement).await,
            Ddl::Alter(statement) => manager.alter_table(*statement).await,
            Ddl::Raw(sql) => manager.get_connection().execute_unprepared(sql).await.map(|_| ()),
        }
    }
}

/// Every migration, oldest first.
pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let all = m0001_start::migrations().into_iter().chain(m0002_usage::migrations()).chain(m0003_people::migrations());
        let all = all.chain(m0004_drift::migrations()).chain(m0005_audit_seals::migrations()).chain(m0006_passkeys::migrations());
        let all = all.chain(m0007_jobs::migrations());
        all.map(|m| Box::new(m) as Box<dyn MigrationTrait>).collect()
    }
}
