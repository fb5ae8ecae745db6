//! Row of `schedules`. What the panel does by itself at set times.

use sea_orm::entity::prelude::*;

type Time = DateTimeUtc;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub task: String,
    pub cron: String,
    pub zone: String,
    pub jitter_seconds: i32,
    pub missed: String,
    pub catch_up: i32,
    pub enabled: bool,
    pub next_due: Option<Time>,
    pub last_job: Option<Uuid>,
    pub created_by: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub generation: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
