//! Starts that can't succeed say why and what would help, and leave nothing behind.

use std::fs;
use std::net::TcpListener;

use hos_tests::ServerBuilder;
use serde_json::json;
use tempfile::TempDir;

/// The only line on standard error, and nothing of a panic.
fn one_error(said: &str) -> &str {
    let errors: Vec<_> = said.lines().filter(|line| line.starts_with("error: ")).collect();
    assert!(errors.len() == 1 && !said.contains("panicked"), "{said}");
    errors[0]
}

#[test]
fn a_port_in_use_is_named_with_a_way_out() {
    let data = TempDir::new().unwrap();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let (status, said) = ServerBuilder::new(&data.path().join("data")).set("PORT", &port).run("serve");
    assert_eq!(status.code(), Some(1));
    assert!(one_error(&said).contains(&port) && one_error(&said).contains("set PORT"), "{said}");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named_with_a_way_out() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("a-file");
    fs::write(&file, "").unwrap();
    // Nobody, not even root, makes a folder in sysfs.
    for folder in ["/sys/hypertrophy-os", file.to_str().unwrap()] {
        let (status, said) = ServerBuilder::new(&data.path().join("data")).set("DATA_DIR", folder).run("serve");
        assert_eq!(status.code(), Some(1));
        assert!(one_error(&said).contains(folder) && one_error(&said).contains("set DATA_DIR"), "{said}");
    }
}

#[test]
fn every_wrong_setting_is_named_at_once() {
    let data = TempDir::new().unwrap();
    let wrong = ServerBuilder::new(&data.path().join("data"))
        .set("PORT", "many")
        .set("LOG_FORMAT", "xml")
        .set("DB_QUERY_TIMEOUT", "-1")
        .set("DEBUG", "perhaps");
    let (status, said) = wrong.run("serve");
    assert_eq!(status.code(), Some(1));
    for name in ["PORT", "LOG_FORMAT", "DB_QUERY_TIMEOUT", "DEBUG"] {
        assert!(said.contains(name), "{name} is not named: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_database_that_is_none_is_a_clear_error() {
    let data = TempDir::new().unwrap();
    let folder = data.path().join("data");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("hypertrophy-os.db"), "this is no database, whatever its name says".repeat(100)).unwrap();
    let (status, said) = ServerBuilder::new(&folder).run("serve");
    assert_eq!(status.code(), Some(1));
    assert!(one_error(&said).contains("not a database"), "{said}");
}

/// A limit on the size of files stands for a disk that is full. Reading goes on; what was answered with 201 is there.
#[tokio::test]
async fn a_disk_that_fills_up_refuses_writes_and_loses_nothing() {
    let data = TempDir::new().unwrap();
    let server = ServerBuilder::new(&data.path().join("data")).set("LOG_LEVEL", "error");
    let ada = server.start().await;
    let session = ada.register("ada").await;
    ada.tell_to_stop();
    assert!(ada.ended().await.success());

    // Blocks of 1 KiB. The signal would end the process; a full disk sends none.
    let full = server.clone().after("trap '' XFSZ; ulimit -f 600").start().await;
    let project = |index: usize| json!({ "name": format!("Project {index}"), "description": "x".repeat(1_000) });
    let mut kept = 0;
    loop {
        let reply = full.post("/api/v1/projects", Some(&session), project(kept)).await;
        if reply.status != 201 {
            assert_eq!(reply.status, 503, "{}", reply.body);
            break;
        }
        kept += 1;
        assert!(kept < 2_000, "the files grow beyond their limit");
    }
    full.get("/api/v1/users/me", Some(&session)).await.expect(200);
    full.get("/health/live", None).await.expect(200);
    full.kill();

    let roomy = server.start().await;
    let page = roomy.get("/api/v1/projects?page=1&limit=1", Some(&session)).await.expect(200);
    assert_eq!(page.body["total"], kept);
    roomy.post("/api/v1/projects", Some(&session), project(kept)).await.expect(201);
}
