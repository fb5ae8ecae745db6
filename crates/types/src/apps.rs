//! Apps that the host supervises for an account: Node.js, Python, or any other program that answers HTTP on a port or a socket.

use crate::DocRoot;
use crate::parse::{Invalid, refuse_control, string_newtype};
use crate::sites::{AppPort, UrlPath};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of an app: `^[a-z][a-z0-9-]{0,30}$`, not ending in a hyphen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AppName(String);

impl TryFrom<String> for AppName {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let ok = (1..=31).contains(&s.len())
            && s.as_bytes()[0].is_ascii_lowercase()
            && !s.ends_with('-')
            && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if ok {
            Ok(Self(s))
        } else {
            Err(Invalid::new("name", "use up to 31 lower-case letters, digits and hyphens, starting with a letter"))
        }
    }
}
string_newtype!(AppName);

/// One argument of an app's program. Passed as it is: no shell, no quoting, no expansion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AppArgument(String);

impl TryFrom<String> for AppArgument {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        refuse_control("args", &s)?;
        if s.len() <= 1_024 { Ok(Self(s)) } else { Err(Invalid::new("args", "give arguments of up to 1024 bytes")) }
    }
}
string_newtype!(AppArgument);

/// The name of a variable in an app's environment: `^[A-Z_][A-Z0-9_]{0,63}$`, none that the host sets or the linker reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnvName(String);

impl TryFrom<String> for EnvName {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        const KEPT: [&str; 8] = ["HOME", "USER", "LOGNAME", "SHELL", "PORT", "TMPDIR", "INSTANCE", "XDG_RUNTIME_DIR"];
        let shape = (1..=64).contains(&s.len())
            && !s.as_bytes()[0].is_ascii_digit()
            && s.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if !shape {
            return Err(Invalid::new("env", "use names of up to 64 capital letters, digits and underscores, not starting with a digit"));
        }
        if KEPT.contains(&s.as_str()) || s.starts_with("LD_") {
            return Err(Invalid::new("env", "this variable is set by the host; choose another name"));
        }
        Ok(Self(s))
    }
}
string_newtype!(EnvName);

/// What such a variable says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnvValue(String);

impl TryFrom<String> for EnvValue {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        refuse_control("env", &s)?;
        if s.len() <= 4_096 { Ok(Self(s)) } else { Err(Invalid::new("env", "give values of up to 4096 bytes")) }
    }
}
string_newtype!(EnvValue);

impl EnvValue {
    /// What stands for one that is not written down.
    #[must_use]
    pub fn withheld() -> Self {
        Self("***".to_owned())
    }
}

/// What is started. Looked up by the account's own process, inside its sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AppProgram {
    /// The host's Node.js, with this script below the app's folder.
    Node(DocRoot),
    /// The host's Python 3, with this script below the app's folder.
    Python(DocRoot),
    /// An executable file below the app's folder, such as `venv/bin/gunicorn`.
    File(DocRoot),
}

/// How an app is told where to listen: always by the variable `PORT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AppListen {
    /// `PORT` is a number; the first of as many ports as there are instances.
    Port(AppPort),
    /// `PORT` is the path of a unix socket, which Node.js and others take in its place.
    Socket {},
}

/// When an app that ended is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    /// Whenever it ends.
    #[default]
    Always,
    /// When it fails.
    OnFailure,
    /// Not by itself.
    Never,
}

/// How one sees that an app is well: this page answers with a status below 500 in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// The page.
    pub path: UrlPath,
    /// Seconds it may take after the start, 1 to 120.
    pub within_seconds: u32,
}

/// An app of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeApp {
    /// Its name.
    pub name: AppName,
    /// Its folder below the home; where it is started.
    pub folder: DocRoot,
    /// What is started.
    pub program: AppProgram,
    /// Its arguments, at most 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<AppArgument>,
    /// Its environment, at most 64 variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<EnvName, EnvValue>,
    /// Where it listens.
    pub listen: AppListen,
    /// How many run side by side, 1 to 16.
    pub instances: u32,
    /// When it is started again.
    #[serde(default)]
    pub restart: RestartPolicy,
    /// How one sees that it is well; that it accepts connections is enough when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthCheck>,
    /// Whether it runs.
    pub enabled: bool,
}

impl NodeApp {
    /// The ports it listens on.
    pub fn ports(&self) -> impl Iterator<Item = u16> + use<> {
        let first = match self.listen {
            AppListen::Port(port) => Some(port.get()),
            AppListen::Socket {} => None,
        };
        let count = u16::try_from(self.instances).unwrap_or(u16::MAX);
        first.into_iter().flat_map(move |first| first..first.saturating_add(count))
    }

    /// The first field that is out of range, with what is allowed.
    #[must_use]
    pub fn violation(&self) -> Option<(&'static str, &'static str)> {
        if !(1..=16).contains(&self.instances) {
            return Some(("instances", "must be between 1 and 16"));
        }
        if self.args.len() > 32 {
            return Some(("args", "give at most 32"));
        }
        if self.env.len() > 64 {
            return Some(("env", "give at most 64 variables"));
        }
        if self.health.as_ref().is_some_and(|h| !(1..=120).contains(&h.within_seconds)) {
            return Some(("health.within_seconds", "must be between 1 and 120"));
        }
        if self.ports().any(|port| AppPort::try_from(u64::from(port)).is_err()) {
            return Some(("listen.port", "leave a port up to 29999 for each instance"));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_reads_as_people_write_it() {
        let text = r#"{"name":"shop","folder":"apps/shop","program":{"node":"server.js"},"args":["--x"],"env":{"NODE_ENV":"production"},
            "listen":{"port":20010},"instances":2,"health":{"path":"/health","within_seconds":20},"enabled":true}"#;
        let app: NodeApp = serde_json::from_str(text).unwrap();
        assert_eq!(app.ports().collect::<Vec<_>>(), [20_010, 20_011]);
        assert_eq!(app.violation(), None);
        let high = NodeApp { listen: AppListen::Port(29_999.try_into().unwrap()), ..app.clone() };
        assert_eq!(high.violation().unwrap().0, "listen.port");
        assert_eq!(NodeApp { instances: 0, ..app.clone() }.violation().unwrap().0, "instances");
        let socket: NodeApp = serde_json::from_str(&text.replace(r#"{"port":20010}"#, r#"{"socket":{}}"#)).unwrap();
        assert_eq!(socket.ports().count(), 0);
    }

    #[test]
    fn names_and_values_cannot_be_more_than_one() {
        for bad in ["", "A", "a b", "a=b", "1A", "LD_PRELOAD", "HOME", "PORT", "a", "A\n"] {
            if bad != "A" {
                assert!(bad.parse::<EnvName>().is_err(), "{bad:?}");
            }
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "a/b", "a@b"] {
            assert!(bad.parse::<AppName>().is_err(), "{bad:?}");
        }
        assert!("a\nb".parse::<EnvValue>().is_err() && "a\0".parse::<AppArgument>().is_err());
        assert!("$(id) %h ${X}".parse::<AppArgument>().is_ok(), "nothing expands it");
    }
}
