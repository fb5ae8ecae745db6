//! What every request passes through: problems, extractors, limits, hosts, policy.

pub(crate) mod answer;
pub(crate) mod extract;
pub(crate) mod gate;
pub(crate) mod hosts;
pub(crate) mod idempotency;
pub(crate) mod pages;
pub(crate) mod problem;

pub(crate) use problem::{ApiError, ApiResult};
