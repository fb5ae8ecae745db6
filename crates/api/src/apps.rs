//! Apps that the host supervises for an account.

use crate::sites::settings::same_members;
use chrono::{DateTime, Utc};
use nusantara_types::apps::{self as spec, AppArgument, EnvName, EnvValue, NodeApp};
use nusantara_types::sites::{AppPort, UrlPath};
use nusantara_types::{AppName, DocRoot};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What is started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AppProgram {
    /// The host's Node.js, with this script below the app's folder.
    #[schema(value_type = String)]
    Node(DocRoot),
    /// The host's Python 3, with this script below the app's folder.
    #[schema(value_type = String)]
    Python(DocRoot),
    /// An executable file below the app's folder, such as `venv/bin/gunicorn`.
    #[schema(value_type = String)]
    File(DocRoot),
}

/// How an app is told where to listen: always by the variable `PORT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AppListen {
    /// `PORT` is a number, 20000 to 29999; the first of as many ports as there are instances.
    #[schema(value_type = u16)]
    Port(AppPort),
    /// `PORT` is the path of a unix socket.
    Socket {},
}

/// When an app that ended is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// The page.
    #[schema(value_type = String, example = "/health")]
    pub path: UrlPath,
    /// Seconds it may take after the start, 1 to 120.
    #[schema(minimum = 1, maximum = 120)]
    pub within_seconds: u32,
}

/// `PUT /api/v1/accounts/{username}/apps/{name}`: the app as it shall be, but its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutApp {
    /// Its folder below the home; where it is started.
    #[schema(value_type = String, example = "apps/shop")]
    pub folder: DocRoot,
    /// What is started.
    pub program: AppProgram,
    /// Its arguments, at most 32; passed as they are.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub args: Vec<AppArgument>,
    /// Its environment, at most 64 variables.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    pub env: BTreeMap<EnvName, EnvValue>,
    /// Where it listens.
    pub listen: AppListen,
    /// How many run side by side, 1 to 16.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 16)]
    pub instances: u32,
    /// When it is started again.
    #[serde(default)]
    pub restart: RestartPolicy,
    /// How one sees that it is well; that it accepts connections is enough when null.
    #[serde(default)]
    pub health: Option<HealthCheck>,
    /// Whether it runs.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn one() -> u32 {
    1
}

const fn yes() -> bool {
    true
}

/// An app as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct App {
    /// Its name.
    pub name: String,
    /// Its folder below the home.
    #[schema(value_type = String)]
    pub folder: DocRoot,
    /// What is started.
    pub program: AppProgram,
    /// Its arguments.
    #[schema(value_type = Vec<String>)]
    pub args: Vec<AppArgument>,
    /// Its environment. For a caller who may not change apps every value is `***`.
    #[schema(value_type = BTreeMap<String, String>)]
    pub env: BTreeMap<EnvName, EnvValue>,
    /// Where it listens.
    pub listen: AppListen,
    /// How many run side by side.
    pub instances: u32,
    /// When it is started again.
    pub restart: RestartPolicy,
    /// How one sees that it is well.
    pub health: Option<HealthCheck>,
    /// Whether it is to run.
    pub enabled: bool,
    /// How its instances are, in order; empty while it does not run.
    pub state: Vec<InstanceState>,
}

/// How an instance of an app is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InstanceState {
    /// systemd's word: `active`, `activating`, `failed`, `inactive`, `deactivating`.
    pub state: String,
    /// systemd's finer word, such as `running` or `auto-restart`.
    pub sub_state: String,
    /// When it last came into this state.
    pub since: Option<DateTime<Utc>>,
    /// How often it has been started again.
    pub restarts: u32,
    /// Bytes of memory it has.
    pub memory_bytes: Option<u64>,
    /// How it ended, when it ended: an exit status or a signal, in words.
    pub ended: Option<String>,
}

/// `GET /api/v1/accounts/{username}/apps`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AppList {
    /// In order of name.
    pub items: Vec<App>,
}

same_members!(RestartPolicy, spec::RestartPolicy: Always OnFailure Never);

impl From<spec::AppProgram> for AppProgram {
    fn from(program: spec::AppProgram) -> Self {
        match program {
            spec::AppProgram::Node(script) => Self::Node(script),
            spec::AppProgram::Python(script) => Self::Python(script),
            spec::AppProgram::File(file) => Self::File(file),
        }
    }
}

impl From<AppProgram> for spec::AppProgram {
    fn from(program: AppProgram) -> Self {
        match program {
            AppProgram::Node(script) => Self::Node(script),
            AppProgram::Python(script) => Self::Python(script),
            AppProgram::File(file) => Self::File(file),
        }
    }
}

impl From<spec::AppListen> for AppListen {
    fn from(listen: spec::AppListen) -> Self {
        match listen {
            spec::AppListen::Port(port) => Self::Port(port),
            spec::AppListen::Socket {} => Self::Socket {},
        }
    }
}

impl From<AppListen> for spec::AppListen {
    fn from(listen: AppListen) -> Self {
        match listen {
            AppListen::Port(port) => Self::Port(port),
            AppListen::Socket {} => Self::Socket {},
        }
    }
}

impl PutApp {
    /// The app under its name.
    #[must_use]
    pub fn named(self, name: AppName) -> NodeApp {
        let Self { folder, program, args, env, listen, instances, restart, health, enabled } = self;
        let health = health.map(|check| spec::HealthCheck { path: check.path, within_seconds: check.within_seconds });
        let (program, listen, restart) = (program.into(), listen.into(), restart.into());
        NodeApp { name, folder, program, args, env, listen, instances, restart, health, enabled }
    }
}

impl App {
    /// An app of a spec, with how its instances are.
    #[must_use]
    pub fn new(app: NodeApp, state: Vec<InstanceState>) -> Self {
        let NodeApp { name, folder, program, args, env, listen, instances, restart, health, enabled } = app;
        let health = health.map(|check| HealthCheck { path: check.path, within_seconds: check.within_seconds });
        let (name, program, listen, restart) = (name.into(), program.into(), listen.into(), restart.into());
        Self { name, folder, program, args, env, listen, instances, restart, health, enabled, state }
    }

    /// What would have to be put to leave it as it is.
    #[must_use]
    pub fn settings(self) -> PutApp {
        let Self { folder, program, args, env, listen, instances, restart, health, enabled, .. } = self;
        PutApp { folder, program, args, env, listen, instances, restart, health, enabled }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_survives_both_ways() {
        let text = r#"{"folder":"apps/shop","program":{"node":"server.js"},"args":["--x"],"env":{"NODE_ENV":"production"},
            "listen":{"port":20010},"instances":2,"restart":"on_failure","health":{"path":"/health","within_seconds":20},"enabled":false}"#;
        let put: PutApp = serde_json::from_str(text).unwrap();
        let app = put.clone().named("shop".parse().unwrap());
        assert_eq!(App::new(app, vec![]).settings(), put);
        let short = r#"{"folder":"apps/shop","program":{"file":"bin/run"},"listen":{"socket":{}}}"#;
        let short: PutApp = serde_json::from_str(short).unwrap();
        assert_eq!((short.instances, short.enabled, short.restart), (1, true, RestartPolicy::Always));
        assert!(serde_json::from_str::<PutApp>(r#"{"name":"x"}"#).is_err());
    }
}
