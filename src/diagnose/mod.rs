//! A live workload -> what is wrong with it, and the look-ups that make a hint true.
//!
//! ```text
//! judge     a workload that runs already, judged as a deploy would have
//! lookups   questions of rollout's rules, answered by whoever knows: the cluster or a registry
//! served    whether what is ready is served by the Services that are meant to
//! serving   whether the previous revision still gets requests
//! next_run  when a CronJob runs next
//! ```

pub mod judge;
pub mod lookups;
pub mod next_run;
pub mod served;
pub mod serving;
