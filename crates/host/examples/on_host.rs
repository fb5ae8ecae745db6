//! Puts this crate's hands to work on a booted Debian host: systemd, nginx and PHP-FPM must be there and be disposable. Run it
//! inside a test host, as root; it ends with status 0 when everything held. What only needs a kernel is in the unit tests.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that runs on another machine than the test runner; it uses the host's own tools to look at the result"
)]

use nusantara_host::command::Program;
use nusantara_host::home::{Homes, NewDocRoot, NewHome, StarterFile};
use nusantara_host::systemd::{Enablement, Signal, SliceLimits, Systemd};
use nusantara_host::web::{self, ConfFile, PROBE_SOCKET, Reloaded, Tree, Verdict};
use nusantara_host::{HostErrorKind, logs::SiteLogs, os, replace, users, worker};
use nusantara_types::{Shell, Username};
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

const UID: u32 = 12_345;
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    if args.first().is_some_and(|a| a == worker::DOCROOT_SUBCOMMAND) {
        return worker::docroot_main(&args[1..]);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let systemd = Systemd::connect().await.unwrap();
        println!("systemd {}, nginx {:?}", systemd.version().await.unwrap(), os::nginx_version().await.unwrap());
        users_come_and_go().await;
        homes_have_the_lists_that_setfacl_would_give().await;
        slices_keep_limits_without_a_reload(&systemd).await;
        a_socket_starts_its_service_in_the_slice(&systemd).await;
        nginx_takes_good_and_refuses_bad(&systemd).await;
        reloads_lose_no_request(&systemd).await;
        nginx_comes_back_after_a_kill(&systemd).await;
        the_bus_may_be_restarted(&systemd).await;
        clean_up(&systemd).await;
    });
    println!("everything held");
    ExitCode::SUCCESS
}

/// The host's own tools, for looking.
fn look(program: &str, args: &[&str]) -> String {
    let output = std::process::Command::new(program).args(args).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn joko() -> Username {
    "joko".parse().unwrap()
}

async fn users_come_and_go() {
    let begun = Instant::now();
    users::create(&joko(), UID, Shell::Nologin).await.unwrap();
    println!("useradd took {:?}", begun.elapsed());
    users::create(&joko(), UID, Shell::Nologin).await.unwrap();
    let user = users::lookup(&joko()).await.unwrap().unwrap();
    assert_eq!((user.uid, user.gid, user.home.as_str(), user.shell.as_str()), (UID, UID, "/home/joko", "/usr/sbin/nologin"));
    assert!(look("getent", &["shadow", "joko"]).starts_with("joko:!:"));
    assert!(!look("cat", &["/etc/subuid", "/etc/subgid"]).contains("joko"));
    assert!(users::name_taken(&joko()).await.unwrap() && users::uid_taken(UID).await.unwrap());
    let taken = users::create(&"sari".parse().unwrap(), UID, Shell::Nologin).await.unwrap_err();
    assert_eq!(taken.kind, HostErrorKind::Exists);
    // Halves, as a power cut leaves them.
    look("groupadd", &["--gid", "12350", "budi"]);
    users::create(&"budi".parse().unwrap(), 12_350, Shell::Nologin).await.unwrap();
    assert_eq!(users::lookup(&"budi".parse().unwrap()).await.unwrap().unwrap().gid, 12_350);
    look("sed", &["-i", "/^budi:/d", "/etc/group", "/etc/gshadow"]);
    users::create(&"budi".parse().unwrap(), 12_350, Shell::Nologin).await.unwrap();
    assert_eq!(users::group(&"budi".parse().unwrap()).await.unwrap(), Some(12_350));
    look("userdel", &["budi"]);
    look("groupadd", &["--gid", "12350", "budi"]);
    users::delete(&"budi".parse().unwrap()).await.unwrap();
    assert!(!users::name_taken(&"budi".parse().unwrap()).await.unwrap());
    let mut many = Vec::new();
    let begun = Instant::now();
    for i in 0..20_u32 {
        many.push(async move { users::create(&format!("many{i}").parse().unwrap(), 12_400 + i, Shell::Nologin).await });
    }
    for one in futures_util::future::join_all(many).await {
        one.unwrap();
    }
    println!("20 users at once took {:?}", begun.elapsed());
    for i in 0..20 {
        users::delete(&format!("many{i}").parse().unwrap()).await.unwrap();
    }
    let mut child = std::process::Command::new("setpriv")
        .args(["--reuid", "12345", "--regid", "12345", "--clear-groups", "sleep", "60"])
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    // userdel(8) asks for the root folder of each process, which needs CAP_SYS_PTRACE; without it, it sees none and goes ahead.
    if std::fs::read_link(format!("/proc/{}/root", child.id())).is_ok() {
        let busy = users::delete(&joko()).await.unwrap_err();
        assert_eq!(busy.kind, HostErrorKind::Refused, "{busy}");
    }
    users::end_processes(UID, UID).await.unwrap();
    child.wait().unwrap();
}

async fn homes_have_the_lists_that_setfacl_would_give() {
    let (web_uid, _) = users::web_user().await.unwrap();
    let files = vec![StarterFile { name: "index.html".to_owned(), bytes: b"<h1>joko</h1>".to_vec(), mode: 0o640 }];
    let new = NewDocRoot { path: "domains/joko.test/public_html".parse().unwrap(), files };
    let primary = new.path.clone();
    let begun = Instant::now();
    Homes::system().create(NewHome { username: joko(), uid: UID, gid: UID, web_uid, docroots: vec![new.clone()], primary }).await.unwrap();
    println!("the home took {:?}", begun.elapsed());
    let acl = look("getfacl", &["-cEp", "/home/joko", "/home/joko/domains/joko.test/public_html"]);
    let expected = "user::rwx\nuser:www-data:--x\ngroup::r-x\nmask::r-x\nother::---\n\n\
                    user::rwx\nuser:www-data:r-x\ngroup::r-x\nmask::r-x\nother::---\n\
                    default:user::rwx\ndefault:user:www-data:r-x\ndefault:group::r-x\ndefault:mask::r-x\ndefault:other::---\n\n";
    assert_eq!(acl, expected);
    let begun = Instant::now();
    let second = NewDocRoot { path: "domains/toko.test/public_html".parse().unwrap(), ..new };
    Homes::system().add_docroot(&joko(), UID, UID, web_uid, second).await.unwrap();
    println!("a further document root took {:?}", begun.elapsed());
    let read = look(
        "setpriv",
        &["--reuid", "33", "--regid", "33", "--clear-groups", "cat", "/home/joko/domains/toko.test/public_html/index.html"],
    );
    assert_eq!(read, "<h1>joko</h1>");
}

async fn slices_keep_limits_without_a_reload(systemd: &Systemd) {
    let limits = SliceLimits { cpu_percent: 150, memory_mb: 512, tasks: 200, io_mb_s: 20 };
    assert!(!systemd.slice_limits(UID).await.unwrap().matches(&limits));
    let begun = Instant::now();
    systemd.set_slice(UID, &limits).await.unwrap();
    println!("set_slice took {:?}", begun.elapsed());
    assert!(systemd.slice_limits(UID).await.unwrap().matches(&limits));
    let less = SliceLimits { memory_mb: 256, io_mb_s: 10, ..limits };
    systemd.set_slice(UID, &less).await.unwrap();
    assert!(systemd.slice_limits(UID).await.unwrap().matches(&less));
    systemd.daemon_reload().await.unwrap();
    assert!(systemd.slice_limits(UID).await.unwrap().matches(&less));
    println!("{}", look("sh", &["-c", "grep -r = /etc/systemd/system.control/ | sort"]));
    assert_eq!(systemd.set_slice(0, &limits).await.unwrap_err().kind, HostErrorKind::Refused);
}

async fn a_socket_starts_its_service_in_the_slice(systemd: &Systemd) {
    let socket = "[Socket]\nListenStream=/run/nusantara-try/%i.sock\nAccept=no\n[Install]\nWantedBy=sockets.target\n";
    let service = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sleep 1000\nUser=%i\n";
    let public = replace::Access::PUBLIC;
    replace::write("/etc/systemd/system/nusantara-try@.socket", socket, public).await.unwrap();
    replace::write("/etc/systemd/system/nusantara-try@.service", service, public).await.unwrap();
    systemd.daemon_reload().await.unwrap();
    let folder = "/etc/systemd/system/nusantara-try@joko.service.d";
    let (unit, main) = ("nusantara-try@joko.socket", "nusantara-try@joko.service");
    for round in 0..3 {
        assert_eq!(systemd.enablement(unit).await.unwrap(), Enablement::Disabled);
        replace::dir(folder, replace::Access { mode: 0o755, owner: None }).await.unwrap();
        replace::write(format!("{folder}/50-slice.conf"), format!("[Service]\nSlice=user-{UID}.slice\n"), public).await.unwrap();
        let begun = Instant::now();
        systemd.enable_now(unit).await.unwrap();
        println!("round {round}: enable_now took {:?}", begun.elapsed());
        systemd.enable_now(unit).await.unwrap();
        assert_eq!(systemd.enablement(unit).await.unwrap(), Enablement::Enabled);
        assert_eq!(look("systemctl", &["is-enabled", unit]).trim(), "enabled");
        assert!(systemd.is_active(unit).await.unwrap() && !systemd.is_active(main).await.unwrap());
        assert_eq!((systemd.unit_processes(main).await.unwrap().len(), systemd.main_pid(main).await.unwrap()), (0, None));
        let client = std::os::unix::net::UnixStream::connect("/run/nusantara-try/joko.sock").unwrap();
        until("the service runs", || async { systemd.unit_processes(main).await.unwrap().len() == 1 }).await;
        drop(client);
        let pid = systemd.main_pid(main).await.unwrap().unwrap();
        let cgroup = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
        assert!(cgroup.contains(&format!("/user.slice/user-{UID}.slice/{main}")), "{cgroup}");
        let listed: Vec<_> = systemd.list_units("nusantara-try@*").await.unwrap().into_iter().map(|u| (u.name, u.sub_state)).collect();
        assert_eq!(listed.len(), 2, "{listed:?}");
        let begun = Instant::now();
        systemd.disable_now(unit).await.unwrap();
        println!("round {round}: disable_now took {:?}", begun.elapsed());
        if round == 0 {
            limits_bind_where_there_are_controllers();
        }
        if round == 1 {
            // A crashed service must not keep the unit failed.
            systemd.kill_main(main, Signal::Kill).await.unwrap();
            until("the service is gone", || async { !systemd.is_active(main).await.unwrap() }).await;
            systemd.disable_now(main).await.unwrap();
        } else {
            systemd.revert_slice(UID).await.unwrap();
            assert!(!systemd.is_active(main).await.unwrap(), "the service outlived its slice");
        }
        replace::remove_dir_flat(folder).await.unwrap();
        systemd.disable_now(main).await.unwrap();
        systemd.disable_now(unit).await.unwrap();
    }
    systemd.revert_slice(UID).await.unwrap();
    assert_eq!(systemd.slice_limits(UID).await.unwrap().memory_mb, None);
    assert_eq!(systemd.kill_main(main, Signal::Term).await.unwrap_err().kind, HostErrorKind::NotFound);
    assert_eq!(systemd.start("nusantara-nothing.service").await.unwrap_err().kind, HostErrorKind::NotFound);
    systemd.stop("nusantara-nothing.service").await.unwrap();
    assert_eq!(systemd.enablement("nusantara-nothing.service").await.unwrap(), Enablement::Missing);
    assert_eq!(systemd.enable_now("nusantara-nothing.service").await.unwrap_err().kind, HostErrorKind::NotFound);
    println!("left below system.control: {:?}", look("sh", &["-c", "find /etc/systemd/system.control -name '*12345*'"]));
}

/// In a virtual machine the kernel has the limits of `slices_keep_limits_without_a_reload`; a container has no controllers.
fn limits_bind_where_there_are_controllers() {
    let slice = format!("/sys/fs/cgroup/user.slice/user-{UID}.slice");
    let read = |file: &str| std::fs::read_to_string(format!("{slice}/{file}")).map(|text| text.trim().to_owned()).ok();
    println!(
        "cpu.max {:?}, memory.max {:?}, pids.max {:?}, io.max {:?}",
        read("cpu.max"),
        read("memory.max"),
        read("pids.max"),
        read("io.max")
    );
    assert!(read("cpu.max").is_none_or(|text| text == "150000 100000"));
    assert!(read("memory.max").is_none_or(|text| text == "268435456"));
    assert!(read("pids.max").is_none_or(|text| text == "200"));
    assert!(read("io.max").is_none_or(|text| text.contains("rbps=10485760 wbps=10485760")));
}

async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn vhost(names: &str, root: &str) -> Option<Vec<u8>> {
    let name = names.split(' ').next().unwrap();
    let logs = "/var/log/nusantara-panel/sites/joko";
    Some(
        format!(
            "server {{\n listen 80;\n listen [::]:80;\n listen unix:{PROBE_SOCKET};\n server_name {names};\n root {root};\n \
             access_log {logs}/{name}.access.log;\n error_log {logs}/{name}.error.log;\n location / {{ try_files $uri $uri/ =404; }}\n}}\n"
        )
        .into_bytes(),
    )
}

async fn open_tree() -> Tree {
    Tree::open(Path::new("/var/lib/nusantara-hostd/nginx"), Path::new("/etc/nginx")).await.unwrap()
}

async fn nginx_takes_good_and_refuses_bad(systemd: &Systemd) {
    let (_, web_gid) = users::web_user().await.unwrap();
    web::prepare_probe_folder().await.unwrap();
    SiteLogs::system().create(&joko(), web_gid).await.unwrap();
    let mut tree = open_tree().await;
    let site = ConfFile::Site(joko());
    let root = "/home/joko/domains/joko.test/public_html";
    let panel = format!(
        "server {{\n listen 80 default_server;\n listen [::]:80 default_server;\n listen unix:{PROBE_SOCKET} default_server;\n return 444;\n}}\n"
    );
    replace::remove("/etc/nginx/sites-enabled/default").await.unwrap();
    tree.apply_spare(vec![(ConfFile::Panel, Some(panel.into_bytes())), (site.clone(), vhost("joko.test", root))]).await.unwrap();
    let begun = Instant::now();
    assert_eq!(tree.test().await.unwrap(), Verdict::Accepted);
    println!("nginx -t took {:?}", begun.elapsed());
    tree.swap().await.unwrap();
    println!("first reload: {:?}", web::reload(systemd, tree.log_files(), PATIENCE).await.unwrap());
    let domain = "joko.test".parse().unwrap();
    assert_eq!(web::probe(Path::new(PROBE_SOCKET), &domain, PATIENCE).await.unwrap(), 200);
    let stranger = web::probe(Path::new(PROBE_SOCKET), &"stranger.test".parse().unwrap(), PATIENCE).await;
    assert_eq!(stranger.unwrap_err().kind, HostErrorKind::Tool);

    let mut bad = vhost("joko.test", root).unwrap();
    bad.extend(b"bogus on;\n");
    tree.apply_spare(vec![(site.clone(), Some(bad))]).await.unwrap();
    let Verdict::Refused(refusal) = tree.test().await.unwrap() else { unreachable!("nginx took nonsense") };
    println!("refused: {refusal:?}");
    assert_eq!((refusal.conf, refusal.line), (Some(site), Some(11)));
    tree.discard_spare().await.unwrap();
    assert_eq!(tree.test().await.unwrap(), Verdict::Accepted);
    assert_eq!(web::probe(Path::new(PROBE_SOCKET), &domain, PATIENCE).await.unwrap(), 200);
    // A refusal by the master itself: the live tree is broken behind our back.
    replace::write("/etc/nginx/conf.d/zz-broken.conf", "bogus on;\n", replace::Access::PUBLIC).await.unwrap();
    let begun = Instant::now();
    let refused = web::reload(systemd, tree.log_files(), PATIENCE).await.unwrap_err();
    println!("the master's refusal took {:?}: {refused}", begun.elapsed());
    assert_eq!(refused.kind, HostErrorKind::Tool);
    replace::remove("/etc/nginx/conf.d/zz-broken.conf").await.unwrap();
}

/// Clients without pause, over TCP, while one site is published after the other; each must answer by its own name at once.
async fn reloads_lose_no_request(systemd: &Systemd) {
    let (stop, asked, failed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let client = {
        let (stop, asked, failed) = (Arc::clone(&stop), Arc::clone(&asked), Arc::clone(&failed));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                asked.fetch_add(1, Ordering::Relaxed);
                if get("joko.test").as_deref() != Ok("HTTP/1.1 200") {
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        })
    };
    let mut tree = open_tree().await;
    let (mut took, mut late) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    for round in 0..40 {
        // An emulated machine needs a second for what a container does in a tenth.
        if begun.elapsed() > PATIENCE / 2 {
            break;
        }
        let names: Vec<String> = (0..=round).map(|i| format!("n{i}.joko.test")).collect();
        let text = vhost(&format!("joko.test {}", names.join(" ")), "/home/joko/domains/joko.test/public_html");
        tree.apply_spare(vec![(ConfFile::Site(joko()), text)]).await.unwrap();
        assert_eq!(tree.test().await.unwrap(), Verdict::Accepted);
        tree.swap().await.unwrap();
        let Reloaded::Workers { took: this } = web::reload(systemd, tree.log_files(), PATIENCE).await.unwrap() else { unreachable!() };
        took.push(this);
        let answer = get(names.last().unwrap());
        if answer.as_deref() != Ok("HTTP/1.1 200") {
            late.push((round, answer));
        }
    }
    stop.store(true, Ordering::Relaxed);
    client.join().unwrap();
    took.sort_unstable();
    println!(
        "reload: median {:?}, worst {:?}; {} requests meanwhile",
        took[took.len() / 2],
        took[took.len() - 1],
        asked.load(Ordering::Relaxed)
    );
    assert_eq!((failed.load(Ordering::Relaxed), late), (0, vec![]));
    let workers = systemd.unit_processes("nginx.service").await.unwrap();
    assert_eq!(
        workers.iter().filter(|(_, line)| line.contains("worker process")).count(),
        std::thread::available_parallelism().unwrap().get()
    );
    let master = systemd.main_pid("nginx.service").await.unwrap().unwrap();
    println!("{}", look("grep", &["open files", &format!("/proc/{master}/limits")]));
}

fn get(host: &str) -> Result<String, String> {
    let mut stream = std::net::TcpStream::connect("127.0.0.1:80").map_err(|e| e.to_string())?;
    stream.write_all(format!("GET / HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes()).map_err(|e| e.to_string())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(|e| e.to_string())?;
    Ok(String::from_utf8_lossy(answer.get(..12).unwrap_or_default()).into_owned())
}

async fn nginx_comes_back_after_a_kill(systemd: &Systemd) {
    look("systemctl", &["kill", "--signal=KILL", "nginx.service"]);
    until("nginx is dead", || async { !systemd.is_active("nginx.service").await.unwrap() }).await;
    assert!(Path::new(PROBE_SOCKET).exists(), "the kill left no socket, so this proves nothing");
    let tree = open_tree().await;
    assert_eq!(web::reload(systemd, tree.log_files(), PATIENCE).await.unwrap(), Reloaded::Started);
    assert_eq!(web::probe(Path::new(PROBE_SOCKET), &"joko.test".parse().unwrap(), PATIENCE).await.unwrap(), 200);
}

async fn the_bus_may_be_restarted(systemd: &Systemd) {
    look("systemctl", &["restart", "dbus.service"]);
    let begun = Instant::now();
    assert!(systemd.is_active("nginx.service").await.unwrap());
    println!("after a restart of the bus the first answer took {:?}", begun.elapsed());
    systemd.start("nginx.service").await.unwrap();
}

async fn clean_up(systemd: &Systemd) {
    let mut tree = open_tree().await;
    tree.apply_spare(vec![(ConfFile::Site(joko()), None)]).await.unwrap();
    assert_eq!(tree.test().await.unwrap(), Verdict::Accepted);
    tree.swap().await.unwrap();
    web::reload(systemd, tree.log_files(), PATIENCE).await.unwrap();
    assert!(get("joko.test").is_ok_and(|answer| answer.is_empty()), "the catch-all closes the connection");
    assert_eq!(Homes::system().empty_and_remove(&joko(), UID, UID).await.unwrap(), Vec::<String>::new());
    SiteLogs::system().remove(&joko()).await.unwrap();
    users::delete(&joko()).await.unwrap();
    assert!(!users::name_taken(&joko()).await.unwrap());
    assert!(!Path::new("/home/joko").exists());
    for file in ["/etc/systemd/system/nusantara-try@.socket", "/etc/systemd/system/nusantara-try@.service"] {
        replace::remove(file).await.unwrap();
    }
    assert!(Program::Nginx.path().exists());
}
