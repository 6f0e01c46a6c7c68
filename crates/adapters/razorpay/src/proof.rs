//! The proof of a payment that Razorpay's own checkout hands to the client.

use hos_http::verify_plain;
use secrecy::{ExposeSecret, SecretString};

/// Checks what a client brings back from Razorpay's checkout. It is signed with the key's secret, not with the webhook's.
pub struct PaymentProofs {
    key_secret: SecretString,
}

impl PaymentProofs {
    /// Believes what the account with this secret has signed.
    #[must_use]
    pub const fn new(key_secret: SecretString) -> Self {
        Self { key_secret }
    }

    /// Whether `signature` proves that `payment` was made for `subscription`, which must be the one that we remember and
    /// not one that the client names. It proves that the mandate was given, and grants nothing: a charge does.
    #[must_use]
    pub fn proves(&self, subscription: &str, payment: &str, signature: &str) -> bool {
        let signed = format!("{payment}|{subscription}");
        verify_plain(signature, signed.as_bytes(), &[self.key_secret.expose_secret().as_bytes()]).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with Razorpay's own library for Python.
    const SIGNATURE: &str = "39ce0e3b3acbf89c943fc90af8ded57c46257a97c88c4385197f3ec1a959022c";

    fn proves(secret: &str, subscription: &str, payment: &str, signature: &str) -> bool {
        PaymentProofs::new(secret.to_owned().into()).proves(subscription, payment, signature)
    }

    #[test]
    fn the_providers_own_vector_is_a_proof_and_nothing_else_is() {
        assert!(proves("key_secret", "sub_1", "pay_1", SIGNATURE));
        assert!(!proves("key_secret", "sub_2", "pay_1", SIGNATURE));
        assert!(!proves("key_secret", "sub_1", "pay_2", SIGNATURE));
        assert!(!proves("key_secret", "pay_1", "sub_1", SIGNATURE), "an order's proof has them the other way round");
        assert!(!proves("webhook_secret", "sub_1", "pay_1", SIGNATURE));
        assert!(!proves("key_secret", "sub_1", "pay_1", ""));
    }
}
