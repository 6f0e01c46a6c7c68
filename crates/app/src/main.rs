//! The binary `hypertrophy-os`. Everything it does is in the library, so that tests start the very same application.

use std::process::ExitCode;

fn main() -> ExitCode {
    hos_app::cli::run()
}
