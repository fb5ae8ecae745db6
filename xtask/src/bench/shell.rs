//! The comparator: what an admin's script does, with a PHP-FPM that all sites share. It is given every advantage that costs it
//! nothing: signals instead of `systemctl reload`, no subordinate ids, one shell that stays up.

use super::{Fallible, until_served};
use nusantara_testhost::Host;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const SCRIPT: &str = include_str!("create-accounts.sh");

/// A shell inside the host that makes one account per line it reads.
pub(crate) struct Shell {
    child: Child,
    names: ChildStdin,
    done: BufReader<ChildStdout>,
}

impl Shell {
    pub(crate) fn start(host: &Host) -> Fallible<Self> {
        host.write_file("/root/create-accounts.sh", SCRIPT)?;
        let leader = host.leader().to_string();
        let mut child = Command::new("nsenter")
            .args(["-t", &leader, "-a", "/bin/bash", "/root/create-accounts.sh"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let names = child.stdin.take().ok_or("no standard input")?;
        let done = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        Ok(Self { child, names, done })
    }

    fn tell(&mut self, line: &str) -> Fallible {
        writeln!(self.names, "{line}")?;
        self.names.flush()?;
        Ok(())
    }

    fn wait(&mut self) -> Fallible {
        let mut line = String::new();
        self.done.read_line(&mut line)?;
        if line.starts_with("done") { Ok(()) } else { Err(format!("the script said {line:?}").into()) }
    }

    /// Makes one account; the time until its site's first 200.
    pub(crate) fn create(&mut self, name: &str, host: &Host) -> Fallible<Duration> {
        let began = Instant::now();
        self.tell(&format!("create {name}"))?;
        until_served(host, &format!("{name}.test"))?;
        let took = began.elapsed();
        self.wait()?;
        Ok(took)
    }

    /// Adds sites without timing until the host has `total`.
    pub(crate) fn fill(&mut self, host: &Host, total: usize) -> Fallible {
        self.tell(&format!("fill {total}"))?;
        self.wait()?;
        until_served(host, "first.test")
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
