//! The only crate that changes a host: processes, files, users, homes, units and the web server.
//!
//! Every function is one typed effect, safe to repeat: called again after a crash it finds what is there and finishes. None
//! takes a path, an argv or a text from whoever called the daemon; the few that take a path are for root-owned places the
//! daemon itself chose. Below a tenant's home only processes with the tenant's uid do anything ([`home`], [`worker`]).
//!
//! | module | changes |
//! |---|---|
//! | [`command`] | starts a program of a closed list |
//! | [`replace`] | root-owned files, folders and links, atomically |
//! | [`disk`] | every call that writes, and where tests let a disk fail |
//! | [`lock`] | per-account locks |
//! | [`users`] | users and groups, through the shadow tools |
//! | [`login`] | passwords, expiry and shells of users |
//! | [`home`], [`worker`], [`acl`] | homes: made aside and renamed in, emptied as their owner |
//! | [`systemd`] | slices and units, over D-Bus |
//! | [`web`] | nginx: two trees, test, swap, reload, probe |
//! | [`logs`] | log folders of sites, and reading what is in them |
//! | [`apps`], [`launcher`] | apps: sockets' folders; what starts an app, as its account |
//! | [`cron`] | cron jobs: what starts a run, as its account; what writes down how it ended |
//! | [`quota`] | what the file system lets an account own |
//! | [`ftp`] | the database of FTP logins; what sees that the FTP server has its port |
//! | [`ssh`] | keys of accounts, and what a login by SSH sees of the host |
//! | [`journal`] | reading what units have written |
//! | [`certificate`] | the certificate that the host makes for itself |
//! | [`os`] | what only root asks: versions of the installed servers |
//!
//! Functions that wait are async and hold no worker thread: file work runs on tokio's blocking threads. Dropping a future
//! stops a child process; file work already begun runs to its end.

pub mod acl;
pub mod apps;
mod blocking;
pub mod certificate;
pub mod command;
pub mod cron;
pub mod databases;
pub mod disk;
mod docroot;
mod error;
pub mod ftp;
pub mod home;
pub mod journal;
pub mod launcher;
pub mod lock;
pub mod login;
pub mod logs;
pub mod os;
pub mod quota;
pub mod replace;
pub mod ssh;
pub mod systemd;
pub mod users;
pub mod web;
pub mod worker;

pub use error::{HostError, HostErrorKind, Result};
