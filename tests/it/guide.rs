//! Documents that are followed by a test, so that they can be followed by people.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands between backticks, outside of code blocks.
fn quoted(page: &str) -> Vec<&str> {
    let prose = page.split("```").step_by(2);
    prose.flat_map(|text| text.split('`').skip(1).step_by(2)).collect()
}

fn is_path(text: &str) -> bool {
    let roots =
        ["crates/", "migrations", "tests", "docs/", "config/", "scripts/", "Cargo.toml", "deny.toml", "clippy.toml"];
    roots.iter().any(|root| text.starts_with(root)) && !text.contains(' ') && !text.contains('…')
}

/// Every Rust file below the given folders.
fn sources(folders: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| Path::new(ROOT).join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}

fn name_of(path: &Path) -> String {
    path.strip_prefix(ROOT).unwrap().display().to_string()
}

/// A block of code is an excerpt of the file named last before it; `…` stands for what is left out.
#[test]
fn the_guide_quotes_what_stands_in_the_files() {
    let page = read("docs/add-a-resource.md");
    let parts: Vec<&str> = page.split("```").collect();
    let mut excerpts = 0;
    for (index, block) in parts.iter().enumerate().filter(|(index, _)| index % 2 == 1) {
        let Some(code) = block.strip_prefix("rust\n") else { continue };
        let path = parts[index - 1].split('`').skip(1).step_by(2).filter(|text| is_path(text)).last().unwrap();
        let file = read(path);
        for excerpt in code.split("…\n") {
            assert!(file.contains(excerpt.trim_end()), "{path} no longer says:\n{excerpt}");
            excerpts += 1;
        }
    }
    assert!(excerpts >= 10, "only {excerpts} excerpts were found");
}

#[test]
fn the_guide_names_every_file_that_a_project_needs() {
    let page = read("docs/add-a-resource.md");
    let named: BTreeSet<&str> = quoted(&page).into_iter().collect();
    let words = ["ProjectRepository", "ProjectQueries", "CreateProject", "ChangeProject", "projects_by_owner"];
    for path in sources(&["crates", "migrations"]) {
        let text = fs::read_to_string(&path).unwrap();
        if words.iter().any(|word| text.contains(word)) {
            assert!(named.contains(&*name_of(&path)), "{} is not named", name_of(&path));
        }
    }
}

#[test]
fn every_path_that_a_document_names_exists() {
    let adrs = fs::read_dir(Path::new(ROOT).join("docs/adr")).unwrap();
    let mut pages: Vec<String> = adrs.map(|page| name_of(&page.unwrap().path())).collect();
    let others = ["README.md", "ARCHITECTURE.md", "STYLE.md", "CONTRIBUTING.md", "docs/add-a-resource.md"];
    pages.extend(others.map(ToOwned::to_owned));
    for page in pages {
        let text = read(&page);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let links = links.filter(|link| !link.starts_with("http") && !link.starts_with('#'));
        let folder = Path::new(ROOT).join(&page).parent().unwrap().to_owned();
        let linked = links.map(|link| folder.join(link));
        let named = quoted(&text).into_iter().filter(|text| is_path(text)).map(|path| Path::new(ROOT).join(path));
        for path in linked.chain(named) {
            assert!(path.exists(), "{page} names {}, which is not there", path.display());
        }
    }
}

/// Types, traits and functions in the map must be real ones.
#[test]
fn every_name_in_the_map_of_the_house_exists() {
    let page = read("ARCHITECTURE.md");
    let code: String = sources(&["crates"]).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let is_name = |text: &str| text.len() > 2 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let known_elsewhere = ["begin", "commit", "unsafe", "checkout_url"];
    let mut checked = 0;
    for name in quoted(&page).into_iter().filter(|text| is_name(text) && !known_elsewhere.contains(text)) {
        if Path::new(ROOT).join(name).exists() {
            continue;
        }
        let defined = ["struct", "trait", "enum", "fn", "type"]
            .iter()
            .any(|kind| [" ", "<", "(", "{", ";", ":"].iter().any(|end| code.contains(&format!("{kind} {name}{end}"))));
        assert!(defined, "ARCHITECTURE.md names {name}, which is nowhere defined");
        checked += 1;
    }
    assert!(checked > 50, "only {checked} names were found");
}

#[test]
fn the_page_of_settings_is_the_generated_one() {
    let hint = "write it anew: cargo run -q -- settings > docs/configuration.md";
    assert!(read("docs/configuration.md").trim_end() == hos_app::settings::reference().trim_end(), "{hint}");
}
