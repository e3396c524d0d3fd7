//! What goes wrong with databases: each has its words, and leaves nothing behind.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::*;

/// Programs of the system, some of them replaced by scripts.
struct Tools {
    folder: TempDir,
}

impl Tools {
    fn new(names: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        for name in names {
            symlink(Self::real(name), folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    fn real(name: &str) -> PathBuf {
        let path = std::env::var_os("PATH").unwrap();
        let mut found = std::env::split_paths(&path).map(|folder| folder.join(name));
        found.find(|path| path.is_file()).unwrap()
    }

    /// Puts a script in the place of a program. In it `$real` is the program and `$here` this
    /// folder. Asked for a version, it answers as the program does.
    fn replace(&self, name: &str, script: &str) {
        let (real, here) = (Self::real(name), self.folder.path());
        let text = format!(
            "#!/bin/bash\nset -o pipefail\nreal={}\nhere={}\n\
             [ \"$1\" = --version ] && exec $real --version\n{script}\n",
            real.display(),
            here.display()
        );
        let path = here.join(name);
        fs::remove_file(&path).ok();
        sexton_testing::script(&path, &text);
    }

    fn settings(&self, server: &MariaDb) -> Settings {
        let line = format!("tools = {:?}", self.folder.path().to_str().unwrap());
        settings_with(server, PASSWORD, &line)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Waits for somebody to make a file, with something in it.
fn seen(path: &Path) -> String {
    loop {
        match fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            Ok(_) | Err(_) => thread::yield_now(),
        }
    }
}

const ALL: [&str; 5] = ["mariadb", "mariadb-dump", "mariadb-backup", "mbstream", "mariadb-binlog"];

fn words(error: &CaptureError) -> String {
    let words = error.for_caller();
    assert!(!words.contains(PASSWORD) && !words.contains("sexton-private"), "{words}");
    words
}

#[tokio::test]
async fn a_wrong_password_is_refused_in_the_servers_words_and_never_repeated() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let wrong = settings_with(&server, "not-it-at-all", "");
    for method in [Method::Logical, Method::Physical] {
        let error = Vault::new().capture_of(wrong.clone(), method, &[]).await.unwrap_err();
        let words = words(&error);
        assert!(words.contains("refused the login"), "{words}");
        assert!(!words.contains("not-it-at-all"), "{words}");
    }
    assert!(matches!(probe(&wrong), Err(DatabaseError::Refused { .. })));
}

#[tokio::test]
async fn a_missing_tool_is_named() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let tools = Tools::new(&["mariadb"]);
    let probed = probe(&Tools::new(&[]).settings(&server)).unwrap_err();
    assert!(probed.to_string().contains("the tool mariadb is not in the folder"), "{probed}");
    for (method, name) in [(Method::Logical, "mariadb-dump"), (Method::Physical, "mariadb-backup")]
    {
        let error =
            Vault::new().capture_of(tools.settings(&server), method, &[]).await.unwrap_err();
        assert!(words(&error).contains(&format!("the tool {name} is not")), "{error}");
    }
}

/// One view of a table that was dropped failed every set, in words of the tool only.
#[tokio::test]
async fn a_view_that_cannot_be_read_is_named_and_the_other_databases_can_be_backed_up() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    server.query(
        "CREATE DATABASE shop; CREATE TABLE shop.t (id INT); USE shop; \
         CREATE VIEW old AS SELECT id FROM t; DROP TABLE t",
    );
    let vault = Vault::new();
    let of = |databases: &'static [&str]| {
        vault.capture_of(settings(&server), Method::Logical, databases)
    };
    let words = words(&of(&[]).await.unwrap_err());
    assert!(words.contains("the view shop.old cannot be read"), "{words}");
    assert!(words.contains("Mend the view or drop it"), "{words}");
    of(&["one"]).await.unwrap();
}

#[tokio::test]
async fn a_copying_tool_of_another_series_is_refused_before_it_runs() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let tools = Tools::new(&ALL);
    let path = tools.file("mariadb-backup");
    fs::remove_file(&path).unwrap();
    let text = "#!/bin/sh\necho 'based on MariaDB server 10.6.2-MariaDB Linux' >&2\n";
    sexton_testing::script(&path, text);
    let captured = Vault::new().capture_of(tools.settings(&server), Method::Physical, &[]).await;
    let words = words(&captured.unwrap_err());
    assert!(words.contains("10.6.2-MariaDB") && words.contains("make logical backups"), "{words}");
}

#[tokio::test]
async fn a_tool_that_is_killed_makes_no_backup() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    for (method, name) in [(Method::Logical, "mariadb-dump"), (Method::Physical, "mariadb-backup")]
    {
        let tools = Tools::new(&ALL);
        // All of the output is there, and it was killed all the same.
        tools.replace(name, "$real \"$@\"; kill -9 $$");
        let error =
            Vault::new().capture_of(tools.settings(&server), method, &[]).await.unwrap_err();
        assert!(words(&error).contains(&format!("{name} was killed by signal 9")), "{error}");
    }
}

#[tokio::test]
async fn an_output_that_is_cut_on_its_way_makes_no_backup() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    for (method, name) in [(Method::Logical, "mariadb-dump"), (Method::Physical, "mariadb-backup")]
    {
        let tools = Tools::new(&ALL);
        tools.replace(name, "$real \"$@\" | head -c -30");
        let error = Vault::new().capture_of(tools.settings(&server), method, &[]).await;
        let words = words(&error.unwrap_err());
        let says = format!("{name} ended with code 0, and its output is not whole");
        assert!(words.starts_with(&says), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_in_the_middle_of_its_backup_makes_no_backup() {
    for (method, name) in [(Method::Logical, "mariadb-dump"), (Method::Physical, "mariadb-backup")]
    {
        let mut server = MariaDb::start(&[]);
        server.query(TABLES);
        // More than what fits into pipes and sockets.
        server.query(
            "INSERT INTO one.t SELECT seq, REPEAT(MD5(seq), 1000), '' FROM mysql.seq_1_to_1500",
        );
        let tools = Tools::new(&ALL);
        tools.replace(
            name,
            "$real \"$@\" | { head -c 200000; echo yes > $here/begun\n\
             while [ ! -e $here/go ]; do sleep 0.05; done; cat; }",
        );
        let settings = tools.settings(&server);
        let captured =
            tokio::spawn(async move { Vault::new().capture_of(settings, method, &[]).await });
        seen(&tools.file("begun"));
        server.kill();
        fs::write(tools.file("go"), "").unwrap();
        let words = words(&captured.await.unwrap().unwrap_err());
        assert!(words.contains(name) || words.contains("cannot be reached"), "{words}");
        server.start_again();
        assert_eq!(count(&server), 1500);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_is_cancelled_ends_its_tools() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let tools = Tools::new(&ALL);
    tools.replace("mariadb-dump", "echo $$ > $here/begun; sleep 1000 & wait");
    let vault = Arc::new(Vault::new());
    let (settings, captured) = (tools.settings(&server), Arc::clone(&vault));
    let captured =
        tokio::spawn(async move { captured.capture_of(settings, Method::Logical, &[]).await });
    let process = seen(&tools.file("begun"));
    vault.cancel.cancel();
    assert!(matches!(captured.await.unwrap(), Err(CaptureError::Cancelled)));
    assert!(!Path::new("/proc").join(process).exists());
}

#[tokio::test]
async fn a_disk_that_fills_during_a_backup_fails_it_and_leaves_nobody_at_the_server() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    server
        .query("INSERT INTO one.t SELECT seq, REPEAT(MD5(seq), 1000), '' FROM mysql.seq_1_to_1500");
    for method in [Method::Logical, Method::Physical] {
        let vault = Vault::full_after(300_000);
        let captured = vault.capture_of(settings(&server), method, &[]).await;
        let error = captured.unwrap_err();
        assert!(matches!(&error, CaptureError::NoRoom(_)), "{method:?}: {error:?}");
        let words = words(&error);
        assert!(words.contains("has 255 MiB free, and jobs need"), "{words}");
        let there = format!(
            "SELECT COUNT(*), SLEEP(0.01) FROM information_schema.processlist WHERE user = '{USER}'"
        );
        while !server.query(&there).starts_with("0\t") {}
    }
    Vault::new().capture_of(settings(&server), Method::Physical, &[]).await.unwrap();
}

#[tokio::test]
async fn no_tool_has_the_password_in_its_arguments_or_its_environment() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let tools = Tools::new(&ALL);
    for name in ALL {
        tools.replace(
            name,
            "tr '\\0' '\\n' < /proc/$$/cmdline >> $here/seen\n\
             tr '\\0' '\\n' < /proc/$$/environ >> $here/seen\nexec $real \"$@\"",
        );
    }
    let vault = Vault::new();
    vault.capture_of(tools.settings(&server), Method::Logical, &["one"]).await.unwrap();
    let other = MariaDb::start(&[]);
    vault.load("one", tools.settings(&other)).await.unwrap();
    let vault = Vault::new();
    vault.capture_of(tools.settings(&server), Method::Physical, &[]).await.unwrap();
    let (target, tools_in) = (vault.folder.path().join("data"), tools.folder.path().to_path_buf());
    let into = RestoreInto::Folder { target, tools: Some(tools_in), recovery: None };
    vault.restore(1, into).await.unwrap();
    let text = fs::read_to_string(tools.file("seen")).unwrap();
    for name in &ALL[..4] {
        assert!(text.contains(&format!("/{name}\n")), "{name} did not run: {text}");
    }
    assert!(!text.contains(PASSWORD) && !text.contains("$f;g%h"), "{text}");
}

#[tokio::test]
async fn a_server_that_encrypts_nothing_is_refused_where_the_settings_require_it() {
    let server = MariaDb::start(&[]);
    let settings = |tls: &str| settings_with(&server, PASSWORD, &format!("tls = \"{tls}\""));
    let error = probe(&settings("require")).unwrap_err();
    assert!(error.to_string().contains("does not encrypt connections"), "{error}");
    probe(&settings("prefer")).unwrap();
}

#[tokio::test]
async fn the_files_of_a_server_that_is_not_here_are_not_looked_for_here() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    // What a server says that is reached through a tunnel.
    let tools = Tools::new(&ALL);
    tools.replace("mariadb", "$real \"$@\" | sed 's/^\\(folder\\t.*\\t\\).*/\\1elsewhere/'");
    let captured = Vault::new().capture_of(tools.settings(&server), Method::Physical, &[]).await;
    let words = words(&captured.unwrap_err());
    assert!(words.contains("is on another machine") && words.contains("make logical"), "{words}");
}

#[tokio::test]
async fn a_load_that_fails_leaves_no_part_of_a_database_that_it_made() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let vault = Vault::new();
    vault.set(&server, Method::Logical).await;
    let other = MariaDb::start(&[]);
    let tools = Tools::new(&ALL);
    // All of it arrives, and the client is killed all the same.
    let script = "case \"$*\" in *--binary-mode*) $real \"$@\"; kill -9 $$;; esac; $real \"$@\"";
    tools.replace("mariadb", script);
    let error = vault.load("one", tools.settings(&other)).await.unwrap_err();
    assert!(error.for_caller().contains("mariadb was killed by signal 9"), "{error}");
    assert!(!other.query("SHOW DATABASES").contains("one"));
    // What somebody else made is not removed.
    other.query("CREATE DATABASE one");
    vault.load("one", tools.settings(&other)).await.unwrap_err();
    assert!(other.query("SHOW DATABASES").contains("one"));
}

/// Statements of the log are run by a server of ours, as whoever runs us.
#[tokio::test]
async fn what_is_replayed_reads_no_file_of_this_machine() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let vault = Vault::new();
    vault.set(&server, Method::Physical).await;
    let secret = vault.path("secret");
    let second = FIRST;
    server.query(&format!(
        "SET SESSION binlog_format=STATEMENT; SET timestamp={second}; \
         INSERT INTO one.t VALUES (1, COALESCE(LOAD_FILE('{}'), 'nothing'), '')",
        secret.display()
    ));
    server.query(&format!("SET timestamp={SECOND}; {}", transaction(2)));
    server.query("FLUSH BINARY LOGS");
    fs::write(&secret, "hush").unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o644)).unwrap();
    let time = jiff::Timestamp::from_second(SECOND).unwrap();
    let log = log_of(&server);
    let logs = vec![log.path().to_path_buf()];
    let data = vault.data(Some(Recovery { time, logs })).await.unwrap();
    let other = MariaDb::start_over(&data, &[]);
    assert_eq!(other.query("SELECT id, text FROM one.t"), "1\tnothing");
}

#[tokio::test]
async fn a_client_that_takes_a_part_of_the_log_makes_no_restore() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let vault = Vault::new();
    vault.set(&server, Method::Physical).await;
    // More than fits into a pipe.
    let large = "INSERT INTO one.t SELECT seq, REPEAT(MD5(seq), 1000), '' FROM mysql.seq_1_to_100";
    server.query(&format!("SET SESSION binlog_format=ROW; SET timestamp={FIRST}; {large}"));
    server.query(&format!("SET timestamp={SECOND}; {}", transaction(1000)));
    server.query("FLUSH BINARY LOGS");
    let tools = Tools::new(&[&ALL[..], &["mariadbd"]].concat());
    let script = "case \"$*\" in *--binary-mode*) head -c 99 > /dev/null; exit 0;; esac";
    tools.replace("mariadb", &format!("{script}\n$real \"$@\""));
    let time = jiff::Timestamp::from_second(SECOND).unwrap();
    let log = log_of(&server);
    let recovery = Some(Recovery { time, logs: vec![log.path().to_path_buf()] });
    let (target, tools) = (vault.path("data"), Some(tools.folder.path().to_path_buf()));
    let into = RestoreInto::Folder { target: target.clone(), tools, recovery };
    let error = vault.restore(1, into).await.unwrap_err().for_caller();
    assert!(error.starts_with("mariadb ended too early"), "{error}");
    assert!(!target.exists());
}
