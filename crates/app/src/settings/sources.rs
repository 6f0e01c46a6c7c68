//! Where settings come from, strongest first: the environment, `NAME_FILE` beside a name, the TOML file that
//! `CONFIG_FILE` names. All become one table of names and texts, which is then read into the typed struct.

use std::collections::BTreeMap;
use std::fmt;

use conf::Conf;
use conf::introspection::ProgramOptionMeta;

use super::Settings;

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable's name.
    pub name: String,
    /// What is wrong with it and what would be right.
    pub message: String,
}

impl Problem {
    /// What is wrong with which variable.
    pub(super) fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), message: message.into() }
    }
}

/// Everything that is wrong with the settings, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the settings have {} problem(s):", self.0.len())?;
        self.0.iter().try_for_each(|problem| writeln!(f, "  {}: {}", problem.name, problem.message))?;
        write!(f, "docs/configuration.md explains every setting.")
    }
}

impl std::error::Error for Problems {}

/// The environment of this process; variables that are not UTF-8 can't be settings of ours.
#[must_use]
pub fn process_environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

type Table = BTreeMap<String, String>;

/// Reads what can be read; a variable that can't takes its default, so that further problems show too.
pub(super) fn read(environment: impl IntoIterator<Item = (String, String)>) -> (Option<Settings>, Vec<Problem>) {
    let mut table: Table = environment.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let names: Vec<String> =
        Settings::program_options().filter_map(|option| Some(option.env_form()?.to_string())).collect();
    let mut problems = Vec::new();
    read_config_file(&mut table, &names, &mut problems);
    read_secret_files(&mut table, &names, &mut problems);
    table.retain(|name, _| names.contains(name));
    for name in &names {
        let Some(value) = table.get(name) else { continue };
        if let Err(error) = parse([(name, value)]) {
            problems.push(Problem::new(name, reason(&error)));
            table.remove(name);
        }
    }
    match parse(&table) {
        Ok(settings) => (Some(settings), problems),
        Err(error) => {
            problems.push(Problem::new("settings", error.to_string()));
            (None, problems)
        }
    }
}

fn parse<'a>(pairs: impl IntoIterator<Item = (&'a String, &'a String)>) -> Result<Settings, conf::Error> {
    Settings::conf_builder().args(["hypertrophy-os"]).env(pairs).try_parse()
}

/// The parser's error names the variable and its value in several lines; the last part is the reason.
fn reason(error: &conf::Error) -> String {
    let text = error.to_string();
    let last = text.lines().rev().find(|line| !line.trim().is_empty() && !line.contains("--help")).unwrap_or(&text);
    last.rsplit_once(": ").map_or(last, |(_, reason)| reason).trim().to_owned()
}

fn read_config_file(table: &mut Table, names: &[String], problems: &mut Vec<Problem>) {
    let Some(path) = table.get("CONFIG_FILE").cloned() else {
        return;
    };
    let refused = |message: String| Problem::new("CONFIG_FILE", message);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return problems.push(refused(format!("{path} can't be read: {error}"))),
    };
    let entries: toml::Table = match text.parse() {
        Ok(entries) => entries,
        Err(error) => return problems.push(refused(format!("{path} is not TOML: {error}"))),
    };
    for (key, value) in entries {
        let name = key.to_ascii_uppercase();
        if !names.contains(&name) {
            problems.push(refused(format!("{path} sets {key}, which is no setting")));
            continue;
        }
        table.entry(name).or_insert_with(|| as_text(&value));
    }
}

fn as_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().map(as_text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// `JWT_SECRET_FILE=/run/secrets/jwt` sets `JWT_SECRET` to the file's contents.
fn read_secret_files(table: &mut Table, names: &[String], problems: &mut Vec<Problem>) {
    for name in names {
        let file_name = format!("{name}_FILE");
        let Some(path) = table.get(&file_name).filter(|_| !names.contains(&file_name)).cloned() else {
            continue;
        };
        if table.contains_key(name) {
            problems.push(Problem::new(file_name, format!("{name} is set too; set one of them")));
            continue;
        }
        match std::fs::read_to_string(&path) {
            Ok(text) => drop(table.insert(name.clone(), text.trim_end().to_owned())),
            Err(error) => problems.push(Problem::new(file_name, format!("{path} can't be read: {error}"))),
        }
    }
}
