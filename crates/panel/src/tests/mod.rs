//! The whole application: the real router, a real database, real Argon2 at a low cost, the real host protocol with a scripted
//! daemon at the other end of its socket.

mod accounts;
mod bench;
mod changes;
mod cron;
mod fake_host;
mod fake_spec;
mod first_run;
mod ftp;
mod jobs;
mod life;
mod members;
mod own;
mod people;
mod policy;
mod problems;
mod sessions;
mod settings;
mod sites;
mod ssh;
mod usage;
