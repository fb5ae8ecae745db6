use super::*;
use crate::HostErrorKind;
use crate::acl::{Acl, EXECUTE, READ};
use rustix::fs::{Mode, OFlags};
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::Path;

const UID: u32 = 58_123;
const WEB: u32 = 33;

fn homes() -> (tempfile::TempDir, Homes) {
    let folder = tempfile::tempdir().unwrap();
    // The account has to pass through on its way to its own home.
    rustix::fs::chmod(folder.path(), Mode::from_bits_truncate(0o755)).unwrap();
    let homes = Homes::at(folder.path());
    (folder, homes)
}

fn joko() -> Username {
    "joko".parse().unwrap()
}

fn docroot(path: &str) -> NewDocRoot {
    let file = |name: &str, mode| StarterFile { name: name.to_owned(), bytes: b"hello".to_vec(), mode };
    NewDocRoot { path: path.parse().unwrap(), files: vec![file("index.php", 0o600), file("style.css", 0o640)] }
}

fn new_home() -> NewHome {
    let docroots = vec![docroot("domains/joko.test/public_html"), docroot("domains/joko.test")];
    let primary = docroots[0].path.clone();
    NewHome { username: joko(), uid: UID, gid: UID, web_uid: WEB, docroots, primary }
}

fn acl(path: &Path) -> Acl {
    Acl::of(rustix::fs::open(path, OFlags::RDONLY, Mode::empty()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_home_appears_whole_with_owners_modes_and_acls() {
    let (folder, homes) = homes();
    homes.create(new_home()).await.unwrap();
    homes.create(new_home()).await.unwrap();
    assert!(homes.exists(&joko()).await.unwrap());
    let home = folder.path().join("joko");
    let expected = [
        ("", 0o750, EXECUTE, READ),
        ("tmp", 0o700, 0, EXECUTE),
        ("backups", 0o700, 0, EXECUTE),
        ("domains", 0o750, EXECUTE, READ),
        ("domains/joko.test/public_html", 0o750, READ | EXECUTE, 2),
        ("domains/joko.test/public_html/index.php", 0o600, 0, READ),
        ("domains/joko.test/public_html/style.css", 0o640, READ, 2),
    ];
    for (path, mode, may, may_not) in expected {
        let path = home.join(path);
        let meta = std::fs::symlink_metadata(&path).unwrap();
        assert_eq!((meta.uid(), meta.gid(), meta.mode() & 0o7777), (UID, UID, mode), "{path:?}");
        assert!(may == 0 || acl(&path).allows_user(WEB, may), "{path:?}");
        assert!(!acl(&path).allows_user(WEB, may_not), "{path:?}");
    }
    let link = home.join("public_html");
    assert_eq!(std::fs::read_link(&link).unwrap().to_str(), Some("domains/joko.test/public_html"));
    assert_eq!(std::fs::symlink_metadata(&link).unwrap().uid(), UID);
    assert_eq!(std::fs::read_dir(folder.path().join(STAGING)).unwrap().count(), 0);
    assert_eq!(std::fs::metadata(folder.path().join(STAGING)).unwrap().mode() & 0o7777, 0o700);
}

#[tokio::test]
async fn what_a_crash_left_in_staging_is_thrown_away_without_following_its_links() {
    let (folder, homes) = homes();
    let half = folder.path().join(STAGING).join("joko/domains/x");
    std::fs::create_dir_all(&half).unwrap();
    let outside = folder.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::create_dir(outside.join("kept")).unwrap();
    symlink(&outside, half.join("link")).unwrap();
    homes.create(new_home()).await.unwrap();
    assert!(outside.join("kept").exists());
    assert!(!folder.path().join("joko/domains/x").exists());
}

#[tokio::test]
async fn what_belongs_to_somebody_else_is_neither_taken_nor_removed() {
    let (folder, homes) = homes();
    let home = folder.path().join("joko");
    std::fs::create_dir(&home).unwrap();
    assert_eq!(homes.create(new_home()).await.unwrap_err().kind, HostErrorKind::Exists);
    assert_eq!(homes.empty_and_remove(&joko(), UID, UID).await.unwrap_err().kind, HostErrorKind::Refused);
    std::fs::remove_dir(&home).unwrap();
    symlink("/tmp", &home).unwrap();
    assert_eq!(homes.create(new_home()).await.unwrap_err().kind, HostErrorKind::Exists);
    assert_eq!(homes.empty_and_remove(&joko(), UID, UID).await.unwrap_err().kind, HostErrorKind::Refused);
    for uid in [0, 33, 1_000, 60_000] {
        assert_eq!(homes.empty_and_remove(&joko(), uid, uid).await.unwrap_err().kind, HostErrorKind::Refused);
        assert_eq!(homes.create(NewHome { uid, ..new_home() }).await.unwrap_err().kind, HostErrorKind::Refused);
    }
}

#[tokio::test]
async fn names_that_are_not_names_are_refused() {
    let (folder, homes) = homes();
    for bad in ["", ".", "..", "a/b", "../../etc/cron.d/x", "a\0b"] {
        let mut home = new_home();
        home.docroots[0].files[0].name = bad.to_owned();
        assert_eq!(homes.create(home).await.unwrap_err().kind, HostErrorKind::Refused, "{bad:?}");
    }
    let stranger = NewHome { primary: "elsewhere".parse().unwrap(), ..new_home() };
    assert_eq!(homes.create(stranger).await.unwrap_err().kind, HostErrorKind::Refused);
    assert!(!folder.path().join("joko").exists());
}

#[tokio::test]
async fn a_home_is_emptied_by_its_owner_whatever_the_owner_put_there() {
    let (folder, homes) = homes();
    homes.create(new_home()).await.unwrap();
    let home = folder.path().join("joko");
    let outside = folder.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::create_dir(outside.join("kept")).unwrap();
    symlink(&outside, home.join("link")).unwrap();
    symlink("/etc/passwd", home.join("-rf")).unwrap();
    let closed = home.join("closed/inner");
    std::fs::create_dir_all(&closed).unwrap();
    for folder in [&closed, &home.join("closed")] {
        chown(folder, Some(UID), Some(UID)).unwrap();
        rustix::fs::chmod(folder, Mode::empty()).unwrap();
    }
    assert_eq!(homes.empty_and_remove(&joko(), UID, UID).await.unwrap(), Vec::<String>::new());
    assert!(!home.exists() && outside.join("kept").exists());
    assert_eq!(std::fs::read_dir(folder.path().join(TRASH)).unwrap().count(), 0);
    assert_eq!(homes.empty_and_remove(&joko(), UID, UID).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn leftovers_are_told_and_the_next_try_goes_on_from_there() {
    let (folder, homes) = homes();
    homes.create(new_home()).await.unwrap();
    let roots = folder.path().join("joko/roots");
    std::fs::create_dir_all(roots.join("inner")).unwrap();
    let left = homes.empty_and_remove(&joko(), UID, UID).await.unwrap();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].contains("roots/inner"), "{left:?}");
    assert!(!folder.path().join("joko").exists());
    chown(folder.path().join(TRASH).join(UID.to_string()).join("roots"), Some(UID), Some(UID)).unwrap();
    assert_eq!(homes.empty_and_remove(&joko(), UID, UID).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn what_a_crash_left_in_staging_is_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let homes = Homes::at(folder.path());
    std::fs::create_dir_all(folder.path().join(STAGING).join("joko/domains/x")).unwrap();
    homes.prepare().await.unwrap();
    homes.prepare().await.unwrap();
    assert_eq!(std::fs::read_dir(folder.path().join(STAGING)).unwrap().count(), 0);
    assert!(!homes.half_removed(12_000).await.unwrap());
    std::fs::create_dir(folder.path().join(TRASH).join("12000")).unwrap();
    assert!(homes.half_removed(12_000).await.unwrap());
}
