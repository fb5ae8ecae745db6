//! First run.

pub(crate) mod finish;
pub(crate) mod status;
pub(crate) mod token;
