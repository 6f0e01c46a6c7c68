//! The house: which crate may name which, read from Cargo's own metadata.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap()
}

/// Each package of ours and the names it depends on for real, not for its tests.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let normal = |package: &cargo_metadata::Package| {
        let real = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        real.map(|dependency| dependency.name.clone()).collect()
    };
    metadata().packages.iter().map(|package| (package.name.to_string(), normal(package))).collect()
}

fn ours(names: &BTreeSet<String>) -> BTreeSet<&str> {
    names.iter().map(String::as_str).filter(|name| name.starts_with("hos-") || *name == "hypertrophy-os").collect()
}

#[test]
fn arrows_between_floors_go_down_only() {
    let arrows = arrows();
    assert!(ours(&arrows["hos-domain"]).is_empty(), "the domain leans on nothing");
    assert_eq!(ours(&arrows["hos-usecases"]), ["hos-domain"].into());
    for (package, names) in &arrows {
        let allowed: BTreeSet<&str> = match package.as_str() {
            "hos-domain" | "hos-usecases" | "hypertrophy-os" | "hos-testing" | "hos-tests" => continue,
            "hos-migrations" | "hos-http" => ["hos-domain"].into(),
            "hos-sql" => ["hos-domain", "hos-migrations"].into(),
            _ => ["hos-domain", "hos-http"].into(),
        };
        let named = ours(names);
        assert!(named.is_subset(&allowed), "the adapter {package} leans on {named:?}");
    }
}

#[test]
fn nothing_real_leans_on_test_code() {
    for (package, names) in arrows() {
        if package != "hos-tests" {
            assert!(!names.contains("hos-testing"), "{package} leans on hos-testing");
        }
    }
}

#[test]
fn each_outside_library_is_named_on_one_floor() {
    let rooms: [(&str, &[&str]); 5] = [
        ("sea-orm", &["hos-sql", "hos-migrations", "hos-testing", "hos-tests"]),
        ("sea-orm-migration", &["hos-sql", "hos-migrations"]),
        ("actix-web", &["hypertrophy-os"]),
        ("reqwest", &["hos-http", "hos-tests"]),
        ("redis", &["hos-redis"]),
    ];
    for (package, names) in arrows() {
        for (library, allowed) in rooms {
            let named = names.contains(library);
            assert!(!named || allowed.contains(&package.as_str()), "{package} names {library}");
        }
    }
}
