//! Webhooks of external identity systems: signatures in the manner of Standard Webhooks (Svix), and what Clerk and
//! Supabase say about their users.

mod clerk;
mod standard;
mod supabase;

pub use clerk::ClerkNews;
pub use standard::StandardWebhooks;
pub use supabase::{SecretHeader, SupabaseNews};
