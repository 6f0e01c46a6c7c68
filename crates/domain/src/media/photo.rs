//! A progress photo.

use serde::{Deserialize, Serialize};

use super::{ImageType, ObjectKey};
use crate::identity::UserId;
use crate::kernel::{Id, Invalid, Timestamp, free_text};

/// The id of one photo.
pub type PhotoId = Id<Photo>;

/// A progress photo. It is private: only signed URLs lead to it, and only to the copy that we have encoded anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// Ours.
    pub id: PhotoId,
    /// Whose it is.
    pub user: UserId,
    /// What the user sent; gone once there is a copy.
    pub original: ObjectKey,
    /// How far it came.
    pub state: PhotoState,
    /// The day it was taken, `YYYY-MM-DD` in the user's own calendar.
    pub taken_on: chrono::NaiveDate,
    /// How the user stands.
    pub pose: Pose,
    /// What the user weighed.
    pub weight: Option<Weight>,
    /// What the user wants to remember.
    pub note: Option<PhotoNote>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// How far a photo came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PhotoState {
    /// Being encoded anew.
    Processing,
    /// To be seen.
    Ready {
        /// Where the copy lies.
        key: ObjectKey,
        /// Its size.
        bytes: u64,
    },
    /// The bytes were no image; they are deleted.
    Refused,
}

/// How the user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pose {
    /// Towards the camera.
    Front,
    /// From the side.
    Side,
    /// Away from the camera.
    Back,
    /// Anyhow.
    Other,
}

impl Pose {
    /// The stored and transported name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Side => "side",
            Self::Back => "back",
            Self::Other => "other",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `one_of`.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        let found = [Self::Front, Self::Side, Self::Back, Self::Other].into_iter().find(|pose| pose.name() == name);
        found.ok_or_else(|| Invalid::new("one_of", "This is front, side, back or other."))
    }
}

/// A body weight: kept in grams, shown in the unit it was entered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight {
    /// Whole grams.
    pub grams: u32,
    /// The unit it was entered in.
    pub unit: WeightUnit,
}

/// A unit of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightUnit {
    /// Kilogram.
    Kg,
    /// Avoirdupois pound, exactly 453.59237 g (international yard and pound agreement, 1959).
    Lb,
}

impl WeightUnit {
    /// The stored and transported name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kg => "kg",
            Self::Lb => "lb",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `one_of`.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        match name {
            "kg" => Ok(Self::Kg),
            "lb" => Ok(Self::Lb),
            _ => Err(Invalid::new("one_of", "This is kg or lb.")),
        }
    }

    const fn grams(self) -> f64 {
        match self {
            Self::Kg => 1_000.0,
            Self::Lb => 453.592_37,
        }
    }
}

impl Weight {
    /// A body weight of 20 to 500 kg.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `range`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked before")]
    pub fn of(value: f64, unit: WeightUnit) -> Result<Self, Invalid> {
        let grams = (value * unit.grams()).round();
        if (20_000.0..=500_000.0).contains(&grams) {
            Ok(Self { grams: grams as u32, unit })
        } else {
            Err(Invalid::new("range", "A body weight is between 20 and 500 kg."))
        }
    }

    /// The value in the unit it was entered in, to a tenth of a gram's worth.
    #[must_use]
    pub fn value(self) -> f64 {
        (f64::from(self.grams) / self.unit.grams() * 1_000.0).round() / 1_000.0
    }
}

/// What the user wants to remember: at most 500 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoNote(String);

impl PhotoNote {
    /// Checks.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        free_text(text, 500).map(Self)
    }

    /// The note.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ImageType {
    /// The name of the copy that we encode anew.
    #[must_use]
    pub fn copy_name(self) -> String {
        format!("photo.{}", self.extension())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_shown_as_it_was_entered() {
        for (value, unit) in [(82.5, WeightUnit::Kg), (181.9, WeightUnit::Lb), (100.0, WeightUnit::Lb)] {
            let shown = Weight::of(value, unit).unwrap().value();
            assert!((shown - value).abs() < 0.003, "{value} {shown}");
        }
        assert_eq!(Weight::of(100.0, WeightUnit::Lb).unwrap().grams, 45_359);
    }

    #[test]
    fn what_nobody_weighs_is_refused() {
        for value in [0.0, -80.0, 19.9, 500.1, f64::NAN, f64::INFINITY] {
            assert!(Weight::of(value, WeightUnit::Kg).is_err(), "{value}");
        }
    }
}
