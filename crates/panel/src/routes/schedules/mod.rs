//! Schedules.

pub(crate) mod change;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod run;
pub(crate) mod runs;

use crate::http::{ApiError, ApiResult};
use nusantara_jobs::schedules::Zone;
use nusantara_types::Schedule;

/// The time zone of this name.
fn zone(name: &str) -> ApiResult<Zone> {
    name.parse().map_err(|e: nusantara_jobs::schedules::UnknownZone| ApiError::invalid("zone", e.to_string()))
}

/// A schedule has times of its own: the panel's server may start whenever it likes.
fn at_times(cron: Schedule) -> ApiResult<Schedule> {
    match cron {
        Schedule::Reboot => {
            Err(ApiError::invalid("cron", "give five fields or a word such as @daily; @reboot is for cron jobs of accounts"))
        }
        Schedule::Fields(_) => Ok(cron),
    }
}
