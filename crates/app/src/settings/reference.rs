//! `docs/configuration.md`, made from the settings themselves.

use std::fmt::Write;

use conf::Conf;
use conf::introspection::ProgramOptionMeta;

use super::{
    BillingSettings, DatabaseSettings, ExternalSettings, ForeignSettings, IdentitySettings, LimitSettings,
    MediaSettings, ObservabilitySettings, ServerSettings,
};

const HEAD: &str = "# Configuration

Every setting is an environment variable; an empty one counts as not set. `NAME_FILE=/path` takes the value of `NAME`
from a file, which suits mounted secrets. `CONFIG_FILE=/path/to.toml` names a file with the same names in lower case
(`port = 8080`); the environment wins over it. All problems are reported at once at start, with the variable's name;
`hypertrophy-os doctor` checks the connections behind them too.

Nothing needs to be set for `cargo run`. Without `DEBUG`, `JWT_SECRET` and `DATA_KEY` are required.

This page is generated: `hypertrophy-os settings > docs/configuration.md`.
";

/// The page, as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    section::<ServerSettings>(&mut page, "Server");
    section::<DatabaseSettings>(&mut page, "Database");
    section::<IdentitySettings>(&mut page, "Identity and secrets");
    section::<ForeignSettings>(&mut page, "Sign-in with others");
    section::<ExternalSettings>(&mut page, "External identity system");
    section::<LimitSettings>(&mut page, "Limits");
    section::<BillingSettings>(&mut page, "Billing");
    section::<MediaSettings>(&mut page, "Media");
    section::<ObservabilitySettings>(&mut page, "Observability");
    page
}

fn section<S: Conf>(page: &mut String, title: &str) {
    let rows = S::program_options().filter_map(|option| {
        let name = option.env_form()?.to_string();
        let default = option.default_help_str().map_or_else(|| "–".to_owned(), |value| format!("`{value}`"));
        let words = option.description().map(ToString::to_string).unwrap_or_default();
        Some(format!("| `{name}` | {default} | {} |\n", words.split_whitespace().collect::<Vec<_>>().join(" ")))
    });
    let rows: String = rows.collect();
    // Writing to a String can't fail.
    let _ = write!(page, "\n## {title}\n\n| name | default | meaning |\n|---|---|---|\n{rows}");
}
