//! What the product's host tests share: the API over the panel's local socket as root, jobs, and a snapshot of everything an
//! account may own on a host.
#![allow(dead_code, reason = "each test file uses its own part")]

use nusantara_testhost::{Host, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

pub(crate) type Fallible<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// How long a job may take in a debug build on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// The answer of the API.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Calls the API over the local socket, as root.
pub(crate) fn api(host: &Host, method: &str, path: &str, body: Option<&str>) -> Fallible<Answer> {
    let url = format!("http://localhost{path}");
    let mut argv = vec![
        "curl",
        "--silent",
        "--show-error",
        "--max-time",
        "60",
        "--unix-socket",
        "/run/nusantara-panel/panel.sock",
        "--request",
        method,
        "--write-out",
        "\n%{http_code}",
        &url,
    ];
    if body.is_some() {
        argv.extend(["--header", "Content-Type: application/json", "--data-binary", "@-"]);
    }
    let output = host.exec_with_input(&argv, body.unwrap_or_default().as_bytes())?;
    if !output.success() {
        return Err(format!("{method} {path}: {}", output.stderr).into());
    }
    let (text, status) = output.stdout.rsplit_once('\n').ok_or("no status line")?;
    Ok(Answer { status: status.parse()?, body: serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())) })
}

pub(crate) fn create_body(username: &str, domain: &str) -> String {
    json!({"username": username, "primary_domain": domain, "package": "starter"}).to_string()
}

/// Asks for an account and returns the id of its job.
pub(crate) fn begin_create(host: &Host, username: &str, domain: &str) -> Fallible<String> {
    let answer = api(host, "POST", "/api/v1/accounts", Some(&create_body(username, domain)))?;
    assert_eq!(answer.status, 202, "{:?}", answer.body);
    job_of(&answer)
}

pub(crate) fn begin_delete(host: &Host, username: &str) -> Fallible<String> {
    let answer = api(host, "DELETE", &format!("/api/v1/accounts/{username}"), None)?;
    assert_eq!(answer.status, 202, "{:?}", answer.body);
    job_of(&answer)
}

fn job_of(answer: &Answer) -> Fallible<String> {
    Ok(answer.body["job"]["id"].as_str().ok_or("no job id")?.to_owned())
}

/// Follows a job to its end. The panel may be killed and come back meanwhile.
pub(crate) fn job_end(host: &Host, id: &str) -> Fallible<Value> {
    let job = host.wait_until(&format!("the end of job {id}"), PATIENCE, || {
        let answer = api(host, "GET", &format!("/api/v1/jobs/{id}"), None).ok();
        Ok(answer.filter(|a| matches!(a.body["state"].as_str(), Some("success" | "failed" | "cancelled"))).map(|a| a.body))
    })?;
    Ok(job)
}

/// Creates an account and demands success.
pub(crate) fn create(host: &Host, username: &str, domain: &str) -> Fallible<Value> {
    let job = job_end(host, &begin_create(host, username, domain)?)?;
    assert_eq!(job["state"], "success", "{job:#}");
    Ok(job)
}

/// Deletes an account and demands success.
pub(crate) fn delete(host: &Host, username: &str) -> Fallible<Value> {
    let job = job_end(host, &begin_delete(host, username)?)?;
    assert_eq!(job["state"], "success", "{job:#}");
    Ok(job)
}

/// Fetches a site and demands 200.
pub(crate) fn fetch(host: &Host, domain: &str) -> Fallible<Response> {
    let response = host.http_get(domain, "/")?;
    assert_eq!(response.status, 200, "{domain}: {}", response.body);
    Ok(response)
}

/// Everything on a host that an account could leave behind: users, groups, files, and units and processes of accounts that are gone
/// (those of living accounts come and go with their visitors).
pub(crate) fn inventory(host: &Host) -> Fallible<BTreeSet<String>> {
    const LISTING: &str = r#"
        cut -d: -f1,3 /etc/passwd /etc/group
        cut -d: -f1 /etc/shadow /etc/gshadow /etc/subuid /etc/subgid 2>/dev/null | sed 's/^/shadow /'
        find /home /etc/systemd /etc/nginx /etc/nusantara-panel /run/nusantara-php /run/nusantara-app /run/nusantara-panel/locks /etc/tmpfiles.d \
            /var/log/nusantara-panel/sites /var/lib/nusantara-hostd/php /var/lib/nusantara-hostd/access /var/lib/nusantara-hostd/apps \
            /var/lib/nusantara-hostd/cron /var/lib/nusantara-hostd/cron-runs /var/lib/nusantara-hostd/ftp \
            /var/lib/nusantara-hostd/journal /var/lib/nusantara-hostd/nginx/live/ \
            /run/systemd/transient /var/spool/cron /var/mail ! -name '*.lock' -printf '%p -> %l\n'
        systemctl list-units --all --plain --no-legend 'nusantara-php*@*' 'nusantara-cron@*' | awk '{print $1}' | while read -r unit; do
            name=${unit#*@}; id -u "${name%%.*}" >/dev/null 2>&1 || echo "unit $unit"
        done
        systemctl list-units --all --plain --no-legend 'user-1[2-5]*' | awk '{print $1}' | while read -r unit; do
            uid=${unit#user-}; id -un "${uid%.slice}" >/dev/null 2>&1 || echo "unit $unit"
        done
        ps -eo uid=,args= | while read -r uid args; do
            [ "$uid" -lt 12000 ] || [ "$uid" -ge 60000 ] || id -un "$uid" >/dev/null 2>&1 || echo "process $uid $args"
        done
    "#;
    let output = host.exec(["/bin/sh", "-c", LISTING])?;
    // Which of the two trees is live alternates and says nothing about what is in it; the folder of persistent properties is
    // systemd's own and stays, empty, from the first account on, and so does that of the scopes of logins.
    let noise = ["/var/lib/nusantara-hostd/nginx/live ", "/etc/systemd/system.control -> ", "/run/systemd/transient -> "];
    Ok(output.stdout.lines().filter(|l| !noise.iter().any(|n| l.starts_with(n))).map(str::to_owned).collect())
}

/// Demands that nothing came and nothing went since `before`.
pub(crate) fn assert_clean(host: &Host, before: &BTreeSet<String>, what: &str) -> Fallible {
    // Units and processes that have just been stopped leave a moment later.
    let seen = host.wait_until("a clean host", Duration::from_secs(20), || Ok(inventory(host).ok().filter(|now| now == before)));
    if seen.is_err() {
        let now = inventory(host)?;
        let left: Vec<_> = now.difference(before).collect();
        let lost: Vec<_> = before.difference(&now).collect();
        return Err(format!("{what}: left behind {left:#?}, lost {lost:#?}").into());
    }
    Ok(())
}
