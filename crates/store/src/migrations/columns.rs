//! Columns and tables that mean the same on SQLite, PostgreSQL and MariaDB.

use super::Ddl;
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

/// A text column of at most `length` characters.
pub(super) fn text(name: &'static str, length: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(length).not_null().take()
}

/// Text without a bound of its own; its writer caps it.
pub(super) fn long_text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

/// An id.
pub(super) fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

/// A 64-bit count.
pub(super) fn count(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// Yes or no.
pub(super) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// A 32-bit number.
pub(super) fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

/// A time, UTC, to the microsecond. MariaDB's `timestamp` drops fractions and ends in 2038, hence `datetime(6)` there.
pub(super) fn time(backend: DbBackend, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    if backend == DbBackend::MySql {
        column.custom("datetime(6)");
    } else {
        column.timestamp_with_time_zone();
    }
    column.not_null().take()
}

/// The same column, but it may be empty.
pub(super) fn optional(mut column: ColumnDef) -> ColumnDef {
    column.null().take()
}

/// A table. MariaDB's default collation holds `A` and `a` for equal; ours must not.
pub(super) fn table(backend: DbBackend, name: &'static str, columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name).if_not_exists();
    for mut column in columns {
        table.col(&mut column);
    }
    if backend == DbBackend::MySql {
        table.character_set("utf8mb4").collate("utf8mb4_bin");
    }
    table
}

/// Adds a column.
pub(super) fn add(db: DbBackend, table: &'static str, mut column: ColumnDef) -> Ddl {
    let mut alter = Table::alter();
    alter.table(table);
    // A migration of MariaDB that was cut short is run again.
    if db == DbBackend::MySql {
        alter.add_column_if_not_exists(&mut column)
    } else {
        alter.add_column(&mut column)
    };
    Ddl::Alter(Box::new(alter.take()))
}

/// Names one constraint or index after its table and columns.
pub(super) fn unique(table: &'static str, column: &'static str) -> IndexCreateStatement {
    let name = format!("uq_{table}_{column}");
    Index::create().if_not_exists().unique().name(name).table(table).col(column).take()
}

/// An index over columns in this order.
pub(super) fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut statement = Index::create();
    statement.if_not_exists().name(format!("ix_{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        statement.col(*column);
    }
    statement
}
