//! Row of `schedule_runs`. What became of one time of a schedule.

use sea_orm::entity::prelude::*;

type Time = DateTimeUtc;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub schedule_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub due_at: Time,
    pub job_id: Option<Uuid>,
    pub by_hand: bool,
    pub missed: i64,
    pub created_at: Time,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
