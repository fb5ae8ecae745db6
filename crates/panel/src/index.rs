//! The index over what hosts have: written by jobs when they end, and brought in line with the host's own answers now and then.
//! The host's spec files are the truth; a row here never outlives them.

mod apply;
mod reconcile;

pub(crate) use apply::apply;
pub(crate) use reconcile::{keep_in_line, reconcile};
