//! What a host is: its name, its distribution, its kernel, its processors, its cgroup controllers.

use crate::{FactsError, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// os-release(5), as far as it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OsRelease {
    /// `ID`, such as `debian`.
    pub id: String,
    /// `VERSION_ID`, such as `12`; empty on a rolling release.
    pub version_id: String,
    /// `PRETTY_NAME`, such as `Debian GNU/Linux 12 (bookworm)`.
    pub pretty_name: String,
}

/// The distribution, from `/etc/os-release` or, as the manual page says, `/usr/lib/os-release`.
///
/// # Errors
/// When neither can be read or there is no `ID`.
pub fn os_release() -> Result<OsRelease> {
    os_release_below(Path::new("/"))
}

fn os_release_below(root: &Path) -> Result<OsRelease> {
    let path = root.join("etc/os-release");
    let text = std::fs::read_to_string(&path)
        .or_else(|_| std::fs::read_to_string(root.join("usr/lib/os-release")))
        .map_err(|e| FactsError::new(&path, e))?;
    let mut fields: BTreeMap<&str, String> = text
        .lines()
        .filter(|l| !l.trim_start().starts_with('#'))
        .filter_map(|l| l.split_once('='))
        .map(|(k, v)| (k.trim(), unquote(v)))
        .collect();
    let id = fields.remove("ID").filter(|id| !id.is_empty()).ok_or_else(|| FactsError::new(&path, "it has no ID"))?;
    let version_id = fields.remove("VERSION_ID").unwrap_or_default();
    let pretty_name = fields.remove("PRETTY_NAME").unwrap_or_else(|| format!("{id} {version_id}").trim().to_owned());
    Ok(OsRelease { id, version_id, pretty_name })
}

/// A value as a shell would read it: optional quotes of either kind, and in double quotes a backslash before `"`, `\`, `$` and `` ` ``.
fn unquote(value: &str) -> String {
    let value = value.trim();
    if let Some(inner) = value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')) {
        return inner.to_owned();
    }
    let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('"' | '\\' | '$' | '`')) => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

/// The host's name, without domain unless the admin put one there.
#[must_use]
pub fn hostname() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The kernel's release, such as `6.1.0-41-cloud-amd64`.
#[must_use]
pub fn kernel() -> String {
    rustix::system::uname().release().to_string_lossy().into_owned()
}

/// The machine type, such as `x86_64`.
#[must_use]
pub fn architecture() -> String {
    rustix::system::uname().machine().to_string_lossy().into_owned()
}

/// cgroup v2 controllers of this host, such as `cpu`, `io`, `memory`, `pids`; empty where there is no unified hierarchy. Limits of
/// slices bind only through these.
#[must_use]
pub fn cgroup_controllers() -> Vec<String> {
    controllers_in(Path::new("/sys/fs/cgroup"))
}

fn controllers_in(hierarchy: &Path) -> Vec<String> {
    // Those there are, not those in use now (cgroup.subtree_control): systemd switches one on when the first unit needs it. A
    // container lists what it was given.
    let text = std::fs::read_to_string(hierarchy.join("cgroup.controllers")).unwrap_or_default();
    let mut names: Vec<String> = text.split_ascii_whitespace().map(str::to_owned).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "fixtures of a test")]
mod tests {
    use super::*;

    fn check(text: &str, id: &str, version_id: &str, pretty_name: &str) {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("usr/lib")).unwrap();
        std::fs::write(root.path().join("usr/lib/os-release"), text).unwrap();
        let expected = OsRelease { id: id.to_owned(), version_id: version_id.to_owned(), pretty_name: pretty_name.to_owned() };
        assert_eq!(os_release_below(root.path()).unwrap(), expected);
    }

    #[test]
    fn every_quoting_of_os_release_is_read() {
        check(
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n",
            "debian",
            "12",
            "Debian GNU/Linux 12 (bookworm)",
        );
        check("# ID=no\nID='ubuntu'\nVERSION_ID=22.04\n", "ubuntu", "22.04", "ubuntu 22.04");
        check("ID=x\nPRETTY_NAME=\"a \\\"b\\\" \\$c\"\n", "x", "", "a \"b\" $c");
        assert!(os_release_below(Path::new("/nonexistent")).is_err());
    }

    #[test]
    fn this_machine_has_a_name_and_a_kernel() {
        assert!(!hostname().is_empty() && !kernel().is_empty() && !architecture().is_empty());
        assert!(os_release().is_ok());
    }

    #[test]
    fn controllers_come_in_order() {
        let folder = tempfile::tempdir().unwrap();
        assert!(controllers_in(folder.path()).is_empty());
        std::fs::write(folder.path().join("cgroup.controllers"), "pids cpu io memory\n").unwrap();
        assert_eq!(controllers_in(folder.path()), ["cpu", "io", "memory", "pids"]);
    }
}
