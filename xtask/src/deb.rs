//! The Debian package: a staged tree, made of `packaging/` and the built programs, that dpkg-deb packs.
//!
//! The maintainer scripts lean on Debian's own helpers (deb-systemd-helper, systemd-sysusers, systemd-tmpfiles), so
//! there is no generated boilerplate to bring a packaging framework for.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
    time::UNIX_EPOCH,
};

use crate::{
    Result,
    step::{announce, cargo, command, read, root, run},
    web,
};

/// Program, and the folder it is installed to.
const PROGRAMS: [(&str, &str); 4] =
    [("nusantarad", "usr/sbin"), ("nusantara-hostd", "usr/sbin"), ("nusantara-agent", "usr/sbin"), ("nusantara", "usr/bin")];
const PACKAGES: [&str; 4] = ["nusantara-panel", "nusantara-hostd", "nusantara-agent", "nusantara-cli"];
const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];
/// Completions by shell, at the places where Debian's shells look.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "usr/share/bash-completion/completions/nusantara"),
    ("zsh", "usr/share/zsh/vendor-completions/_nusantara"),
    ("fish", "usr/share/fish/vendor_completions.d/nusantara.fish"),
];

pub(crate) fn run_task(release: bool) -> Result<ExitCode> {
    println!("{}", build(release)?.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds everything that changed and returns the package's path.
pub(crate) fn build(release: bool) -> Result<PathBuf> {
    // Two at once would pack each other's half-made trees.
    let lock = root().join("target/xtask/deb.lock");
    web::write(&lock, "")?;
    let lock = fs::File::open(lock)?;
    lock.lock()?;
    web::build()?;
    let programs = programs(release)?;
    let architecture = String::from_utf8(read(command("dpkg", &["--print-architecture"]))?)?;
    let folder = root().join("target/debian");
    let name = format!("nusantara-panel_{}_{}.deb", env!("CARGO_PKG_VERSION"), architecture.trim());
    let package = folder.join(&name);
    let stamp = folder.join("package.stamp");
    let state = state(&programs)?;
    if package.is_file() && fs::read_to_string(&stamp).is_ok_and(|old| old == state) {
        return Ok(package);
    }
    announce(&format!("package {name}"), || {
        let stage = folder.join("stage");
        if stage.exists() {
            fs::remove_dir_all(&stage)?;
        }
        tree(&root().join("packaging/root"), &stage)?;
        install_programs(&programs, &stage)?;
        documents(&programs, &stage)?;
        control(&stage, architecture.trim())?;
        pack(&stage, &package, release)
    })?;
    web::write(&stamp, &state)?;
    Ok(package)
}

/// Builds the programs and returns their folder.
fn programs(release: bool) -> Result<PathBuf> {
    let mut arguments = vec!["build", "--locked", "--bins"];
    for package in PACKAGES {
        arguments.extend(["--package", package]);
    }
    if release {
        arguments.push("--release");
    }
    announce("programs", || run(cargo(&arguments)))?;
    Ok(root().join("target").join(if release { "release" } else { "debug" }))
}

/// Everything the package is made of, by size and time.
fn state(programs: &Path) -> Result<String> {
    let mut files: Vec<PathBuf> = PROGRAMS.iter().map(|(name, _)| programs.join(name)).collect();
    list(&root().join("packaging"), &mut files)?;
    // This file decides the layout.
    files.push(root().join("xtask/src/deb.rs"));
    files.sort();
    let mut state = String::new();
    for file in files {
        let data = file.metadata().map_err(|error| format!("{}: {error}", file.display()))?;
        let time = data.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
        state.push_str(&format!("{} {} {time}\n", file.display(), data.len()));
    }
    Ok(state)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { list(&entry.path(), files)? } else { files.push(entry.path()) }
    }
    Ok(())
}

/// Copies a tree with the modes a package has, whatever the checkout's umask was.
fn tree(from: &Path, to: &Path) -> Result<()> {
    folder(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            tree(&entry.path(), &target)?;
        } else {
            put(&target, &fs::read(entry.path())?, 0o644)?;
        }
    }
    Ok(())
}

fn folder(path: &Path) -> Result<()> {
    if !path.is_dir() {
        if let Some(parent) = path.parent() {
            folder(parent)?;
        }
        fs::create_dir(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

fn put(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    if let Some(parent) = path.parent() {
        folder(parent)?;
    }
    fs::write(path, bytes)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}

fn install_programs(programs: &Path, stage: &Path) -> Result<()> {
    for (name, place) in PROGRAMS {
        let target = stage.join(place).join(name);
        put(&target, &fs::read(programs.join(name))?, 0o755)?;
        // Debug information is most of a debug build; the symbol table stays, so backtraces keep their names.
        let mut strip = command("strip", &["--strip-debug"]);
        strip.arg(&target);
        run(strip)?;
    }
    Ok(())
}

/// Manual pages and completions, which the program itself knows best.
fn documents(programs: &Path, stage: &Path) -> Result<()> {
    let program = programs.join("nusantara").display().to_string();
    let manual = stage.join("usr/share/man/man1");
    folder(&manual)?;
    run(command(&program, &["manpage", &manual.display().to_string()]))?;
    let mut pages = Vec::new();
    list(&manual, &mut pages)?;
    for page in &pages {
        fs::set_permissions(page, fs::Permissions::from_mode(0o644))?;
    }
    let mut gzip = command("gzip", &["-9n"]);
    gzip.args(&pages);
    run(gzip)?;
    for (shell, path) in COMPLETIONS {
        put(&stage.join(path), &read(command(&program, &["completions", shell]))?, 0o644)?;
    }
    let copyright = fs::read(root().join("packaging/debian/copyright"))?;
    put(&stage.join("usr/share/doc/nusantara-panel/copyright"), &copyright, 0o644)
}

fn control(stage: &Path, architecture: &str) -> Result<()> {
    let source = root().join("packaging/debian");
    let mut files = Vec::new();
    list(stage, &mut files)?;
    files.sort();
    let mut bytes = 0;
    for file in &files {
        bytes += file.metadata()?.len();
    }
    let text = fs::read_to_string(source.join("control.in"))?
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@ARCHITECTURE@", architecture)
        .replace("@INSTALLED_SIZE@", &(bytes / 1024).to_string());
    let target = stage.join("DEBIAN");
    put(&target.join("md5sums"), &checksums(stage, &files)?, 0o644)?;
    put(&target.join("control"), text.as_bytes(), 0o644)?;
    put(&target.join("conffiles"), &fs::read(source.join("conffiles"))?, 0o644)?;
    for script in SCRIPTS {
        put(&target.join(script), &fs::read(source.join(script))?, 0o755)?;
    }
    Ok(())
}

/// What `dpkg --verify` compares with; conffiles are dpkg's own business.
fn checksums(stage: &Path, files: &[PathBuf]) -> Result<Vec<u8>> {
    let mut md5sum = command("md5sum", &["--"]);
    md5sum.current_dir(stage);
    for file in files {
        let path = file.strip_prefix(stage)?;
        if !path.starts_with("etc") {
            md5sum.arg(path);
        }
    }
    read(md5sum)
}

fn pack(stage: &Path, package: &Path, release: bool) -> Result<()> {
    // A package for a test host is read once: packing it well would cost more than it saves.
    let compression: &[&str] = if release { &["-Zxz"] } else { &["-Zgzip", "-z1"] };
    let unfinished = package.with_extension("unfinished");
    let mut dpkg = command("dpkg-deb", &["--root-owner-group", "--uniform-compression"]);
    dpkg.args(compression).arg("--build").arg(stage).arg(&unfinished);
    dpkg.stdout(std::process::Stdio::null());
    run(dpkg)?;
    // A test that is installing the one before keeps reading that one.
    Ok(fs::rename(&unfinished, package)?)
}

#[cfg(test)]
mod tests {
    use super::{Result, list, root};

    #[test]
    fn every_shipped_configuration_file_is_a_conffile() -> Result<()> {
        let tree = root().join("packaging/root");
        let mut files = Vec::new();
        list(&tree.join("etc"), &mut files)?;
        let mut shipped = Vec::new();
        for file in files {
            shipped.push(format!("/{}", file.strip_prefix(&tree)?.display()));
        }
        let listed = std::fs::read_to_string(root().join("packaging/debian/conffiles"))?;
        let mut listed: Vec<&str> = listed.lines().collect();
        listed.sort_unstable();
        shipped.sort_unstable();
        assert_eq!(listed, shipped);
        Ok(())
    }
}
