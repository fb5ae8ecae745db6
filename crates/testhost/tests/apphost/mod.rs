//! A host with the panel, on which a test speaks to the host daemon itself, as the panel does.
#![allow(dead_code, reason = "each test file uses its own part")]

use crate::panel::Fallible;
use nusantara_testhost::{Host, HostOptions, Kind, panel_package};
use serde_json::{Value, json};
use std::fs;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const PEER: &str = "/var/tmp/frames";
/// The package every test account gets.
const PACKAGE: &str = "/etc/nusantara-panel/packages/starter.json";

/// A host, and how to speak to its daemon.
#[derive(Debug)]
pub(crate) struct AppHost {
    host: Host,
    serial: AtomicU32,
}

impl Deref for AppHost {
    type Target = Host;
    fn deref(&self) -> &Host {
        &self.host
    }
}

/// A Node.js app that `server.js` in `apps/shop` is.
pub(crate) fn node_app(name: &str, listen: Value) -> Value {
    json!({"name": name, "folder": "apps/shop", "program": {"node": "server.js"}, "listen": listen, "instances": 1, "enabled": true})
}

impl AppHost {
    /// A container.
    pub(crate) fn up(name: &str) -> Fallible<Self> {
        Self::prepared(Host::with_panel(name)?, json!({}))
    }

    /// A virtual machine, where limits bind. `limits` are those of the accounts' package that differ from the shipped one.
    pub(crate) fn machine(name: &str, limits: Value) -> Fallible<Self> {
        let options = HostOptions { kind: Kind::Vm, install: Some(panel_package()?), ..HostOptions::default() };
        Self::prepared(Host::up(name, &options)?, limits)
    }

    fn prepared(host: Host, limits: Value) -> Fallible<Self> {
        host.write_file(PEER, fs::read(env!("CARGO_BIN_EXE_frames"))?)?;
        host.run(["chmod", "0755", PEER])?;
        let mut package: Value = serde_json::from_str(&host.read_file(PACKAGE)?)?;
        package["max_apps"] = json!(5);
        for (name, value) in limits.as_object().into_iter().flatten() {
            package[name] = value.clone();
        }
        host.write_file(PACKAGE, package.to_string())?;
        Ok(Self { host, serial: AtomicU32::new(1) })
    }

    /// Asks for an operation as the panel's user; answers with its `result`.
    pub(crate) fn ask(&self, operation: &str, args: Value) -> Fallible<Value> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let id = Self::id(serial);
        let request = json!({"version": 1, "id": id, "actor": "admin", "operation": {operation: args}}).to_string();
        let gid = self.host.run(["id", "-g", "nusantara"])?;
        let argv = ["setpriv", "--reuid=nusantara", &format!("--regid={}", gid.trim()), "--init-groups", "--", PEER, "send"];
        let output = self.host.exec_with_input(argv, request.as_bytes())?;
        let reply = output.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find(|m| m["reply"].is_object());
        Ok(reply.ok_or_else(|| format!("{operation}: {} {}", output.stdout, output.stderr))?["reply"]["result"].clone())
    }

    fn id(serial: u32) -> String {
        format!("01890000-0000-7000-8000-{serial:012}")
    }

    /// Asks for an operation during which the daemon is killed; answers with its result once the daemon is back and has ended it.
    pub(crate) fn ask_and_survive(&self, operation: &str, args: Value) -> Fallible<Value> {
        let id = Self::id(self.serial.load(Ordering::Relaxed));
        if let Ok(result) = self.ask(operation, args) {
            return Err(format!("it was not killed: {result}").into());
        }
        self.outcome(&id, Duration::from_secs(60))
    }

    /// The same for an operation that may take longer than one waits for an answer.
    pub(crate) fn ok_late(&self, operation: &str, args: Value) -> Fallible<Value> {
        let id = Self::id(self.serial.load(Ordering::Relaxed));
        let result = self.ask(operation, args).or_else(|_| self.outcome(&id, Duration::from_secs(200)))?;
        if result["Ok"].is_null() { Err(format!("{operation}: {result:#}").into()) } else { Ok(result["Ok"].clone()) }
    }

    fn outcome(&self, id: &str, within: Duration) -> Fallible<Value> {
        let seen = self.host.wait_until("the outcome", within, || {
            let outcome = self.ok("outcome", json!({"request": id})).unwrap_or_default();
            Ok(Some(outcome["outcome"]["ended"]["result"].clone()).filter(|result| !result.is_null()))
        });
        Ok(seen?)
    }

    /// The same, and demands success.
    pub(crate) fn ok(&self, operation: &str, args: Value) -> Fallible<Value> {
        let result = self.ask(operation, args)?;
        if result["Ok"].is_null() { Err(format!("{operation}: {result:#}").into()) } else { Ok(result["Ok"].clone()) }
    }

    /// Waits until the instances of an app are as wanted.
    pub(crate) fn states(&self, username: &str, app: &str, wanted: impl Fn(&[Value]) -> bool) -> Fallible {
        let mut last = Value::Null;
        let seen = self.host.wait_until("the app's state", Duration::from_secs(30), || {
            last = self.ok("app_states", json!({"username": username})).unwrap_or_default();
            let all = last["apps"]["apps"].as_array().cloned().unwrap_or_default();
            let instances = all.iter().find(|a| a["name"] == app).and_then(|a| a["instances"].as_array());
            Ok(instances.filter(|all| wanted(all)).map(|_| ()))
        });
        Ok(seen.map_err(|e| format!("{e}: {last:#}"))?)
    }

    /// Writes a file of an account's below its home.
    pub(crate) fn put_file(&self, username: &str, folder: &str, name: &str, text: &str) -> Fallible {
        let folder = format!("/home/{username}/{folder}");
        self.host.run([
            "setpriv",
            &format!("--reuid={username}"),
            &format!("--regid={username}"),
            "--clear-groups",
            "mkdir",
            "-p",
            &folder,
        ])?;
        let path = format!("{folder}/{name}");
        self.host.write_file(&path, text)?;
        Ok(self.host.run(["chown", &format!("{username}:{username}"), &path]).map(drop)?)
    }

    /// Fetches a page over a socket in an account's folder, as somebody.
    pub(crate) fn over_socket(&self, user: &str, owner: &str, socket: &str, page: &str) -> Fallible<String> {
        let socket = format!("/run/nusantara-app/{owner}/{socket}");
        let url = format!("http://localhost{page}");
        let output = self.host.exec_as(user, ["curl", "--silent", "--show-error", "--max-time", "20", "--unix-socket", &socket, &url])?;
        if output.success() { Ok(output.stdout) } else { Err(output.stderr.into()) }
    }

    /// Whether systemd can hold a unit to its ports here: whether the kernel lets it load the programs for that.
    pub(crate) fn bpf_works(&self) -> Fallible<bool> {
        let bind = "python3 -c 'import socket; socket.socket().bind((\"127.0.0.1\", 29998))'";
        let argv = ["systemd-run", "--quiet", "--wait", "--pipe", "-p", "SocketBindDeny=29998", "sh", "-c", bind];
        Ok(!self.host.exec(argv)?.success())
    }

    /// Ends a test.
    pub(crate) fn finish(self) -> Fallible {
        Ok(self.host.finish()?)
    }
}
