//! Durable linear jobs.
//!
//! A job is a row that was committed together with the state change that announces it and its audit begin row ([`enqueue`]).
//! The [`Engine`] takes jobs under a lease, runs the [`Flow`] of their kind, writes the steps they report and ends them: index,
//! job and audit outcome in one transaction. A job whose process died is taken up again with the same request id, so that a
//! flow can ask what became of the first attempt instead of doing the work twice.
//!
//! One job of an account runs at a time, and a bounded number over all, wherever they run: any number of processes may share the
//! database. What only one of them does belongs to the [`Leader`]; what is done at set times is a [schedule](schedules).
//! Nothing here knows what the work is.

mod engine;
mod enqueue;
mod failpoints;
mod flow;
mod leader;
pub mod schedules;
mod steps;
mod tasks;
mod watchers;
mod writer;

pub use engine::{Engine, Settings};
pub use enqueue::enqueue;
pub use failpoints::{Failpoints, When};
pub use flow::{Flow, Outcome, Work};
pub use leader::Leader;
pub use steps::{FINAL_STEP, Steps, Stopped};
pub use tasks::Tasks;
