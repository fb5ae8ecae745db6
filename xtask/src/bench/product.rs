//! The product's side: its API over the local socket, as root.

use super::{Fallible, until_served};
use nusantara_testhost::Host;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The panel of a host, spoken to without a client process in between: the shell's side starts none either.
pub(crate) struct Panel {
    socket: PathBuf,
}

impl Panel {
    pub(crate) fn of(host: &Host) -> Self {
        Self { socket: format!("/proc/{}/root/run/nusantara-panel/panel.sock", host.leader()).into() }
    }

    fn call(&self, method: &str, path: &str, body: &str) -> Fallible<(u16, Value)> {
        let mut stream = UnixStream::connect(&self.socket)?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let status = answer.get(9..12).unwrap_or_default().parse()?;
        let json = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Ok((status, serde_json::from_str(json).unwrap_or(Value::Null)))
    }

    fn ask(&self, name: &str) -> Fallible<String> {
        let body = json!({"username": name, "primary_domain": format!("{name}.test"), "package": "starter"}).to_string();
        let (status, answer) = self.call("POST", "/api/v1/accounts", &body)?;
        if status != 202 {
            return Err(format!("{name}: {status} {answer}").into());
        }
        Ok(answer["job"]["id"].as_str().ok_or("no job")?.to_owned())
    }

    /// Waits for a job as the CLI does: its events come until it has ended.
    fn finished(&self, job: &str) -> Fallible {
        self.call("GET", &format!("/api/v1/jobs/{job}/events"), "")?;
        let (_, answer) = self.call("GET", &format!("/api/v1/jobs/{job}"), "")?;
        match answer["state"].as_str() {
            Some("success") => Ok(()),
            _ => Err(format!("{answer:#}").into()),
        }
    }

    /// Makes one account; the time until its site's first 200. Returns once its job has ended, so that rounds do not overlap.
    pub(crate) fn create(&self, name: &str, host: &Host) -> Fallible<Duration> {
        let began = Instant::now();
        let job = self.ask(name)?;
        until_served(host, &format!("{name}.test"))?;
        let took = began.elapsed();
        self.finished(&job)?;
        Ok(took)
    }

    /// Makes `count` accounts, `at_once` at a time; returns when every job has ended, with the moment at which each did, from the
    /// beginning, in order.
    pub(crate) fn create_many(&self, prefix: &str, count: usize, at_once: usize) -> Fallible<Vec<Duration>> {
        let next = AtomicUsize::new(0);
        let failed = Mutex::new(None);
        let ended = Mutex::new(Vec::with_capacity(count));
        let began = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..at_once {
                scope.spawn(|| {
                    loop {
                        let i = next.fetch_add(1, Ordering::Relaxed);
                        if i >= count {
                            return;
                        }
                        let outcome = self.ask(&format!("{prefix}{i}")).and_then(|job| self.finished(&job));
                        match (outcome, failed.lock(), ended.lock()) {
                            (Ok(()), _, Ok(mut moments)) => moments.push(began.elapsed()),
                            (Err(error), Ok(mut slot), _) => {
                                *slot = Some(error.to_string());
                                return;
                            }
                            _ => return,
                        }
                    }
                });
            }
        });
        match (failed.into_inner(), ended.into_inner()) {
            (Ok(None), Ok(mut moments)) => {
                moments.sort_unstable();
                Ok(moments)
            }
            (Ok(Some(error)), _) => Err(error.into()),
            _ => Err("a worker panicked".into()),
        }
    }
}

/// Proportional memory of both daemons, KiB.
pub(crate) fn idle_pss(host: &Host) -> Fallible<u64> {
    Ok(pss(host, "nusantarad.service")? + pss(host, "nusantara-hostd.service")?)
}

/// Proportional memory of a unit's main process, KiB.
pub(crate) fn pss(host: &Host, unit: &str) -> Fallible<u64> {
    let pid = host.run(["systemctl", "show", "--value", "--property=MainPID", unit])?;
    let rollup = host.read_file(&format!("/proc/{}/smaps_rollup", pid.trim()))?;
    let line = rollup.lines().find(|l| l.starts_with("Pss:")).ok_or("no Pss line")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse()?)
}
