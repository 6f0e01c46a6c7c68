//! The thin top floor: HTTP routes and their documents, settings, wiring, the command line. No rule of the product is
//! decided here.

pub mod cli;
mod data_folder;
mod demo;
mod docs_page;
mod error;
mod foundation;
mod health;
mod http;
mod openapi;
mod routes;
mod server;
pub mod settings;
mod telemetry;
mod wiring;
mod worker;

pub use foundation::StartError;
pub use openapi::document;
pub use server::Application;
