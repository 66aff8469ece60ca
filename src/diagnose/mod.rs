//! A live workload -> what is wrong with it, and the look-ups that make a hint true.
//!
//! ```text
//! judge     a workload that runs already, judged as a deploy would have
//! lookups   questions of rollout's rules, answered by whoever knows: the cluster or a registry
//! served    whether what is ready is served by the Services that are meant to
//! doubt     whether what was written makes a port doubtful
//! routed    whether what a set routes to, and what it scales, is there
//! serving   whether the previous revision still gets requests
//! next_run  when a CronJob runs next
//! ```

mod doubt;
pub mod judge;
pub mod lookups;
pub mod next_run;
pub mod routed;
pub mod served;
pub mod serving;
