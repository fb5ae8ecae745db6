//! Public request and response types of the HTTP API. Requests refuse unknown fields and parse into the vocabulary of
//! `nusantara-types`; responses are plain. One type per verb: nothing is ever deserialised into an entity.

pub mod accounts;
pub mod aliases;
pub mod apps;
pub mod audit;
pub mod auth;
pub mod cron;
pub mod databases;
pub mod documents;
pub mod drift;
pub mod ftp;
pub mod history;
pub mod jobs;
pub mod last_copies;
pub mod logs;
pub mod packages;
pub mod page;
pub mod passkeys;
pub mod people;
pub mod php;
pub mod problem;
pub mod schedules;
pub mod setup;
pub mod sites;
pub mod ssh;
pub mod system;
pub mod usage;

pub use page::{Page, PageQuery};
pub use problem::{FieldProblem, Problem, ProblemCode};
