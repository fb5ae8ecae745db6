//! What the package does to a host: units, modes, exposure, and what it leaves when it goes.

use std::time::Duration;

use nusantara_testhost::{Host, Result, panel_package};

/// Highest exposure each unit may have by `systemd-analyze security`, see SECURITY.
const EXPOSURE: [(&str, f32); 2] = [("nusantarad.service", 1.5), ("nusantara-hostd.service", 5.0)];

/// Mode, owner and group of what the package makes.
const MODES: [(&str, &str); 12] = [
    ("/run/nusantara-panel", "750 root nusantara"),
    ("/run/nusantara-panel/hostd.sock", "660 root nusantara"),
    ("/run/nusantara-panel/panel.sock", "600 root root"),
    ("/run/nusantara-panel/locks", "700 root root"),
    ("/run/nusantara-nginx", "700 root root"),
    ("/etc/nusantara-panel/users", "700 root root"),
    ("/etc/nusantara-panel/panel.toml", "640 root nusantara"),
    ("/etc/nusantara-panel/hostd.toml", "600 root root"),
    ("/var/lib/nusantara-panel", "700 nusantara nusantara"),
    ("/var/log/nusantara-panel", "750 root nusantara"),
    ("/var/log/nusantara-panel/audit.jsonl", "640 nusantara nusantara"),
    ("/usr/sbin/nusantarad", "755 root root"),
];

fn wait_until_active(host: &Host) -> Result<()> {
    for unit in ["nusantara-hostd.service", "nusantarad.service"] {
        host.wait_until(unit, Duration::from_secs(30), || {
            Ok(host.exec(["systemctl", "is-active", "--quiet", unit])?.success().then_some(()))
        })?;
    }
    Ok(())
}

#[test]
fn package_starts_both_daemons_with_the_modes_they_need() -> Result<()> {
    let host = Host::with_panel("package-starts")?;
    wait_until_active(&host)?;
    for unit in ["nusantara-hostd.socket", "nusantarad.socket", "nusantarad-local.socket"] {
        host.run(["systemctl", "is-active", "--quiet", unit])?;
        host.run(["systemctl", "is-enabled", "--quiet", unit])?;
    }
    for (path, mode) in MODES {
        assert_eq!(host.run(["stat", "--format=%a %U %G", path])?.trim(), mode, "{path}");
    }
    for program in ["nusantara-agent", "nusantara"] {
        host.run(["which", program])?;
    }
    host.run(["systemctl", "is-enabled", "--quiet", "nusantarad.service", "nusantara-hostd.service"])?;
    host.finish()
}

#[test]
fn units_are_exposed_no_further_than_allowed() -> Result<()> {
    let host = Host::with_panel("package-exposure")?;
    for (unit, most) in EXPOSURE {
        let report = host.run(["systemd-analyze", "security", "--no-pager", unit])?;
        let exposure: Option<f32> = report
            .lines()
            .find_map(|line| line.split_once("exposure level for ")?.1.split_once(": "))
            .and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        assert!(exposure.is_some_and(|exposure| exposure <= most), "{unit}: {exposure:?} of {most}\n{report}");
    }
    host.finish()
}

#[test]
fn unchanged_example_site_goes_and_a_changed_one_stays() -> Result<()> {
    let link = "/etc/nginx/sites-enabled/default";
    let host = Host::up("package-default-site", &Default::default())?;
    assert!(host.exists(link)?);
    host.install(&panel_package()?)?;
    assert!(!host.exists(link)?);
    host.finish()?;

    let host = Host::up("package-own-site", &Default::default())?;
    let file = "/etc/nginx/sites-available/default";
    let changed = format!("# ours\n{}", host.read_file(file)?);
    host.write_file(file, changed)?;
    host.install(&panel_package()?)?;
    assert!(host.exists(link)?);
    host.finish()
}

#[test]
fn purge_keeps_what_belongs_to_people_and_says_so() -> Result<()> {
    let host = Host::with_panel("package-purge")?;
    wait_until_active(&host)?;
    host.run(["mkdir", "-p", "/etc/nusantara-panel/users/joko", "/var/log/nusantara-panel/sites/joko"])?;
    let said = host.run(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "purge", "nusantara-panel"])?;
    assert!(said.contains("the accounts were left as they are"), "{said}");
    for kept in ["/etc/nusantara-panel/users/joko", "/var/log/nusantara-panel/sites/joko", "/var/lib/nusantara-hostd"] {
        assert!(host.exists(kept)?, "{kept}");
    }
    for gone in ["/usr/sbin/nusantarad", "/var/lib/nusantara-panel", "/run/nusantara-panel", "/etc/nusantara-panel/panel.toml"] {
        assert!(!host.exists(gone)?, "{gone}");
    }
    let left = host.run(["systemctl", "list-units", "--all", "--no-legend", "--plain", "nusantara*.so*", "nusantara*.service"])?;
    assert_eq!(left.trim(), "");
    assert_eq!(host.run(["systemctl", "is-system-running"])?.trim(), "running");
    host.finish()
}
