//! Comparing when the cluster has come to rest.

use std::time::Duration;

use super::{Difference, Inventory};
use crate::client::Failure;
use crate::journal::Touched;

/// How long a cluster gets to come to rest, as long as something differs: a kubelet that is back has a taint lifted
/// within about a minute.
const TO_SETTLE: Duration = Duration::from_secs(100);
/// How often it is looked at meanwhile, at first and at last.
const LOOK_AFTER: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));

impl Inventory {
    /// What of the cluster is not as in this inventory, once it has come to rest. `tell` hears what is waited for.
    ///
    /// # Errors
    /// The cluster cannot be asked.
    pub async fn settled(&self, touched: &Touched, tell: &(dyn Fn(&str) + Sync)) -> Result<Vec<Difference>, Failure> {
        let begun = touched.clock.elapsed();
        let mut pause = LOOK_AFTER.0;
        let mut told = false;
        loop {
            let taken = Self::take(touched).await;
            if touched.clock.elapsed().saturating_sub(begun) > TO_SETTLE {
                return taken.map(|after| self.differences(&after));
            }
            match taken {
                Ok(after) => {
                    let differences = self.differences(&after);
                    if differences.is_empty() {
                        return Ok(differences);
                    }
                    // Most of what differs at first is a matter of a moment.
                    if !told && pause >= LOOK_AFTER.1 {
                        told = true;
                        differences.iter().for_each(|difference| tell(&format!("waiting: {}", difference.what)));
                    }
                }
                Err(failure) if failure.is_transient() => {}
                Err(failure) => return Err(failure),
            }
            touched.clock.sleep(pause).await;
            pause = (pause * 2).min(LOOK_AFTER.1);
        }
    }
}
