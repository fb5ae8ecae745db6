//! What can be said about an app on the command line: only what is named is changed.

use crate::context::parse;
use crate::failure::Failure;
use crate::sites::options::Switch;
use clap::{Args, ValueEnum};
use nusantara_client::api::apps::{AppListen, AppProgram, HealthCheck, PutApp, RestartPolicy};
use nusantara_client::types::sites::AppPort;

/// When an app that ended is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Restart {
    Always,
    OnFailure,
    Never,
}

/// The options of an app.
#[derive(Debug, Args)]
#[command(next_help_heading = "What the app is")]
pub(crate) struct Options {
    /// Its folder below the home
    #[arg(long, value_name = "FOLDER", conflicts_with = "file")]
    folder: Option<String>,
    /// Start this script below its folder with Node.js
    #[arg(long, value_name = "SCRIPT", group = "program", conflicts_with = "file")]
    node: Option<String>,
    /// Start this script below its folder with Python 3
    #[arg(long, value_name = "SCRIPT", group = "program", conflicts_with = "file")]
    python: Option<String>,
    /// Start this executable file below its folder
    #[arg(long, value_name = "FILE", group = "program", conflicts_with = "file")]
    exec: Option<String>,
    /// An argument; give it once for each. Together they take the place of those before
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with = "file")]
    arg: Vec<String>,
    /// A variable of its environment
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "file")]
    env: Vec<String>,
    /// Take such a variable away
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    no_env: Vec<String>,
    /// Let it listen on this port of 127.0.0.1, 20000 to 29999; further instances on those that follow
    #[arg(long, value_name = "PORT", conflicts_with_all = ["listen_socket", "file"])]
    port: Option<u64>,
    /// Let it listen on a unix socket, whose path it gets as PORT
    #[arg(long, conflicts_with = "file")]
    listen_socket: bool,
    /// How many run side by side, 1 to 16
    #[arg(long, value_name = "N", conflicts_with = "file")]
    instances: Option<u32>,
    /// When it is started again after it ended
    #[arg(long, value_enum, conflicts_with = "file")]
    restart: Option<Restart>,
    /// A page that answers when it is well
    #[arg(long, value_name = "PATH", conflicts_with = "file")]
    health: Option<String>,
    /// Seconds that page may take after the start, 1 to 120
    #[arg(long, value_name = "SECONDS", requires = "health", default_value_t = 30)]
    health_within: u32,
    /// Whether it runs
    #[arg(long, value_enum, conflicts_with = "file")]
    enabled: Option<Switch>,
}

impl Options {
    /// The app with what is named changed; one that is not there yet needs a folder, a program and where it listens.
    pub(crate) fn applied(&self, known: Option<PutApp>) -> Result<PutApp, Failure> {
        let mut app = match known {
            Some(app) => app,
            None => self.fresh()?,
        };
        if let Some(folder) = &self.folder {
            app.folder = parse("folder", folder)?;
        }
        if let Some(program) = self.program()? {
            app.program = program;
        }
        if let Some(listen) = self.listen()? {
            app.listen = listen;
        }
        if !self.arg.is_empty() {
            app.args = self.arg.iter().map(|text| parse("args", text)).collect::<Result<_, _>>()?;
        }
        app.env.retain(|name, _| !self.no_env.iter().any(|gone| gone == name.as_str()));
        for pair in &self.env {
            let shape = || Failure::Value { field: "env", message: format!("\"{pair}\" is not NAME=VALUE.") };
            let (name, value) = pair.split_once('=').ok_or_else(shape)?;
            app.env.insert(parse("env", name)?, parse("env", value)?);
        }
        app.instances = self.instances.unwrap_or(app.instances);
        app.restart = self.restart.map_or(app.restart, |restart| match restart {
            Restart::Always => RestartPolicy::Always,
            Restart::OnFailure => RestartPolicy::OnFailure,
            Restart::Never => RestartPolicy::Never,
        });
        if let Some(path) = &self.health {
            app.health = Some(HealthCheck { path: parse("path", path)?, within_seconds: self.health_within });
        }
        app.enabled = self.enabled.map_or(app.enabled, |enabled| enabled == Switch::On);
        Ok(app)
    }

    fn fresh(&self) -> Result<PutApp, Failure> {
        let (Some(folder), Some(program), Some(listen)) = (&self.folder, self.program()?, self.listen()?) else {
            let needs = "A new app needs --folder, one of --node, --python and --exec, and one of --port and --listen-socket.";
            return Err(Failure::Usage(needs.to_owned()));
        };
        let folder = parse("folder", folder)?;
        let (args, env, restart) = (Vec::new(), std::collections::BTreeMap::new(), RestartPolicy::default());
        Ok(PutApp { folder, program, args, env, listen, instances: 1, restart, health: None, enabled: true })
    }

    fn program(&self) -> Result<Option<AppProgram>, Failure> {
        Ok(match (&self.node, &self.python, &self.exec) {
            (Some(script), ..) => Some(AppProgram::Node(parse("program", script)?)),
            (_, Some(script), _) => Some(AppProgram::Python(parse("program", script)?)),
            (.., Some(file)) => Some(AppProgram::File(parse("program", file)?)),
            (None, None, None) => None,
        })
    }

    fn listen(&self) -> Result<Option<AppListen>, Failure> {
        if self.listen_socket {
            return Ok(Some(AppListen::Socket {}));
        }
        let refused = |allowed| Failure::Value { field: "port", message: format!("This port is not allowed: {allowed}.") };
        let port = self.port.map(|port| AppPort::try_from(port).map_err(|invalid| refused(invalid.allowed))).transpose()?;
        Ok(port.map(AppListen::Port))
    }
}
