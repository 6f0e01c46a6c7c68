//! The laws of billing, held against generated lives. The oracle is the simulator's own end state: what really happened
//! to the pretended customer, read from the customer and not from any event. Every life is told twice, in the sandbox's
//! words and in Stripe's, and both tellings must lead to it. These lives have no ties and lose no events.

mod books;
mod laws;
mod life;
mod merging;
mod razorpay;
mod truth;
