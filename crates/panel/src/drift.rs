//! Looking for what is not as it should be: now and again by itself, and when somebody asks. What is found is an index like any
//! other; the truth is the host's.

mod look;
mod reconciler;

pub(crate) use look::{Eyes, findings, last, look, note};
pub(crate) use reconciler::keep_looking;
