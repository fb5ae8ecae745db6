//! The whole application: the real router, a real database, real Argon2 at a low cost, the real host protocol with a scripted
//! daemon at the other end of its socket.

mod accounts;
mod audit;
mod bench;
mod changes;
mod cron;
mod documents;
mod drift;
mod fake_history;
mod fake_host;
mod fake_spec;
mod first_run;
mod ftp;
mod history;
mod jobs;
mod life;
mod members;
mod orphans;
mod own;
mod people;
mod policy;
mod problems;
mod sessions;
mod settings;
mod sites;
mod ssh;
mod usage;
