//! Pages on the wire: an opaque cursor and the items.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hos_domain::kernel::{Cursor, Invalid, Page};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// One page of a list, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListBody<T> {
    /// At most `limit` items.
    pub(crate) items: Vec<T>,
    /// Send it as `cursor` to get the next page; null on the last one.
    #[schema(example = "AZRvT0cfdaC2Dgf0sSpjHg")]
    pub(crate) next_cursor: Option<String>,
}

impl<T> ListBody<T> {
    /// A page with each item rendered.
    pub(crate) fn render<D>(page: Page<D>, render: impl FnMut(D) -> T) -> Self {
        let page = page.map(render);
        Self { next_cursor: page.next.map(next_cursor), items: page.items }
    }
}

impl<T> ListBody<T> {
    /// The same with items that may fail to render.
    pub(crate) fn try_render<D, E>(page: Page<D>, render: impl FnMut(D) -> Result<T, E>) -> Result<Self, E> {
        let next_cursor = page.next.map(next_cursor);
        let items = page.items.into_iter().map(render).collect::<Result<_, E>>()?;
        Ok(Self { items, next_cursor })
    }
}

/// A cursor as clients see it.
pub(crate) fn next_cursor(cursor: Cursor) -> String {
    URL_SAFE_NO_PAD.encode(cursor.id().as_bytes())
}

/// Reads a cursor that a client sent back.
///
/// # Errors
/// [`Invalid`] with the constraint `cursor`.
pub(crate) fn cursor_of(text: &str) -> Result<Cursor, Invalid> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    bytes
        .map(|bytes| Cursor::after(Uuid::from_bytes(bytes)))
        .ok_or_else(|| Invalid::new("cursor", "This is not a cursor that this API gave out."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_trip_and_a_tampered_one_is_refused() {
        let cursor = Cursor::after(Uuid::from_u128(42));
        assert_eq!(cursor_of(&next_cursor(cursor)), Ok(cursor));
        for tampered in ["", "AAAA", "not base64!", &format!("{}A", next_cursor(cursor))] {
            assert_eq!(cursor_of(tampered).unwrap_err().constraint, "cursor");
        }
    }
}
