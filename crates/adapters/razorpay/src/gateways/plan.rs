//! Plans, which never change.

use hos_domain::kernel::GatewayError;
use serde::Deserialize;

use crate::client::{Razorpay, in_path};

/// The part of a plan that says how long ten years are.
#[derive(Deserialize)]
pub(super) struct Plan {
    pub(super) period: String,
    pub(super) interval: u32,
}

impl Plan {
    /// A subscription needs a number of cycles. Ten years of them, for one that goes on until it is cancelled.
    pub(super) fn cycles(&self) -> Result<u32, GatewayError> {
        let in_ten_years: u32 = match self.period.as_str() {
            "daily" => 3_650,
            "weekly" => 520,
            "monthly" => 120,
            "quarterly" => 40,
            "yearly" => 10,
            other => return Err(GatewayError::Malformed(format!("the plan's period is {other}"))),
        };
        Ok((in_ten_years / self.interval.max(1)).max(1))
    }
}

impl Razorpay {
    pub(super) async fn plan(&self, id: &str) -> Result<Plan, GatewayError> {
        Ok(self.get(&format!("/v1/plans/{}", in_path(id)?)).await?.body)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("daily", 7, Ok(521))]
    #[case("weekly", 1, Ok(520))]
    #[case("monthly", 1, Ok(120))]
    #[case("monthly", 3, Ok(40))]
    #[case("quarterly", 1, Ok(40))]
    #[case("yearly", 1, Ok(10))]
    #[case("yearly", 20, Ok(1))]
    #[case("monthly", 0, Ok(120))]
    #[case("fortnightly", 1, Err(GatewayError::Malformed("the plan's period is fortnightly".into())))]
    fn a_subscription_is_made_for_ten_years(
        #[case] period: &str,
        #[case] interval: u32,
        #[case] cycles: Result<u32, GatewayError>,
    ) {
        assert_eq!(Plan { period: period.into(), interval }.cycles(), cycles);
    }
}
