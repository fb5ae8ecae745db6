//! The pure brain: a spec and an observation go in, a list of changes and every rendered text come out.
//!
//! No file system, no network, no clock, no async. What an admin is shown as a plan and what hostd carries out are the same
//! [`account::plan`].
//!
//! | module | owns |
//! |---|---|
//! | [`account`] | what has to change between a spec and what was observed, and the way back |
//! | [`change`] | one change, its step, its opposite |
//! | [`describe`] | changes as people read them |
//! | [`diff`] | unified diffs of rendered texts |
//! | [`history`] | two specs compared, and going back to an earlier one |
//! | [`drift`] | what is not as it was applied, and what of it can be taken into the spec |
//! | [`paths`] | where hostd keeps things on a host |
//! | [`rename`] | an account under another name: its spec, and the changes from one name to the other |
//! | [`render`] | every text that nginx, PHP-FPM, systemd and a browser read |
//! | [`serving`] | whether an account serves its sites or a notice |
//! | [`site`] | the sites a spec asks for |
//! | [`spec_files`] | the six files as text |
//! | [`steps`] | the steps of each operation, enumerated for progress displays and crash tests |

pub mod account;
pub mod change;
pub mod describe;
pub mod diff;
pub mod drift;
pub mod history;
pub mod paths;
pub mod rename;
pub mod render;
pub mod serving;
pub mod site;
pub mod spec_files;
pub mod steps;
