//! What goes wrong says so, leaves nothing running, and tells nobody the password.

use sexton_data::database::{DatabaseError, probe};
use sexton_data::source::SourceError;

use super::*;

/// Parts of the password that stand in it whatever it is quoted with.
const HUSH: [&str; 2] = ["$f;g%h", "#e"];

fn database_error(error: CaptureError) -> DatabaseError {
    let words = error.for_caller();
    assert!(HUSH.iter().all(|part| !words.contains(part)), "{words}");
    let CaptureError::Source(SourceError::Database(error)) = error else { panic!("{error:?}") };
    error
}

#[tokio::test]
async fn a_wrong_password_a_missing_tool_and_a_server_that_is_away_have_their_errors() {
    let server = shop(&[]);
    let vault = Vault::new();
    let more = format!("tools = {:?}", tools());
    let wrong = settings_of(&server, (USER, "not $f;g%h"), &more);
    for error in [
        probe(&wrong).unwrap_err(),
        database_error(vault.back_up(1, &wrong, Method::Physical).await.unwrap_err()),
    ] {
        assert!(matches!(error, DatabaseError::Refused { .. }), "{error:?}");
        assert!(!error.to_string().contains("f;g%h"), "{error}");
    }
    let tools = tools_with(vault.folder.path(), "pg_dump", "");
    fs::remove_file(tools.join("pg_dump")).unwrap();
    let lacking = settings_with(&server, "postgres", &tools);
    let error = database_error(vault.back_up(1, &lacking, Method::Logical).await.unwrap_err());
    assert!(matches!(error, DatabaseError::ToolMissing { tool: "pg_dump", .. }), "{error:?}");
    let old = tools_with(vault.folder.path(), "pg_dumpall", "echo 'pg_dumpall (PostgreSQL) 9.6'");
    let lacking = settings_with(&server, "postgres", &old);
    let error = database_error(vault.back_up(1, &lacking, Method::Logical).await.unwrap_err());
    assert!(matches!(error, DatabaseError::WrongVersion { .. }), "{error:?}");
    let away = settings(&server);
    drop(server);
    let error = probe(&away).unwrap_err();
    assert!(matches!(error, DatabaseError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn no_argument_and_no_variable_of_a_tool_has_the_password() {
    let server = shop(&[]);
    let vault = Vault::new();
    let log = vault.path("log");
    let script = format!(
        "{{ tr '\\0' '\\n' < /proc/$$/cmdline; env; }} >> {}\nexec \"$real\" \"$@\"",
        log.display()
    );
    let mut tools = PathBuf::new();
    for name in ["psql", "pg_basebackup", "pg_dumpall", "pg_dump"] {
        tools = tools_with(vault.folder.path(), name, &script);
    }
    let settings = settings_with(&server, "postgres", &tools);
    vault.back_up(1, &settings, Method::Physical).await.unwrap();
    vault.back_up(2, &settings, Method::Logical).await.unwrap();
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("--pgdata=-") && log.contains("--format=custom"), "{log}");
    assert!(HUSH.iter().all(|part| !log.contains(part)), "{log}");
    let file = log.lines().find_map(|line| line.strip_prefix("PGPASSFILE=")).unwrap();
    assert!(!Path::new(file).exists(), "{file} is still there");
}

#[tokio::test]
async fn a_stream_that_looks_whole_is_no_backup_if_its_tool_failed() {
    let server = shop(&[]);
    let vault = Vault::new();
    for (script, says) in [
        ("\"$real\" \"$@\" || exit; exit 1", "pg_basebackup ended with code 1"),
        ("\"$real\" \"$@\" | head -c 100000; kill -9 $$", "pg_basebackup was killed by signal 9"),
        ("\"$real\" \"$@\" 2>/dev/null", "does not say where in the write-ahead log"),
        ("\"$real\" \"$@\" | head -c -20000", "code 0, and its output is not whole"),
        // Without a manifest it looks like the end.
        ("\"$real\" --no-manifest \"$@\"", "code 0, and its output is not whole"),
    ] {
        let script = format!("[ $1 = --version ] && exec \"$real\" $1\n{script}");
        let tools = tools_with(vault.folder.path(), "pg_basebackup", &script);
        let settings = settings_with(&server, "postgres", &tools);
        let error = vault.back_up(1, &settings, Method::Physical).await.unwrap_err();
        let error = database_error(error).to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[tokio::test]
async fn users_that_are_cut_on_their_way_make_no_backup() {
    let server = shop(&[]);
    let vault = Vault::new();
    let script = "[ $1 = --version ] && exec \"$real\" $1\n\"$real\" \"$@\" | head -n 20";
    let tools = tools_with(vault.folder.path(), "pg_dumpall", script);
    let settings = settings_with(&server, "postgres", &tools);
    let error = vault.back_up(1, &settings, Method::Logical).await.unwrap_err();
    let error = database_error(error).to_string();
    assert!(error.starts_with("pg_dumpall ended with code 0, and its output is not"), "{error}");
}

/// The settings of a server whose backups take their time.
fn slow(vault: &Vault, server: &PostgreSql) -> Settings {
    let script = "[ $1 = --version ] && exec \"$real\" $1\nexec \"$real\" --max-rate=200k \"$@\"";
    let tools = tools_with(vault.folder.path(), "pg_basebackup", script);
    settings_with(server, "postgres", &tools)
}

/// Waits until a backup is on its way.
async fn begun(vault: &Vault) {
    while vault.progress.bytes() < 100_000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_is_killed_during_its_backup_fails_it() {
    let mut server = shop(&[]);
    let vault = Vault::new();
    let slow = slow(&vault, &server);
    let killed = async {
        begun(&vault).await;
        server.kill();
    };
    let (captured, ()) = tokio::join!(vault.back_up(1, &slow, Method::Physical), killed);
    let error = database_error(captured.unwrap_err());
    assert!(
        matches!(error, DatabaseError::Unreachable { .. } | DatabaseError::Tool { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_backup_that_is_cancelled_leaves_nothing_in_the_server() {
    let server = shop(&[]);
    let vault = Vault::new();
    let slow = slow(&vault, &server);
    let kept = "select count(*) from pg_replication_slots where slot_name like 'sexton\\_%'";
    let cancelled = async {
        begun(&vault).await;
        assert_eq!(server.query("postgres", kept), "1", "the log is kept during the backup");
        vault.cancel.cancel();
    };
    let (captured, ()) = tokio::join!(vault.back_up(1, &slow, Method::Physical), cancelled);
    assert!(matches!(captured.unwrap_err(), CaptureError::Cancelled));
    // The server needs a moment to see that its client is gone.
    let left = format!("select ({kept}) + count(*), pg_sleep(0.01) from pg_stat_replication");
    while !server.query("postgres", &left).starts_with("0|") {}
}

#[tokio::test]
async fn a_disk_that_fills_during_a_backup_fails_it_and_leaves_nothing_in_the_server() {
    let server = shop(&[]);
    for method in [Method::Physical, Method::Logical] {
        let vault = Vault::full_after(300_000);
        let error = vault.back_up(1, &settings(&server), method).await.unwrap_err();
        assert!(matches!(&error, CaptureError::NoRoom(_)), "{method:?}: {error:?}");
        let words = error.for_caller();
        assert!(words.contains("has 255 MiB free, and jobs need"), "{words}");
        let left = "select (select count(*) from pg_replication_slots) + count(*), \
                    pg_sleep(0.01) from pg_stat_activity where client_port > 0";
        while !server.query("postgres", left).starts_with("0|") {}
    }
    Vault::new().back_up(1, &settings(&server), Method::Physical).await.unwrap();
}

/// With the tools of the search path, which on Debian are a script that chooses their version.
#[tokio::test]
async fn roles_that_may_do_no_more_than_they_must_make_backups() {
    let server = shop(&[]);
    server.query(
        "postgres",
        "create role copies login replication password 'copies';
         create role reads login password 'reads'",
    );
    server.query(&connection(SHOP), "grant select on all tables in schema public to reads");
    let vault = Vault::new();
    let settings = |user: &str| settings_of(&server, (user, user), "");
    vault.back_up(1, &settings("copies"), Method::Physical).await.unwrap();
    vault.back_up(2, &settings("reads"), Method::Logical).await.unwrap();
    let files = vault.files(2, "files").await;
    assert!(!files.join("globals.sql").exists());
    let globals = fs::read_to_string(files.join("globals-without-passwords.sql")).unwrap();
    assert!(globals.contains("CREATE ROLE copies") && !globals.contains("SCRAM"), "{globals}");
    let error = vault.back_up(3, &settings("reads"), Method::Physical).await.unwrap_err();
    let error = database_error(error);
    assert!(matches!(error, DatabaseError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_with_tablespaces_elsewhere_is_refused_with_the_way_out() {
    let server = shop(&[]);
    let elsewhere = server.socket_folder().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let owner = fs::metadata(server.data()).unwrap();
    let (uid, gid) = {
        use std::os::unix::fs::MetadataExt;
        (owner.uid(), owner.gid())
    };
    std::os::unix::fs::chown(&elsewhere, Some(uid), Some(gid)).unwrap();
    let make = format!("create tablespace elsewhere location '{}'", elsewhere.display());
    server.query("postgres", &make);
    let vault = Vault::new();
    let error = vault.back_up(1, &settings(&server), Method::Physical).await.unwrap_err();
    assert!(database_error(error).to_string().contains("make logical backups of it"));
}
