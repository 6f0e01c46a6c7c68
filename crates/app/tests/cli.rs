//! The command line as a person meets it.

#![expect(clippy::unwrap_used, reason = "tests may panic: that is how they fail")]

use std::process::{Command, Output};

use tempfile::TempDir;

fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hypertrophy-os"));
    command.args(arguments).env_clear().envs(settings.iter().copied()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}

#[test]
fn help_names_every_command() {
    let help = run(&["--help"], &[]);
    assert!(help.status.success());
    for command in ["serve", "worker", "migrate", "seed", "doctor", "openapi", "settings"] {
        assert!(said(&help).contains(&format!("\n  {command} ")), "{command} is missing");
        let help = run(&[command, "--help"], &[]);
        assert!(help.status.success() && said(&help).len() > 40, "{command} --help says nothing");
    }
}

#[test]
fn an_unknown_command_is_refused_with_a_hint() {
    let output = run(&["serv"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("serve"), "{}", said(&output));
}

#[test]
fn a_database_is_migrated_seeded_examined_and_taken_down_again() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().display().to_string();
    let settings = [("DATA_DIR", data.as_str()), ("DEBUG", "true")];
    for arguments in [&["migrate", "up"][..], &["migrate", "status"], &["seed", "demo"], &["seed", "demo"], &["doctor"]]
    {
        let output = run(arguments, &settings);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    }
    let output = run(&["migrate", "down", "--all"], &settings);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn the_document_is_printed_as_json_and_a_closed_pipe_is_no_crash() {
    let document: serde_json::Value = serde_json::from_slice(&run(&["openapi"], &[]).stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let script = format!("'{}' openapi | head -c 1", env!("CARGO_BIN_EXE_hypertrophy-os"));
    let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", said(&output));
}

#[test]
fn a_worker_on_sqlite_is_refused_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let output = run(&["worker"], &[("DATA_DIR", &folder.path().display().to_string()), ("DEBUG", "true")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("a worker needs PostgreSQL"), "{}", said(&output));
}
