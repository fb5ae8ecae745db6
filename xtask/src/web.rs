//! The web interface's build: npm once per lock file, Vite once per change.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use crate::{
    Result,
    step::{announce, command, root, run},
};

/// Builds `web/dist` when something it is made of changed. `NUSANTARA_SKIP_WEB=1` takes what is there, for work on
/// the daemons alone.
pub(crate) fn build() -> Result<()> {
    let web = root().join("web");
    if env::var_os("NUSANTARA_SKIP_WEB").is_some_and(|value| value == "1") {
        return Ok(());
    }
    install()?;
    let stamp = root().join("target/xtask/web.stamp");
    let state = state(&web)?;
    let finished = web.join("dist/index.html").is_file();
    if finished && fs::read_to_string(&stamp).is_ok_and(|old| old == state) {
        return Ok(());
    }
    announce("web interface", || run(npm(&["run", "build"])))?;
    write(&stamp, &state)
}

/// `npm ci`, unless npm has installed something since the lock file was written.
pub(crate) fn install() -> Result<()> {
    let web = root().join("web");
    let lock = web.join("package-lock.json");
    let wanted = lock.metadata().map_err(|error| format!("{}: {error}", lock.display()))?.modified()?;
    // npm's own note of what it installed, written at the end of every installation.
    let installed = web.join("node_modules/.package-lock.json").metadata().and_then(|note| note.modified());
    if installed.is_ok_and(|installed| installed >= wanted) {
        return Ok(());
    }
    announce("npm packages", || run(npm(&["ci", "--no-audit", "--no-fund"])))
}

/// npm in the web interface's folder.
pub(crate) fn npm(arguments: &[&str]) -> std::process::Command {
    let mut npm = command("npm", arguments);
    npm.current_dir(root().join("web"));
    npm
}

/// Path, size and time of every file that is not generated. Also of the API document, which types are made from.
fn state(web: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(web, &mut files)?;
    files.push(root().join("api/openapi.json"));
    files.sort();
    let mut state = String::new();
    for file in files {
        let Ok(data) = file.metadata() else { continue };
        let time = data.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
        state.push_str(&format!("{} {} {time}\n", file.display(), data.len()));
    }
    Ok(state)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    const GENERATED: [&str; 5] = ["node_modules", "dist", "test-results", "playwright-report", "coverage"];
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if GENERATED.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// Writes a stamp, making its folder first.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, text)?)
}
