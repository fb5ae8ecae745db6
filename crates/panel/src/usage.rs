//! What accounts use over time: a sample every few minutes, and the points that are made of them.

pub(crate) mod history;
mod sampler;
mod traffic;

#[cfg(test)]
pub(crate) use sampler::Sampler;
pub(crate) use sampler::keep_sampling;

use chrono::TimeDelta;

/// How long samples are kept.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(30);
/// Seconds between two samples.
pub(crate) const EVERY_SECONDS: u32 = 300;
