//! Enabling and disabling our own units: one link in a `.wants` folder, written here.
//!
//! Not through EnableUnitFiles: that reads every link of every unit on the host, which grows with the accounts; it does not make
//! the link durable; and since version 253 systemd then says of *every* unit that it needs a reload. The link is what it would
//! have made, so `systemctl is-enabled` and `systemctl disable` know it.

use super::Enablement;
use crate::blocking::run;
use crate::replace;
use crate::{HostError, HostErrorKind, Result};
use std::path::{Path, PathBuf};

const UNITS: &str = "/etc/systemd/system";

/// Where the link of a unit lies and what it names.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    path: PathBuf,
    target: PathBuf,
}

pub(super) async fn enable(unit: &str) -> Result<()> {
    let link = link(unit)?;
    let what = format!("enable {unit}");
    run(move || {
        if rustix::fs::stat(&link.target).is_err() {
            return Err(HostError::new(HostErrorKind::NotFound, what).detail(format!("there is no {}", link.target.display())));
        }
        if points_at(&link) {
            return Ok(());
        }
        if let Some(wants) = link.path.parent() {
            replace::dir_now(wants, 0o755, None)?;
        }
        replace::link_now(&link.target, &link.path)
    })
    .await
}

pub(super) async fn disable(unit: &str) -> Result<()> {
    replace::remove(link(unit)?.path).await
}

pub(super) async fn state(unit: &str) -> Result<Enablement> {
    let link = link(unit)?;
    run(move || {
        Ok(match () {
            () if points_at(&link) => Enablement::Enabled,
            () if rustix::fs::stat(&link.target).is_ok() => Enablement::Disabled,
            () => Enablement::Missing,
        })
    })
    .await
}

fn points_at(link: &Link) -> bool {
    rustix::fs::readlink(&link.path, Vec::new()).is_ok_and(|target| Path::new(&*target.to_string_lossy()) == link.target)
}

/// systemd.unit(5): the targets that units of a kind are wanted by, and the template of an instance.
fn link(unit: &str) -> Result<Link> {
    let refuse = || HostError::refused(format!("enable {unit}"), "it is not the name of a service, socket or timer");
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.@".contains(&b);
    let (name, kind) = unit.rsplit_once('.').ok_or_else(refuse)?;
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.bytes().all(plain) || name.matches('@').count() > 1 {
        return Err(refuse());
    }
    let wanted_by = match kind {
        "socket" => "sockets.target",
        "timer" => "timers.target",
        "service" => "multi-user.target",
        _ => return Err(refuse()),
    };
    let file = match name.split_once('@') {
        Some((template, _)) => format!("{template}@.{kind}"),
        None => unit.to_owned(),
    };
    let units = Path::new(UNITS);
    Ok(Link { path: units.join(format!("{wanted_by}.wants")).join(unit), target: units.join(file) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_of_an_instance_names_its_template() {
        let link = |unit| link(unit).map(|l| (l.path.display().to_string(), l.target.display().to_string()));
        let expected = (
            "/etc/systemd/system/sockets.target.wants/nusantara-php8.2@joko.socket".to_owned(),
            "/etc/systemd/system/nusantara-php8.2@.socket".to_owned(),
        );
        assert_eq!(link("nusantara-php8.2@joko.socket"), Ok(expected));
        assert!(link("nusantara-tick.timer").unwrap().1.ends_with("/nusantara-tick.timer"));
        for bad in ["", "x", ".socket", "../x.socket", "a/b.service", "a@b@c.service", "-a.service", "user-1.slice", "a b.service"] {
            assert_eq!(link(bad).unwrap_err().kind, HostErrorKind::Refused, "{bad:?}");
        }
    }
}
