//! The repository as its guard tests see it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// What a program prints when run in the workspace; the test fails with what it said when it fails.
#[expect(clippy::disallowed_methods, reason = "asks cargo and git about the sources; nothing of the product runs")]
pub(crate) fn ask(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(root()).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// `cargo metadata` of the workspace's own packages.
pub(crate) fn metadata() -> serde_json::Value {
    let text = ask(env!("CARGO"), &["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    serde_json::from_str(&text).unwrap()
}

/// A text of the repository.
#[allow(dead_code, reason = "not every test file reads texts")]
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}
