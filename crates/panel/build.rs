//! Embeds `web/dist`: writes a table of its files, with the compressed forms that the web build put beside them.

#![allow(clippy::disallowed_methods, reason = "writes into cargo's own output folder, at build time")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    // Asked for when it runs, not when it was compiled: a target folder may serve more than one checkout.
    let dist = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").ok_or("no CARGO_MANIFEST_DIR")?).join("../../web/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    // The files are copied first: a web build that runs meanwhile replaces them, and what is embedded must belong together.
    let mut copied = snapshot(&dist, &out.join("dist"));
    for _ in 0..20 {
        if copied.is_ok() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
        copied = snapshot(&dist, &out.join("dist"));
    }
    let files = copied?;
    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    for (path, file) in &files {
        writeln!(table, "    {},", asset(path, file)?)?;
    }
    table += "];\n";
    let index = files.get("/index.html").ok_or("web/dist has no index.html")?;
    writeln!(table, "static INDEX: Asset = {};", asset("/index.html", index)?)?;
    std::fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

/// Copies the web build, or writes a page in its place that says what is missing.
fn snapshot(dist: &Path, into: &Path) -> Result<BTreeMap<String, PathBuf>, Failure> {
    if into.exists() {
        std::fs::remove_dir_all(into)?;
    }
    std::fs::create_dir_all(into)?;
    let mut files = BTreeMap::new();
    if dist.exists() {
        copy(dist, into, "", &mut files)?;
    } else {
        let page = into.join("index.html");
        std::fs::write(&page, "<!doctype html><title>Nusantara Panel</title><p>This build has no web UI: run the web build first.\n")?;
        files.insert("/index.html".to_owned(), page);
    }
    if files.contains_key("/index.html") { Ok(files) } else { Err("web/dist has no index.html".into()) }
}

fn copy(from: &Path, into: &Path, prefix: &str, files: &mut BTreeMap<String, PathBuf>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|n| n.to_str()).ok_or("a file name that is no UTF-8")?;
        let target = into.join(name);
        if path.is_dir() {
            std::fs::create_dir(&target)?;
            copy(&path, &target, &format!("{prefix}/{name}"), files)?;
            continue;
        }
        std::fs::copy(&path, &target)?;
        if !matches!(path.extension().and_then(|e| e.to_str()), Some("br" | "gz" | "map")) {
            files.insert(format!("{prefix}/{name}"), target);
        }
    }
    Ok(())
}

fn asset(path: &str, file: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(file)?;
    let compressed = |extension: &str| {
        let beside = PathBuf::from(format!("{}.{extension}", file.display()));
        if beside.exists() { format!("Some(include_bytes!({:?}))", beside.display().to_string()) } else { "None".to_owned() }
    };
    Ok(format!(
        "Asset {{ path: {path:?}, content_type: {:?}, etag: {:?}, plain: include_bytes!({:?}), brotli: {}, gzip: {} }}",
        content_type(path)?,
        format!("\"{:016x}\"", fnv1a(&bytes)),
        file.display().to_string(),
        compressed("br"),
        compressed("gz")
    ))
}

fn content_type(path: &str) -> Result<&'static str, Failure> {
    Ok(match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "webmanifest" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        "woff2" => "font/woff2",
        _ => return Err(format!("no content type is known for {path}; add it to build.rs").into()),
    })
}

/// FNV-1a: tells two builds of a file apart, which is all an entity tag has to do.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
