//! `hypertrophy-os audit`.

use std::error::Error;
use std::sync::Arc;

use clap::Subcommand;
use hos_domain::platform::{AuditHead, AuditHeads, AuditQueries, ChainCheck};
use hos_sql::{Database, SqlReader};

use super::print;
use crate::data_folder::DataFolder;
use crate::foundation::secrets;
use crate::settings::Settings;

/// Lines read at a time: verifying a log of any length takes the same memory.
const AT_A_TIME: u64 = 1_000;

/// What to do with the audit log. The server may run meanwhile.
#[derive(Subcommand)]
pub(super) enum Audit {
    /// Follow the chain from the first line to the last, and say where it breaks
    Verify {
        /// A head that was kept elsewhere, as `audit head` or the server's log has printed it; may be given several times
        #[arg(long = "head")]
        heads: Vec<String>,
    },
    /// Print how far the log goes, signed, to be kept elsewhere
    Head,
}

/// Reads the log.
pub(super) async fn run(settings: Settings, audit: Audit) -> Result<(), Box<dyn Error>> {
    let folder = DataFolder::prepare(&settings.server.data_dir)?;
    let secrets = secrets(&settings, &folder)?;
    let database = Database::open(&settings.database.options(folder.path())).await?;
    let reader = SqlReader::new(database.clone(), Arc::new(secrets.sealer()));
    let signer = secrets.audit_heads();
    let outcome = match audit {
        Audit::Head => reader.head().await.map(|head| signer.write(head)).map_err(Into::into),
        Audit::Verify { heads } => match kept(&signer, &heads) {
            Ok(heads) => verify(&reader, &heads).await,
            Err(error) => Err(error),
        },
    };
    database.close().await;
    print(outcome?);
    Ok(())
}

fn kept(signer: &dyn AuditHeads, texts: &[String]) -> Result<Vec<AuditHead>, Box<dyn Error>> {
    let read = |text: &String| signer.read(text).ok_or_else(|| format!("this head was not signed here: {text}").into());
    texts.iter().map(read).collect()
}

/// Follows the whole chain.
async fn verify(log: &dyn AuditQueries, kept: &[AuditHead]) -> Result<String, Box<dyn Error>> {
    let mut check = ChainCheck::default();
    loop {
        let entries = log.entries_after(check.head().seq, AT_A_TIME).await?;
        for entry in &entries {
            check.follow(entry)?;
            kept.iter().try_for_each(|head| check.compare(*head))?;
        }
        if entries.is_empty() {
            break;
        }
    }
    kept.iter().try_for_each(|head| check.end(*head))?;
    let head = check.head();
    Ok(format!("{} line(s), none changed or missing", head.seq))
}
