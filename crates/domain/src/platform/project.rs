//! A project: the worked example of a resource. It belongs to one user, is deleted softly and can be restored.

use serde::{Deserialize, Serialize};

use crate::identity::UserId;
use crate::kernel::{Id, Invalid, Timestamp, free_text, single_line};

/// The id of one project.
pub type ProjectId = Id<Project>;

/// Something a user works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its id; sorts by creation.
    pub id: ProjectId,
    /// Whose it is. Nobody else can see that it exists.
    pub owner: UserId,
    /// What it is called.
    pub name: ProjectName,
    /// What it is about.
    pub description: Option<ProjectDescription>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted; `None` while it lives.
    pub deleted_at: Option<Timestamp>,
}

impl Project {
    /// Hides the project. Deleting twice keeps the first instant.
    pub fn delete(&mut self, now: Timestamp) {
        self.deleted_at.get_or_insert(now);
        self.updated_at = now;
    }

    /// Brings a deleted project back; a living one is left as it is.
    pub fn restore(&mut self, now: Timestamp) {
        if self.deleted_at.take().is_some() {
            self.updated_at = now;
        }
    }
}

/// One line, 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectName(String);

impl ProjectName {
    /// Trims and checks.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        single_line(text, 100).map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Free text, at most 2,000 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectDescription(String);

impl ProjectDescription {
    /// Checks the length.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        free_text(text, 2_000).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which of a user's projects are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectFilter {
    /// Part of the name, in either case; `None` for all.
    pub name_contains: Option<String>,
    /// The deleted ones instead of the living.
    pub deleted: bool,
}

/// A page asked for by number. Its cost grows with the number and it counts all rows, so it is for tables of an
/// administrator's size only; everything else pages by cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageNumber(u32);

impl PageNumber {
    /// Accepts 1 to 10,000.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `range`.
    pub fn parse(number: u32) -> Result<Self, Invalid> {
        if (1..=10_000).contains(&number) {
            Ok(Self(number))
        } else {
            Err(Invalid::new("range", "Pages are numbered from 1 to 10000; use a cursor beyond."))
        }
    }

    /// The number, from 1.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A numbered page and how many items there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedPage<T> {
    /// The items of this page, newest first.
    pub items: Vec<T>,
    /// How many items all pages hold together.
    pub total: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_seconds(second).unwrap()
    }

    fn project() -> Project {
        Project {
            id: Id::new(uuid::Uuid::from_u128(1)),
            owner: Id::new(uuid::Uuid::from_u128(2)),
            name: ProjectName::parse("Block 1").unwrap(),
            description: None,
            created_at: at(1),
            updated_at: at(1),
            deleted_at: None,
        }
    }

    #[test]
    fn deleting_twice_keeps_the_first_instant() {
        let mut project = project();
        project.delete(at(2));
        project.delete(at(3));
        assert_eq!(project.deleted_at, Some(at(2)));
    }

    #[test]
    fn restoring_a_living_project_changes_nothing() {
        let mut restored = project();
        restored.restore(at(9));
        assert_eq!(restored, project());
    }

    #[test]
    fn a_name_is_one_line_of_a_hundred_characters() {
        assert!(ProjectName::parse(&"x".repeat(100)).is_ok());
        assert!(ProjectName::parse(&"x".repeat(101)).is_err());
        assert!(ProjectName::parse("two\nlines").is_err());
    }
}
