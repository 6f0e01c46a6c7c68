//! `hypertrophy-os doctor`: every setting was understood (or we would not be here); is everything behind them well?

use std::error::Error;

use hos_domain::kernel::with_causes;
use hos_sql::{Database, Migrations};

use super::print;
use crate::data_folder::DataFolder;
use crate::settings::Settings;

/// Checks every connection and prints a line for each.
pub(super) async fn run(settings: Settings) -> Result<(), Box<dyn Error>> {
    let mut report = Report::default();
    report.line("settings", Ok("understood".to_owned()));
    report.line("mode", Ok(if settings.server.debug { "development (DEBUG=true)" } else { "production" }.to_owned()));
    let folder = DataFolder::prepare(&settings.server.data_dir);
    report.line(
        "data folder",
        folder.as_ref().map(|folder| folder.path().display().to_string()).map_err(ToString::to_string),
    );
    database(&settings, &mut report).await;
    secrets(&settings, &mut report);
    payments(&settings, &mut report);
    report.verdict()
}

async fn database(settings: &Settings, report: &mut Report) {
    let opened = Database::open(&settings.database.options(&settings.server.data_dir)).await;
    let database = match opened {
        Ok(database) => database,
        Err(error) => return report.line("database", Err(with_causes(&error))),
    };
    let answer = database.ping().await;
    report.line(
        "database",
        answer.map(|()| format!("{:?} answers", database.engine())).map_err(|error| with_causes(&error)),
    );
    let schema = Migrations::of(&database).status().await.map_err(|error| with_causes(&error));
    report.line(
        "schema",
        schema.and_then(|steps| match steps.iter().filter(|step| !step.applied).count() {
            0 => Ok(format!("{} steps, all applied", steps.len())),
            pending => Err(format!("{pending} step(s) pending; `serve` applies them, or: hypertrophy-os migrate up")),
        }),
    );
}

fn secrets(settings: &Settings, report: &mut Report) {
    let word = |given: bool| Ok(if given { "given" } else { "made and kept in the data folder" }.to_owned());
    report.line("JWT_SECRET", word(settings.identity.jwt_secret.is_some()));
    report.line("DATA_KEY", word(settings.identity.data_key.is_some()));
}

fn payments(settings: &Settings, report: &mut Report) {
    let billing = &settings.billing;
    let providers = [
        ("Stripe", billing.stripe_api_key.is_some(), billing.stripe_webhook_secret.is_empty()),
        ("Razorpay", billing.razorpay_key_id.is_some(), billing.razorpay_webhook_secret.is_empty()),
    ];
    for (name, _, _) in providers.iter().filter(|(_, asked, deaf)| *asked && *deaf) {
        let variable = format!("{}_WEBHOOK_SECRET", name.to_uppercase());
        report.note("payments", &format!("{name} can be asked but not heard: set {variable}"));
    }
    for (name, _, _) in providers.iter().filter(|(_, asked, deaf)| *asked && !*deaf) {
        report.line("payments", Ok((*name).to_owned()));
    }
    match (providers.iter().any(|(_, asked, _)| *asked), settings.server.debug) {
        (true, _) => {}
        (false, true) => report.line("payments", Ok("the sandbox".to_owned())),
        (false, false) => report.note("payments", "nobody can subscribe: set STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET"),
    }
}

fn say(mark: &str, what: &str, words: &str) {
    print(format!("{mark:<4}  {what:<14} {words}"));
}

#[derive(Default)]
struct Report {
    failures: usize,
}

impl Report {
    fn line(&mut self, what: &str, outcome: Result<String, String>) {
        self.failures += usize::from(outcome.is_err());
        match outcome {
            Ok(words) => say("ok", what, &words),
            Err(words) => say("FAIL", what, &words),
        }
    }

    /// Nothing is broken, and perhaps nothing is as it was meant.
    fn note(&self, what: &str, words: &str) {
        say("note", what, words);
    }

    fn verdict(self) -> Result<(), Box<dyn Error>> {
        match self.failures {
            0 => Ok(()),
            failures => Err(format!("{failures} check(s) failed").into()),
        }
    }
}
