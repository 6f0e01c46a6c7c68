//! Keyset pages. Ids are UUIDv7, so "after this id" is "older than this one" and no page costs more because the table
//! is large.

use uuid::Uuid;

use super::Invalid;

/// How many items a page holds: 1 to 100, 20 unless asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageLimit(u32);

impl PageLimit {
    /// Most items a page may hold.
    pub const MOST: u32 = 100;

    /// Accepts 1 to [`Self::MOST`].
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `range`.
    pub fn parse(limit: u32) -> Result<Self, Invalid> {
        if (1..=Self::MOST).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(Invalid::new("range", "A page holds 1 to 100 items."))
        }
    }

    /// The number of items.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(20)
    }
}

/// Where a page ends. Opaque to clients; inside it is the id of the last item shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor(Uuid);

impl Cursor {
    /// Points behind the item with this id.
    #[must_use]
    pub const fn after(id: Uuid) -> Self {
        Self(id)
    }

    /// The id of the last item shown.
    #[must_use]
    pub const fn id(self) -> Uuid {
        self.0
    }
}

/// Which page is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PageRequest {
    /// How many items at most.
    pub limit: PageLimit,
    /// Behind which item; `None` for the first page.
    pub after: Option<Cursor>,
}

/// One page, newest first, and where the next begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
    /// At most the requested number of items.
    pub items: Vec<T>,
    /// `None` when nothing follows.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page of `limit + 1` rows: the extra row only tells that there is more, which saves a count.
    pub fn from_probe(mut rows: Vec<T>, limit: PageLimit, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = limit.get() as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|last| Cursor::after(id(last))) } else { None };
        Self { items: rows, next }
    }

    /// The same page with every item converted.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn following_the_cursors_shows_every_row_once(rows in 0_u32..120, limit in 1_u32..=100) {
            let all: Vec<Uuid> = (0..rows).rev().map(|n| Uuid::from_u128(n.into())).collect();
            let limit = PageLimit::parse(limit).unwrap();
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let rest = all.iter().copied().filter(|id| after.is_none_or(|a: Cursor| *id < a.id()));
                let page = Page::from_probe(rest.take(limit.get() as usize + 1).collect(), limit, |id| *id);
                seen.extend(page.items);
                after = page.next;
                if after.is_none() { break }
            }
            prop_assert_eq!(seen, all);
        }
    }

    #[test]
    fn a_page_of_none_or_of_too_many_is_refused() {
        assert_eq!(PageLimit::parse(0).unwrap_err().constraint, "range");
        assert_eq!(PageLimit::parse(101).unwrap_err().constraint, "range");
    }
}
