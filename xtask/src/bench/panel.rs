//! The panel itself, on each database: measured by a program that is built with it (`crates/panel/benches/panel`).

use std::path::Path;

use super::Fallible;
use crate::step::{cargo, command, read, run};

const MEASURE: [&str; 6] = ["bench", "--locked", "--package", "nusantara-panel", "--bench", "panel"];

/// Measures the program of the package; a table.
pub(crate) fn measure(deb: &Path) -> Fallible<String> {
    let folder = crate::step::root().join("target/xtask/bench-panel");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let mut unpack = command("dpkg-deb", &["--extract"]);
    unpack.arg(deb).arg(&folder);
    run(unpack)?;
    let mut measure = cargo(&MEASURE);
    measure.args(["--", "--program"]).arg(folder.join("usr/sbin/nusantarad"));
    Ok(String::from_utf8(read(measure)?)?)
}

/// Measures a debug build of what is here, and little of it.
pub(crate) fn measure_quick() -> Fallible<String> {
    let mut measure = cargo(&MEASURE);
    measure.args(["--profile", "dev", "--", "--quick"]);
    Ok(String::from_utf8(read(measure)?)?)
}
