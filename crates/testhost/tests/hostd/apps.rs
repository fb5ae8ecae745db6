//! What tests of apps and of limits need beside the daemon's operations: packages, an account's files, its sockets.

use super::Hostd;
use crate::panel::Fallible;
use nusantara_testhost::{Host, HostOptions, Kind, panel_package};
use serde_json::{Value, json};
use std::time::Duration;

/// The package every test account gets.
const PACKAGE: &str = "/etc/nusantara-panel/packages/starter.json";

/// A virtual machine with the panel, where limits bind.
pub(crate) fn machine(name: &str) -> Fallible<Host> {
    Ok(Host::up(name, &HostOptions { kind: Kind::Vm, install: Some(panel_package()?), ..HostOptions::default() })?)
}

/// Lets accounts have apps. `limits` are those that besides differ from the shipped package.
pub(crate) fn widen_package(host: &Host, limits: &Value) -> Fallible {
    let mut package: Value = serde_json::from_str(&host.read_file(PACKAGE)?)?;
    package["max_apps"] = json!(5);
    for (name, value) in limits.as_object().into_iter().flatten() {
        package[name] = value.clone();
    }
    Ok(host.write_file(PACKAGE, package.to_string())?)
}

/// A Node.js app that `server.js` in `apps/shop` is.
pub(crate) fn node_app(name: &str, listen: Value) -> Value {
    json!({"name": name, "folder": "apps/shop", "program": {"node": "server.js"}, "listen": listen, "instances": 1, "enabled": true})
}

impl Hostd<'_> {
    /// Waits until the instances of an app are as wanted.
    pub(crate) fn app_states(&self, username: &str, app: &str, wanted: impl Fn(&[Value]) -> bool) -> Fallible {
        let mut last = Value::Null;
        let seen = self.host.wait_until("the app's state", Duration::from_secs(30), || {
            last = self.done(&json!({"app_states": {"username": username}})).unwrap_or_default();
            let all = last["apps"]["apps"].as_array().cloned().unwrap_or_default();
            let instances = all.iter().find(|a| a["name"] == app).and_then(|a| a["instances"].as_array());
            Ok(instances.filter(|all| wanted(all)).map(|_| ()))
        });
        Ok(seen.map_err(|e| format!("{e}: {last:#}"))?)
    }
}

/// Writes a file of an account's below its home.
pub(crate) fn put_file(host: &Host, username: &str, folder: &str, name: &str, text: &str) -> Fallible {
    let folder = format!("/home/{username}/{folder}");
    let (uid, gid) = (format!("--reuid={username}"), format!("--regid={username}"));
    host.run(["setpriv", &uid, &gid, "--clear-groups", "mkdir", "-p", &folder])?;
    let path = format!("{folder}/{name}");
    host.write_file(&path, text)?;
    Ok(host.run(["chown", &format!("{username}:{username}"), &path]).map(drop)?)
}

/// Fetches a page over a socket in an account's folder, as somebody.
pub(crate) fn over_socket(host: &Host, user: &str, owner: &str, socket: &str, page: &str) -> Fallible<String> {
    let socket = format!("/run/nusantara-app/{owner}/{socket}");
    let url = format!("http://localhost{page}");
    let output = host.exec_as(user, ["curl", "--silent", "--show-error", "--max-time", "20", "--unix-socket", &socket, &url])?;
    if output.success() { Ok(output.stdout) } else { Err(output.stderr.into()) }
}

/// Whether systemd can hold a unit to its ports here: whether the kernel lets it load the programs for that.
pub(crate) fn bpf_works(host: &Host) -> Fallible<bool> {
    let bind = "python3 -c 'import socket; socket.socket().bind((\"127.0.0.1\", 29998))'";
    let argv = ["systemd-run", "--quiet", "--wait", "--pipe", "-p", "SocketBindDeny=29998", "sh", "-c", bind];
    Ok(!host.exec(argv)?.success())
}
