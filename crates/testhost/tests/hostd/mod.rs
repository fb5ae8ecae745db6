//! Talks to the host daemon directly, as the panel's user does: for operations whatever the panel offers of them.
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod apps;
pub(crate) mod specs;

use crate::panel::Fallible;
use nusantara_testhost::Host;
use serde_json::{Value, json};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Where the speaker of raw frames lies in the host.
pub(crate) const PEER: &str = "/var/tmp/frames";

/// The daemon of a host.
pub(crate) struct Hostd<'a> {
    host: &'a Host,
}

/// No id is used twice, whoever speaks to whichever host.
static SERIAL: AtomicU64 = AtomicU64::new(1);

impl<'a> Hostd<'a> {
    pub(crate) fn of(host: &'a Host) -> Fallible<Self> {
        host.write_file(PEER, fs::read(env!("CARGO_BIN_EXE_frames"))?)?;
        host.run(["chmod", "0755", PEER])?;
        Ok(Self { host })
    }

    /// A request with an id of its own, and that id.
    pub(crate) fn request(&self, operation: &Value) -> (String, String) {
        let id = format!("01890000-0000-7000-8000-{:012}", SERIAL.fetch_add(1, Ordering::Relaxed));
        (id.clone(), json!({"version": 1, "id": id, "actor": "admin", "operation": operation}).to_string())
    }

    /// Sends a request and returns everything that came back.
    pub(crate) fn send(&self, request: &str) -> Fallible<String> {
        let argv = ["setpriv", "--reuid=nusantara", "--regid=nusantara", "--init-groups", "--", PEER, "send"];
        Ok(self.host.exec_with_input(argv, request.as_bytes())?.stdout)
    }

    /// Carries out an operation: its answer, or its error.
    pub(crate) fn call(&self, operation: &Value) -> Fallible<Result<Value, Value>> {
        let said = self.send(&self.request(operation).1)?;
        reply(&said).ok_or_else(|| format!("{operation}: no reply in {said}").into())
    }

    /// Carries out an operation that must succeed.
    pub(crate) fn done(&self, operation: &Value) -> Fallible<Value> {
        self.call(operation)?.map_err(|error| format!("{operation}: {error:#}").into())
    }

    /// Carries out an operation that must fail, and returns its error.
    pub(crate) fn error(&self, operation: &Value) -> Fallible<Value> {
        match self.call(operation)? {
            Ok(answer) => Err(format!("{operation} was carried out: {answer:#}").into()),
            Err(error) => Ok(error),
        }
    }

    /// Carries out an operation that must be refused, and returns code and field.
    pub(crate) fn refused(&self, operation: &Value) -> Fallible<(String, String)> {
        let error = self.error(operation)?;
        Ok((text(&error["code"]), text(&error["field"])))
    }

    /// Carries out an operation during which the daemon is killed, and which succeeds once the daemon is back.
    pub(crate) fn survived(&self, operation: &Value) -> Fallible<Value> {
        let (id, request) = self.request(operation);
        let said = self.send(&request)?;
        if let Some(result) = reply(&said) {
            return Err(format!("{operation}: the daemon was not killed: {result:?}").into());
        }
        self.outcome(&id)?.map_err(|error| format!("{operation}: {error:#}").into())
    }

    /// Carries out an operation that must succeed, and may take longer than one waits for its answer.
    pub(crate) fn done_late(&self, operation: &Value) -> Fallible<Value> {
        let (id, request) = self.request(operation);
        let result = match reply(&self.send(&request)?) {
            Some(result) => result,
            None => self.ended(&id, Duration::from_secs(200))?,
        };
        result.map_err(|error| format!("{operation}: {error:#}").into())
    }

    /// How a request ended that lost its caller. The daemon may be killed and come back meanwhile.
    pub(crate) fn outcome(&self, id: &str) -> Fallible<Result<Value, Value>> {
        self.ended(id, Duration::from_secs(60))
    }

    fn ended(&self, id: &str, within: Duration) -> Fallible<Result<Value, Value>> {
        let asked = json!({"outcome": {"request": id}});
        Ok(self.host.wait_until(&format!("the end of {id}"), within, || {
            let answer = self.call(&asked).ok().and_then(Result::ok).unwrap_or_default();
            Ok(result(&answer["outcome"]["ended"]))
        })?)
    }

    pub(crate) fn create(&self, username: &str, domain: &str, package: &str) -> Fallible<Value> {
        self.done(&json!({"account_create": {"username": username, "primary_domain": domain, "package": package,
            "contact_email": null, "php_version": null}}))
    }

    pub(crate) fn spec(&self, username: &str) -> Fallible<Value> {
        Ok(self.done(&json!({"account_show": {"username": username}}))?["account"]["spec"].clone())
    }

    /// What a converge would change.
    pub(crate) fn drift(&self, username: &str) -> Fallible<Value> {
        Ok(self.done(&json!({"account_plan": {"username": username, "intent": "converge"}}))?["plan"]["changes"].clone())
    }
}

/// The operation that adds a site.
pub(crate) fn add(username: &str, domain: &str, kind: Option<&str>, settings: Value) -> Value {
    json!({"site_add": {"username": username, "domain": domain, "kind": kind, "docroot": null, "settings": settings, "below_foreign": false}})
}

/// The operation that gives a site other settings.
pub(crate) fn update(username: &str, domain: &str, docroot: Option<&str>, settings: Value) -> Value {
    json!({"site_update": {"username": username, "domain": domain, "docroot": docroot, "settings": settings}})
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The reply among everything that came back.
pub(crate) fn reply(said: &str) -> Option<Result<Value, Value>> {
    let messages = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages.filter_map(|message| result(&message["reply"])).next_back()
}

fn result(reply: &Value) -> Option<Result<Value, Value>> {
    match &reply["result"] {
        Value::Object(result) => result.get("Ok").cloned().map(Ok).or_else(|| result.get("Err").cloned().map(Err)),
        _ => None,
    }
}
