use super::*;
use sha2::{Digest, Sha256};

struct Host {
    folder: tempfile::TempDir,
}

impl Host {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("etc/conf.d")).unwrap();
        for file in ["nginx.conf", "mime.types"] {
            crate::replace::write_now(&folder.path().join("etc").join(file), b"", crate::replace::Access::PUBLIC).unwrap();
        }
        Self { folder }
    }
    fn root(&self) -> PathBuf {
        self.folder.path().join("lib/nginx")
    }
    fn web(&self) -> PathBuf {
        self.folder.path().join("etc")
    }
    async fn open(&self) -> Tree {
        Tree::open(&self.root(), &self.web()).await.unwrap()
    }
    /// What nginx would read.
    fn live(&self, file: &ConfFile) -> Option<String> {
        std::fs::read_to_string(self.web().join("nusantara").join(file.path())).ok()
    }
    fn side(&self, side: &str, file: &ConfFile) -> Option<String> {
        std::fs::read_to_string(self.root().join(side).join(file.path())).ok()
    }
}

fn site(name: &str) -> ConfFile {
    ConfFile::Site(name.parse().unwrap())
}

fn put(name: &str, text: &str) -> Change {
    (site(name), Some(text.as_bytes().to_vec()))
}

#[tokio::test]
async fn live_changes_only_by_a_swap_and_a_second_swap_goes_back() {
    let host = Host::new();
    let mut tree = host.open().await;
    tree.apply_spare(vec![(ConfFile::Panel, Some(b"panel".to_vec())), put("joko", "one")]).await.unwrap();
    assert_eq!(host.live(&site("joko")), None);
    tree.swap().await.unwrap();
    assert_eq!(host.live(&site("joko")).as_deref(), Some("one"));
    assert_eq!(host.live(&ConfFile::Panel).as_deref(), Some("panel"));
    tree.apply_spare(vec![put("joko", "two"), put("sari", "new")]).await.unwrap();
    tree.swap().await.unwrap();
    assert_eq!((host.live(&site("joko")).as_deref(), host.live(&site("sari")).as_deref()), (Some("two"), Some("new")));
    tree.swap().await.unwrap();
    assert_eq!((host.live(&site("joko")).as_deref(), host.live(&site("sari"))), (Some("one"), None));
    // The way back leaves no trace of what failed in the next change.
    tree.apply_spare(vec![put("budi", "x")]).await.unwrap();
    tree.swap().await.unwrap();
    assert_eq!((host.live(&site("joko")).as_deref(), host.live(&site("sari"))), (Some("one"), None));
    assert_eq!(host.live(&ConfFile::Panel).as_deref(), Some("panel"));
}

#[tokio::test]
async fn every_apply_starts_from_the_live_tree() {
    let host = Host::new();
    let mut tree = host.open().await;
    tree.apply_spare(vec![put("joko", "one")]).await.unwrap();
    tree.swap().await.unwrap();
    // A group of three; nginx refuses one; the good ones are tried again without it.
    tree.apply_spare(vec![put("ani", "good"), put("budi", "bad"), (site("joko"), None)]).await.unwrap();
    tree.apply_spare(vec![put("ani", "good")]).await.unwrap();
    tree.swap().await.unwrap();
    let names: Vec<_> = tree.live_files().await.unwrap().into_keys().collect();
    assert_eq!(names, [site("ani"), site("joko")]);
    tree.apply_spare(vec![(site("joko"), None)]).await.unwrap();
    tree.discard_spare().await.unwrap();
    assert_eq!(host.side("a", &site("joko")), host.side("b", &site("joko")));
}

#[tokio::test]
async fn after_a_crash_the_spare_tree_is_made_equal_again_and_strangers_are_removed() {
    let host = Host::new();
    let mut tree = host.open().await;
    tree.apply_spare(vec![put("joko", "access_log /x;\n  error_log /y;\n"), put("sari", "s")]).await.unwrap();
    tree.swap().await.unwrap();
    tree.apply_spare(vec![put("joko", "torn"), put("budi", "half"), (site("sari"), None)]).await.unwrap();
    drop(tree);
    for stranger in ["a/evil.conf", "b/sites/x.conf.swp", "b/sites/.joko.conf.tmp", "a/sites/NotAName.conf"] {
        crate::replace::write_now(&host.root().join(stranger), b"", crate::replace::Access::PUBLIC).unwrap();
    }
    let tree = host.open().await;
    for side in ["a", "b"] {
        assert_eq!(host.side(side, &site("joko")).as_deref(), Some("access_log /x;\n  error_log /y;\n"));
        assert_eq!(host.side(side, &site("budi")), None);
        let files = std::fs::read_dir(host.root().join(side).join("sites")).unwrap().count();
        assert_eq!((files, std::fs::read_dir(host.root().join(side)).unwrap().count()), (2, 1));
    }
    assert_eq!(tree.log_files(), 2);
    let hash: [u8; 32] = Sha256::digest("s").into();
    assert_eq!(tree.live_files().await.unwrap()[&site("sari")], hash);
    assert_eq!(tree.live_file(&site("sari")).await.unwrap().as_deref(), Some(&b"s"[..]));
    assert_eq!(tree.live_file(&site("nina")).await.unwrap(), None);
}

#[tokio::test]
async fn something_else_under_our_name_is_not_replaced() {
    let host = Host::new();
    std::fs::create_dir(host.web().join("nusantara")).unwrap();
    assert_eq!(Tree::open(&host.root(), &host.web()).await.unwrap_err().kind, HostErrorKind::Exists);
    let nowhere = host.folder.path().join("nowhere");
    assert_eq!(Tree::open(&host.root(), &nowhere).await.unwrap_err().kind, HostErrorKind::NotFound);
}

#[test]
fn the_stage_shows_what_etc_has_now_and_the_asked_side() {
    let host = Host::new();
    let root = host.root();
    drop(Pair::open(&root).unwrap());
    let mut stage = Stage::open(&root, &host.web()).unwrap();
    let link = |name: &str| std::fs::read_link(root.join("stage").join(name)).ok();
    assert_eq!(stage.point_at("b").unwrap(), root.join("stage/nginx.conf"));
    assert_eq!(link("nginx.conf"), Some(host.web().join("nginx.conf")));
    assert_eq!(link("nusantara"), Some(PathBuf::from("../b")));
    crate::replace::write_now(&host.web().join("new.conf"), b"", crate::replace::Access::PUBLIC).unwrap();
    std::fs::remove_file(host.web().join("mime.types")).unwrap();
    stage.point_at("a").unwrap();
    assert_eq!((link("new.conf").is_some(), link("mime.types"), link("nusantara")), (true, None, Some(PathBuf::from("../a"))));
}

#[test]
fn an_excerpt_shows_the_asked_files_of_the_asked_side_and_no_others() {
    let host = Host::new();
    let root = host.root();
    let mut pair = Pair::open(&root).unwrap();
    pair.apply_spare(&[(ConfFile::Panel, Some(b"panel".to_vec())), put("joko", "j"), put("sari", "s")]).unwrap();
    let mut stage = Stage::open(&root, &host.web()).unwrap();
    let shown = || -> Vec<String> {
        let sites = std::fs::read_dir(root.join("stage/nusantara/sites")).unwrap();
        let mut texts: Vec<String> = sites.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
        texts.sort();
        texts
    };
    stage.point_at_some("b", [ConfFile::Panel, site("joko"), site("sari")].iter()).unwrap();
    assert_eq!(shown(), ["j", "s"]);
    stage.point_at_some("b", [ConfFile::Panel, site("sari")].iter()).unwrap();
    assert_eq!(shown(), ["s"]);
    assert_eq!(std::fs::read_to_string(root.join("stage/nusantara/00-panel.conf")).unwrap(), "panel");
}

#[test]
fn the_whole_is_judged_when_what_all_share_changes_or_nothing_does() {
    let set = |files: &[ConfFile]| files.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(excerpt(&set(&[])), None);
    assert_eq!(excerpt(&set(&[ConfFile::Panel, site("joko")])), None);
    assert_eq!(excerpt(&set(&[site("joko")])), Some(set(&[ConfFile::Panel, site("joko")])));
}

#[test]
fn nginx_is_quoted_with_the_place_an_admin_knows() {
    let host = Host::new();
    drop(Pair::open(&host.root()).unwrap());
    let stage = Stage::open(&host.root(), &host.web()).unwrap();
    let staged = host.root().join("stage");
    let said = format!(
        "nginx: [warn] conflicting server name \"x\" on 0.0.0.0:80, ignored\n\
         nginx: [emerg] unknown directive \"bogus in a\" in {}/nusantara/sites/joko.conf:12\n\
         nginx: configuration file {}/nginx.conf test failed\n",
        staged.display(),
        staged.display()
    );
    let refusal = stage.read_refusal(&said);
    assert_eq!(refusal.message, "unknown directive \"bogus in a\"");
    assert_eq!((refusal.conf.clone(), refusal.line), (Some(site("joko")), Some(12)));
    assert_eq!(refusal.file, Some(host.web().join("nusantara/sites/joko.conf").display().to_string()));
    assert!(!refusal.is_the_hosts_fault());

    let other = stage.read_refusal("nginx: [emerg] host not found in upstream \"x\" in /etc/nginx/sites-enabled/shop:3");
    assert_eq!((other.conf, other.file.as_deref(), other.line), (None, Some("/etc/nginx/sites-enabled/shop"), Some(3)));
    let logged = stage.read_refusal("2026/11/20 20:08:34 [emerg] 435#435: unknown directive \"x\" in /etc/nginx/nginx.conf:9");
    assert_eq!((logged.message.as_str(), logged.line), ("unknown directive \"x\"", Some(9)));
    let full = stage.read_refusal("nginx: [emerg] open() \"/var/log/x\" failed (24: Too many open files)");
    assert!(full.is_the_hosts_fault() && full.line.is_none());
    assert_eq!(stage.read_refusal("").message, "nginx gave no reason");
}

#[test]
fn only_our_names_are_files_of_the_tree() {
    for file in [ConfFile::Panel, site("joko")] {
        assert_eq!(ConfFile::from_path(file.path().to_str().unwrap()), Some(file));
    }
    for bad in ["", "panel.conf", "sites/", "sites/.conf", "sites/root.conf", "sites/../00-panel.conf", "sites/Joko.conf", "joko.conf"] {
        assert_eq!(ConfFile::from_path(bad), None, "{bad}");
    }
}
