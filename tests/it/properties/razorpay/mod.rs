//! The same laws over the lives of Razorpay's subscribers, which go other ways: mandates, charges in arrears, a last cycle,
//! ends that only we know of. The oracle is what really happened to them, read from the simulator's own state; the events
//! reach us in any order and more than once, whatever Razorpay does where its documentation leaves it open. Nothing here
//! shares a line with our reading of its events.

mod corrections;
mod laws;
mod life;
mod story;
mod subscriber;
mod truth;
mod words;
