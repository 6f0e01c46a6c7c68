//! How a server that stands for somebody else can be unwell.

use std::io;
use std::time::Duration;

use hyper::Response;
use serde_json::{Value, json};

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It answers with this status, and does nothing.
    Status(u16),
    /// It is asked to wait so many seconds.
    Wait(u32),
    /// It does what it was asked, and the answer is lost.
    LostAnswer,
    /// It ends the connection before it does anything.
    Away,
    /// It answers after a while.
    Slow(Duration),
    /// It answers with something that is no JSON.
    Garbage,
    /// It does what it was asked, and half of the answer arrives.
    Truncated,
}

/// The answer to what `act` does, as far as the fault lets it arrive. An error ends the connection without one.
pub(crate) async fn answer_with(
    fault: Option<Fault>,
    act: impl FnOnce() -> (u16, Value),
) -> io::Result<Response<String>> {
    let sorry =
        |message: &str| json!({ "error": { "code": "SERVER_ERROR", "message": message, "description": message } });
    Ok(match fault {
        None => said(act()),
        Some(Fault::Status(status)) => said((status, sorry("Sorry."))),
        Some(Fault::Wait(seconds)) => {
            let mut response = said((429, sorry("Slow down.")));
            response.headers_mut().insert("retry-after", seconds.into());
            response
        }
        Some(Fault::LostAnswer) => {
            act();
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Some(Fault::Away) => return Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Fault::Slow(wait)) => {
            tokio::time::sleep(wait).await;
            said(act())
        }
        Some(Fault::Garbage) => Response::new("<html>It works!</html>".to_owned()),
        Some(Fault::Truncated) => {
            let whole = said(act());
            let length = whole.body().len();
            let half = whole.body().chars().take(length / 2).collect();
            Response::builder().status(whole.status()).header("content-length", length).body(half).unwrap()
        }
    })
}

fn said((status, body): (u16, Value)) -> Response<String> {
    let response = Response::builder().status(status).header("content-type", "application/json");
    response.body(body.to_string()).unwrap()
}
