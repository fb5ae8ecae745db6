//! What `crates/host` does to a host, on hosts: its example `on_host` says what it checks. On a machine it works in
//! `vm.rs`.

use nusantara_testhost::{Error, Host, HostOptions, Result, Suite};
use std::{env, fs};

fn exercise(name: &str, suite: Suite) -> Result<()> {
    // Test programs lie in target/debug/deps, and cargo builds the examples beside them for every test run.
    let io = |source| Error::Io { action: "read examples/on_host (cargo build -p nusantara-host --examples)".to_owned(), source };
    let program = fs::read(env::current_exe().map_err(io)?.with_file_name("../examples/on_host")).map_err(io)?;
    let host = Host::up(name, &HostOptions { suite, ..HostOptions::default() })?;
    host.write_file("/usr/local/bin/on_host", program)?;
    host.run(["chmod", "0755", "/usr/local/bin/on_host"])?;
    let said = host.run(["/usr/local/bin/on_host"])?;
    assert!(said.ends_with("everything held\n"), "{said}");
    host.finish()
}

#[test]
fn the_hands_work_on_bookworm() -> Result<()> {
    exercise("hands-bookworm", Suite::Bookworm)
}

#[test]
fn the_hands_work_on_trixie() -> Result<()> {
    exercise("hands-trixie", Suite::Trixie)
}
