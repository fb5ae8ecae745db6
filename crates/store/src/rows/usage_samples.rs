//! Row of `usage_samples`. What an account used at one time.

use sea_orm::entity::prelude::*;

type Time = DateTimeUtc;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "usage_samples")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub taken_at: Time,
    pub cpu_usec: i64,
    pub cpu_throttled_usec: i64,
    pub memory_bytes: i64,
    pub oom_kills: i64,
    pub tasks: i64,
    pub io_read_bytes: i64,
    pub io_write_bytes: i64,
    pub disk_bytes: Option<i64>,
    pub sent_bytes: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
