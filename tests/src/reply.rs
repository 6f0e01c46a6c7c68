//! An answer of the server.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read whole.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; a body that is no JSON as a string, an empty one as null.
    pub body: Value,
}

impl Reply {
    /// Panics unless the answer has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:#}", self.body);
        self
    }

    /// Panics unless this is an error with this status and code.
    #[track_caller]
    pub fn expect_error(self, status: u16, code: &str) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.body["error"]["code"], code, "{:#}", reply.body);
        reply
    }

    /// The field and constraint of each detail of an error.
    pub fn details(&self) -> Vec<(&str, &str)> {
        let details = self.body["error"]["details"].as_array().unwrap();
        details
            .iter()
            .map(|detail| (detail["field"].as_str().unwrap(), detail["constraint"].as_str().unwrap()))
            .collect()
    }

    /// A header's text; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// A string field of the body.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let value = self.body.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("no string at {pointer}: {:#}", self.body)).to_owned()
    }
}
