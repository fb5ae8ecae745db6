//! `Homes::add_docroot` with its real worker: this program starts itself again with the account's uid, as the daemon does.
//! Run as root.

#![expect(clippy::unwrap_used, reason = "a test; clippy knows only those that the harness runs")]

use nusantara_host::acl::{Acl, READ};
use nusantara_host::home::{Homes, NewDocRoot, NewHome, StarterFile};
use nusantara_host::{HostErrorKind, worker};
use nusantara_types::Username;
use rustix::fs::{Mode, OFlags};
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::Path;
use std::process::ExitCode;

const UID: u32 = 58_321;
const WEB: u32 = 33;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    if args.first().is_some_and(|a| a == worker::DOCROOT_SUBCOMMAND) {
        return worker::docroot_main(&args[1..]);
    }
    if args.first().is_some_and(|a| a == worker::LINK_SUBCOMMAND) {
        return worker::link_main(&args[1..]);
    }
    if args.iter().any(|a| a == "--list") {
        if !args.iter().any(|a| a == "--ignored") {
            println!("a_docroot_is_made_as_the_account: test");
        }
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(a_docroot_is_made_as_the_account());
    ExitCode::SUCCESS
}

fn docroot(path: &str, body: &str) -> NewDocRoot {
    let file = StarterFile { name: "index.php".to_owned(), bytes: body.as_bytes().to_vec(), mode: 0o600 };
    NewDocRoot { path: path.parse().unwrap(), files: vec![file] }
}

async fn a_docroot_is_made_as_the_account() {
    let folder = tempfile::tempdir().unwrap();
    rustix::fs::chmod(folder.path(), Mode::from_bits_truncate(0o755)).unwrap();
    let homes = Homes::at(folder.path());
    let joko: Username = "joko".parse().unwrap();
    let first = docroot("domains/joko.test/public_html", "first");
    let primary = first.path.clone();
    homes.create(NewHome { username: joko.clone(), uid: UID, gid: UID, web_uid: WEB, docroots: vec![first], primary }).await.unwrap();
    let home = folder.path().join("joko");

    homes.add_docroot(&joko, UID, UID, WEB, docroot("domains/shop.test/public_html", "hi")).await.unwrap();
    // Again, with another content: what the account has by now stays.
    homes.add_docroot(&joko, UID, UID, WEB, docroot("domains/shop.test/public_html", "other")).await.unwrap();
    let new = home.join("domains/shop.test/public_html");
    let meta = std::fs::metadata(new.join("index.php")).unwrap();
    assert_eq!((meta.uid(), meta.gid(), meta.mode() & 0o7777), (UID, UID, 0o600));
    assert_eq!(std::fs::read(new.join("index.php")).unwrap(), b"hi");
    let acl = Acl::of(rustix::fs::open(&new, OFlags::RDONLY, Mode::empty()).unwrap()).unwrap();
    assert!(acl.allows_user(WEB, READ));

    refused_where_a_link_or_another_owner_is_in_the_way(&homes, &joko, &home, folder.path()).await;
    a_home_gets_another_link_and_another_name(&homes, &joko, &home, folder.path()).await;
}

async fn a_home_gets_another_link_and_another_name(homes: &Homes, joko: &Username, home: &Path, parent: &Path) {
    let link = home.join("public_html");
    let docroot = "domains/shop.test/public_html".parse().unwrap();
    for _ in 0..2 {
        homes.link_primary(joko, UID, UID, &docroot).await.unwrap();
        assert_eq!(std::fs::read_link(&link).unwrap(), Path::new("domains/shop.test/public_html"));
    }
    assert_eq!(std::fs::symlink_metadata(&link).unwrap().uid(), UID);
    std::fs::remove_file(&link).unwrap();
    std::fs::create_dir(&link).unwrap();
    homes.link_primary(joko, UID, UID, &docroot).await.unwrap();
    assert!(link.is_dir(), "what its owner made in its place stays");
    assert_eq!(homes.link_primary(joko, UID + 1, UID + 1, &docroot).await.unwrap_err().kind, HostErrorKind::Tool);

    let (budi, sari): (Username, Username) = ("budi".parse().unwrap(), "sari".parse().unwrap());
    std::fs::create_dir(parent.join("sari")).unwrap();
    assert_eq!(homes.rename(joko, &sari, UID).await.unwrap_err().kind, HostErrorKind::Exists);
    assert_eq!(homes.rename(joko, &budi, UID + 1).await.unwrap_err().kind, HostErrorKind::Refused);
    assert_eq!(homes.rename(&sari, &budi, UID).await.unwrap_err().kind, HostErrorKind::Refused, "it is root's");
    for _ in 0..2 {
        homes.rename(joko, &budi, UID).await.unwrap();
        assert!(!home.exists() && parent.join("budi/domains").is_dir());
    }
}

async fn refused_where_a_link_or_another_owner_is_in_the_way(homes: &Homes, joko: &Username, home: &Path, parent: &Path) {
    let outside = parent.join("outside");
    std::fs::create_dir(&outside).unwrap();
    chown(&outside, Some(UID), Some(UID)).unwrap();
    for target in ["../outside", outside.to_str().unwrap(), "/proc/self/root", "domains"] {
        let link = home.join("linked");
        symlink(target, &link).unwrap();
        let error = homes.add_docroot(joko, UID, UID, WEB, docroot("linked/public_html", "x")).await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::Tool);
        assert!(error.detail.unwrap().contains("a link is in the way"), "{target}");
        std::fs::remove_file(&link).unwrap();
    }
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    // Somebody else's uid gets nowhere in this home.
    let error = homes.add_docroot(joko, UID + 1, UID + 1, WEB, docroot("domains/x.test", "x")).await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Tool);
    assert_eq!(homes.add_docroot(joko, 0, 0, WEB, docroot("domains/x.test", "x")).await.unwrap_err().kind, HostErrorKind::Refused);
}
