//! The part of this crate that runs with a tenant's uid: the daemon starts its own program again
//! ([`crate::command::Program::SelfExe`]) with a hidden subcommand, and `main` hands that over to here before it does anything
//! else. Whoever calls it by hand gets what their own uid may do anyway, and nothing more.

use crate::docroot::{self, Owners};
use crate::home::{NewDocRoot, StarterFile};
use nusantara_types::{DocRoot, Username};
use rustix::fs::{Mode, OFlags};
use rustix::process::Uid;
use std::ffi::OsString;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::ExitCode;

/// The hidden subcommand `main` must route to [`docroot_main`]: `nusantara-hostd internal-docroot …`.
pub const DOCROOT_SUBCOMMAND: &str = "internal-docroot";

/// The hidden subcommand `main` must route to [`folder_main`]: `nusantara-hostd internal-folder …`.
pub const FOLDER_SUBCOMMAND: &str = "internal-folder";

/// The hidden subcommand `main` must route to [`link_main`]: `nusantara-hostd internal-home-link …`.
pub const LINK_SUBCOMMAND: &str = "internal-home-link";

/// The most that the files of a document root may have together.
const MOST_INPUT: u64 = 16 * 1024 * 1024;

/// Makes a document root as the account. `args` are those after [`DOCROOT_SUBCOMMAND`]; the files come on standard input.
/// Refuses to run as root. Says what went wrong on standard error and answers with a failing status then.
#[must_use]
pub fn docroot_main(args: &[OsString]) -> ExitCode {
    said(make_docroot(args))
}

/// Makes a plain folder as the account. `args` are those after [`FOLDER_SUBCOMMAND`]. Otherwise as [`docroot_main`].
#[must_use]
pub fn folder_main(args: &[OsString]) -> ExitCode {
    said(make_folder(args))
}

/// Lets `public_html` in a home lead to a docroot, as the account. `args` are those after [`LINK_SUBCOMMAND`]. Otherwise as
/// [`docroot_main`].
#[must_use]
pub fn link_main(args: &[OsString]) -> ExitCode {
    said(make_link(args))
}

fn said(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn text(arg: &OsString) -> Result<String, String> {
    arg.to_str().map(str::to_owned).ok_or_else(|| "an argument is not text".to_owned())
}

fn make_folder(args: &[OsString]) -> Result<(), String> {
    let uid = never_root()?;
    let [homes, username, path] = args else { return Err("wrong number of arguments".to_owned()) };
    let path = DocRoot::try_from(text(path)?).map_err(|e| e.to_string())?;
    let home = open_home(homes, &text(username)?, uid)?;
    docroot::make_plain(&home, &path).map_err(in_words)
}

fn make_link(args: &[OsString]) -> Result<(), String> {
    let uid = never_root()?;
    let [homes, username, path] = args else { return Err("wrong number of arguments".to_owned()) };
    let path = DocRoot::try_from(text(path)?).map_err(|e| e.to_string())?;
    let home = open_home(homes, &text(username)?, uid)?;
    docroot::link_primary(&home, &path).map_err(in_words)
}

/// The uid this runs with.
fn never_root() -> Result<Uid, String> {
    let uid = rustix::process::geteuid();
    if uid.is_root() { Err("this runs with the uid of an account, never as root".to_owned()) } else { Ok(uid) }
}

/// The account's own home.
fn open_home(homes: &OsString, username: &str, uid: Uid) -> Result<OwnedFd, String> {
    let username = Username::try_from(username.to_owned()).map_err(|e| e.to_string())?;
    rustix::process::umask(Mode::RWXO | Mode::WGRP);
    let homes = rustix::fs::open(homes, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map_err(|e| e.to_string())?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let home = rustix::fs::openat(homes, username.as_str(), flags, Mode::empty()).map_err(|e| format!("the home cannot be opened: {e}"))?;
    if rustix::fs::fstat(&home).map_err(|e| e.to_string())?.st_uid != uid.as_raw() {
        return Err("the home belongs to somebody else".to_owned());
    }
    Ok(home)
}

fn in_words(error: std::io::Error) -> String {
    match error.raw_os_error() {
        // What RESOLVE_NO_SYMLINKS and RESOLVE_NO_XDEV answer with.
        Some(40) => "a link is in the way".to_owned(),
        Some(18) => "another file system is in the way".to_owned(),
        _ => error.to_string(),
    }
}

fn make_docroot(args: &[OsString]) -> Result<(), String> {
    let uid = never_root()?;
    let [homes, username, web_uid, path] = args else { return Err("wrong number of arguments".to_owned()) };
    let web_uid: u32 = text(web_uid)?.parse().map_err(|_| "the web server's uid is not a number")?;
    let path = DocRoot::try_from(text(path)?).map_err(|e| e.to_string())?;
    let mut input = Vec::new();
    std::io::stdin().lock().take(MOST_INPUT).read_to_end(&mut input).map_err(|e| e.to_string())?;
    let files = decode_files(&input).ok_or("the files on standard input are not what they should be")?;
    let home = open_home(homes, &text(username)?, uid)?;
    docroot::make(&home, &NewDocRoot { path, files }, Owners { owner: None, web_uid }).map_err(in_words)
}

/// Files as the worker reads them: for each the length of its name, its name, its mode, its length, its bytes; numbers are
/// little-endian `u32`.
pub(crate) fn encode_files(files: &[StarterFile]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut field = |bytes: &[u8]| {
        out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend(bytes);
    };
    for file in files {
        field(file.name.as_bytes());
        field(&file.mode.to_le_bytes());
        field(&file.bytes);
    }
    out
}

fn decode_files(mut input: &[u8]) -> Option<Vec<StarterFile>> {
    fn field<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
        let (length, rest) = input.split_first_chunk::<4>()?;
        let (bytes, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        *input = rest;
        Some(bytes)
    }
    let mut files = Vec::new();
    while !input.is_empty() {
        let name = String::from_utf8(field(&mut input)?.to_owned()).ok().filter(|n| docroot::is_file_name(n))?;
        let mode = u32::from_le_bytes(field(&mut input)?.try_into().ok()?);
        files.push(StarterFile { name, mode, bytes: field(&mut input)?.to_owned() });
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_survive_the_pipe_and_garbage_does_not() {
        let file = |name: &str| StarterFile { name: name.to_owned(), bytes: vec![0, 255, 10], mode: 0o600 };
        let files = vec![file("index.php"), file(".htaccess"), StarterFile { bytes: Vec::new(), ..file("empty") }];
        let bytes = encode_files(&files);
        assert_eq!(decode_files(&bytes), Some(files));
        assert_eq!(decode_files(&[]), Some(Vec::new()));
        for bad in [&bytes[..bytes.len() - 1], &[9, 0, 0, 0], &[255; 12], &encode_files(&[file("../x")]), &encode_files(&[file("")])] {
            assert_eq!(decode_files(bad), None);
        }
    }

    #[test]
    fn root_is_refused() {
        assert!(make_docroot(&[]).unwrap_err().contains("never as root"));
        assert!(make_folder(&[]).unwrap_err().contains("never as root"));
        assert!(make_link(&[]).unwrap_err().contains("never as root"));
    }
}
