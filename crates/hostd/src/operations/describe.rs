//! What this host is and has.

use crate::converge::quota;
use crate::daemon::Daemon;
use crate::ports::bind_guarded;
use crate::state::host_failed;
use nusantara_facts::{disk, php, system};
use nusantara_host::{databases, ftp, os};
use nusantara_proto::host::{ErrorCode, HostDescription, OperationError};
use std::path::Path;

/// Where the homes are.
const HOMES: &str = "/home";

pub(super) async fn run(d: &Daemon) -> Result<HostDescription, OperationError> {
    let (nginx, systemd) = tokio::join!(os::nginx_version(), d.systemd.version());
    let unreadable = |e: nusantara_facts::FactsError| {
        OperationError::new(ErrorCode::HostFailed, "the host could not be looked at").detail(e.to_string())
    };
    let os = system::os_release().map_err(unreadable)?;
    Ok(HostDescription {
        hostd_version: env!("CARGO_PKG_VERSION").to_owned(),
        hostname: system::hostname(),
        os_id: os.id,
        os_version: os.version_id,
        os_name: os.pretty_name,
        systemd: systemd.ok(),
        nginx: nginx.map_err(|e| host_failed(&e))?,
        // As installed now; new accounts get what was there when this daemon started.
        php: php::branches(),
        ftp: ftp::installed(),
        mariadb: databases::installed(),
        cgroup_controllers: system::cgroup_controllers(),
        home_file_system: disk::kind(Path::new(HOMES)),
        home_quota: quota::binds().await,
        home_free_bytes: disk::usage(Path::new(HOMES)).map_err(unreadable)?.free_bytes,
        port_guard: d.ports.guarded().await,
        bind_guard: bind_guarded(),
    })
}
