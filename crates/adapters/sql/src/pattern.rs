//! Patterns for LIKE in which a user's text stands for itself: the wildcards in it are escaped.

use sea_orm::sea_query::LikeExpr;

/// Finds `part` anywhere.
pub(crate) fn containing(part: &str) -> LikeExpr {
    LikeExpr::new(format!("%{}%", literal(part))).escape('\\')
}

/// Finds what begins with `part`.
pub(crate) fn beginning(part: &str) -> LikeExpr {
    LikeExpr::new(format!("{}%", literal(part))).escape('\\')
}

fn literal(part: &str) -> String {
    part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
