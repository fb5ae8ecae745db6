//! What the host is and whether it fits.

use crate::app::App;
use crate::http::ApiResult;
use crate::http::problem::Problems;
use axum::Json;
use axum::extract::State;
use nusantara_api::system::{CheckStatus, Compatibility, CompatibilityCheck};
use nusantara_proto::host::HostDescription;
use nusantara_types::PhpVersion;

/// What the host is and whether it fits.
#[utoipa::path(
    get,
    path = "/system/compatibility",
    operation_id = "system_compatibility",
    tag = "system",
    responses((status = 200, description = "The checks", body = Compatibility), Problems)
)]
pub(crate) async fn compatibility(State(app): State<App>) -> ApiResult<Json<Compatibility>> {
    Ok(Json(match app.host.description().await {
        Ok(host) => judged(&host),
        Err(error) => {
            tracing::warn!(?error, "the host daemon did not describe its host");
            without_host()
        }
    }))
}

/// The oldest systemd and the systems this is built for.
const SYSTEMD: u32 = 249;
const SYSTEMS: [(&str, &[&str]); 2] = [("debian", &["12", "13"]), ("ubuntu", &["22.04", "24.04", "26.04"])];
/// Free space below which new accounts are a risk, and below which they fail.
const GIB: u64 = 1 << 30;

fn check(id: &str, status: CheckStatus, found: Option<String>, message: &str) -> CompatibilityCheck {
    CompatibilityCheck { id: id.to_owned(), status, found, message: message.to_owned() }
}

/// The panel answers, the host daemon does not: everything about the host is unknown, and said to be.
fn without_host() -> Compatibility {
    let message = "The host daemon does not answer; look at `systemctl status nusantara-hostd`.";
    Compatibility {
        os: "unknown".to_owned(),
        hostname: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        panel_version: env!("CARGO_PKG_VERSION").to_owned(),
        hostd_version: None,
        php_versions: Vec::new(),
        status: CheckStatus::Error,
        checks: vec![check("hostd", CheckStatus::Error, None, message)],
    }
}

fn judged(host: &HostDescription) -> Compatibility {
    let checks = vec![
        hostd(host),
        os(host),
        systemd(host),
        nginx(host),
        php(host),
        mariadb(host),
        ftp(host),
        cgroups(host),
        disk(host),
        quota(host),
        ports(host),
    ];
    let worst = |wanted| checks.iter().any(|check: &CompatibilityCheck| check.status == wanted);
    let status = if worst(CheckStatus::Error) {
        CheckStatus::Error
    } else if worst(CheckStatus::Warning) {
        CheckStatus::Warning
    } else {
        CheckStatus::Ok
    };
    Compatibility {
        os: host.os_name.clone(),
        hostname: host.hostname.clone(),
        panel_version: env!("CARGO_PKG_VERSION").to_owned(),
        hostd_version: Some(host.hostd_version.clone()),
        php_versions: host.php.iter().map(ToString::to_string).collect(),
        status,
        checks,
    }
}

fn hostd(host: &HostDescription) -> CompatibilityCheck {
    let found = Some(host.hostd_version.clone());
    if host.hostd_version == env!("CARGO_PKG_VERSION") {
        check("hostd", CheckStatus::Ok, found, "The host daemon answers and is of the panel's version.")
    } else {
        check("hostd", CheckStatus::Warning, found, "The host daemon is of another version than the panel; finish the upgrade.")
    }
}

fn os(host: &HostDescription) -> CompatibilityCheck {
    let found = Some(host.os_name.clone());
    let known = SYSTEMS.iter().any(|(id, versions)| *id == host.os_id && versions.contains(&host.os_version.as_str()));
    if known {
        check("os", CheckStatus::Ok, found, "This system is supported.")
    } else {
        check(
            "os",
            CheckStatus::Warning,
            found,
            "This system is not one the product is tested on: Debian 12 and 13, Ubuntu 22.04 and later.",
        )
    }
}

fn systemd(host: &HostDescription) -> CompatibilityCheck {
    let found = host.systemd.map(|version| format!("systemd {version}"));
    match host.systemd {
        Some(version) if version >= SYSTEMD => check("systemd", CheckStatus::Ok, found, "systemd is new enough."),
        Some(_) => check("systemd", CheckStatus::Error, found, "systemd is too old; version 249 is needed."),
        None => check("systemd", CheckStatus::Error, None, "systemd does not run this host; accounts need it."),
    }
}

fn nginx(host: &HostDescription) -> CompatibilityCheck {
    let found = host.nginx.as_ref().map(|version| format!("nginx {version}"));
    match found {
        Some(_) => check("nginx", CheckStatus::Ok, found, "nginx is installed."),
        None => check("nginx", CheckStatus::Error, None, "nginx is not installed: `apt install nginx`."),
    }
}

fn php(host: &HostDescription) -> CompatibilityCheck {
    let branches: Vec<&str> = host.php.iter().map(PhpVersion::as_str).collect();
    if branches.is_empty() {
        check("php", CheckStatus::Warning, None, "No PHP-FPM is installed: sites can serve files only. `apt install php-fpm`.")
    } else {
        check("php", CheckStatus::Ok, Some(format!("PHP {}", branches.join(", "))), "PHP-FPM is installed.")
    }
}

/// As with FTP: who serves pages alone needs none.
fn mariadb(host: &HostDescription) -> CompatibilityCheck {
    if host.mariadb {
        check("mariadb", CheckStatus::Ok, Some("MariaDB".to_owned()), "Accounts may have databases, each for itself.")
    } else {
        let detail = "No MariaDB is installed, so accounts have no databases. If you want them: `apt install mariadb-server`.";
        check("mariadb", CheckStatus::Ok, None, detail)
    }
}

/// FTP is an extra that most do without: its absence is no fault.
fn ftp(host: &HostDescription) -> CompatibilityCheck {
    if host.ftp {
        check("ftp", CheckStatus::Ok, Some("pure-ftpd".to_owned()), "Accounts may have FTP logins, over TLS only.")
    } else {
        check("ftp", CheckStatus::Ok, None, "No FTP server is installed, so accounts have no FTP. If you want it: `apt install pure-ftpd`.")
    }
}

fn cgroups(host: &HostDescription) -> CompatibilityCheck {
    let missing: Vec<&str> =
        ["cpu", "memory", "pids", "io"].into_iter().filter(|wanted| !host.cgroup_controllers.iter().any(|c| c == wanted)).collect();
    let found = (!host.cgroup_controllers.is_empty()).then(|| host.cgroup_controllers.join(", "));
    if missing.is_empty() {
        return check("cgroups", CheckStatus::Ok, found, "Limits for CPU, memory, processes and disk throughput bind.");
    }
    let message = format!("Limits for {} are written down but do not bind on this host.", missing.join(", "));
    check("cgroups", CheckStatus::Warning, found, &message)
}

fn disk(host: &HostDescription) -> CompatibilityCheck {
    let found = Some(format!("{:.1} GiB free", host.home_free_bytes as f64 / GIB as f64));
    match host.home_free_bytes {
        free if free >= 5 * GIB => check("disk", CheckStatus::Ok, found, "There is room for accounts."),
        free if free >= GIB / 4 => check("disk", CheckStatus::Warning, found, "Little room is left where the homes are."),
        _ => check("disk", CheckStatus::Error, found, "The file system of the homes is full."),
    }
}

fn quota(host: &HostDescription) -> CompatibilityCheck {
    let found = host.home_file_system.clone();
    if host.home_quota {
        return check("quota", CheckStatus::Ok, found, "Disk quotas bind on the file system of the homes.");
    }
    let message = "The file system of the homes keeps no quotas: disk space is measured, and not limited.";
    let how = match found.as_deref() {
        Some("ext4") => " Switch them on: `tune2fs -O quota` on its device while it is not mounted, then the mount option `usrquota`.",
        Some("xfs") => " Switch them on: the mount option `uquota`, for the root file system `rootflags=uquota` at boot.",
        _ => " Put the homes on ext4 or xfs to have them.",
    };
    check("quota", CheckStatus::Warning, found, &format!("{message}{how}"))
}

fn ports(host: &HostDescription) -> CompatibilityCheck {
    if !host.port_guard {
        let message = "nftables does not work here: accounts can connect to each other's ports, and to the panel's.";
        return check("ports", CheckStatus::Warning, None, message);
    }
    let found = Some("nftables".to_owned());
    if host.bind_guard == Some(true) {
        return check("ports", CheckStatus::Ok, found, "Accounts are kept from each other's ports.");
    }
    let message = "Accounts cannot connect to each other's ports. That one's program listens on a port of another, while that is not in \
                   use, cannot be prevented here: systemd needs BPF for it.";
    check("ports", CheckStatus::Ok, found, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_check_decides() {
        let mut host = HostDescription {
            hostd_version: env!("CARGO_PKG_VERSION").into(),
            hostname: "box".into(),
            os_id: "debian".into(),
            os_version: "12".into(),
            os_name: "Debian GNU/Linux 12".into(),
            systemd: Some(252),
            nginx: Some("1.22.1".into()),
            php: vec!["8.2".parse().unwrap()],
            ftp: false,
            mariadb: false,
            cgroup_controllers: ["cpu", "memory", "pids", "io"].map(str::to_owned).to_vec(),
            home_file_system: Some("ext4".into()),
            home_quota: true,
            home_free_bytes: 100 * GIB,
            port_guard: true,
            bind_guard: Some(true),
        };
        assert_eq!(judged(&host).status, CheckStatus::Ok);
        host.home_quota = false;
        assert_eq!(judged(&host).status, CheckStatus::Warning);
        host.nginx = None;
        let judged = judged(&host);
        assert_eq!(judged.status, CheckStatus::Error);
        assert_eq!(
            judged.checks.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(),
            ["hostd", "os", "systemd", "nginx", "php", "mariadb", "ftp", "cgroups", "disk", "quota", "ports"]
        );
    }
}
