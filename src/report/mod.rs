//! Statistics over runs. Pure: the endpoint and `plat report` feed it, both print what it says.
//!
//! ```text
//! observation  Run -> what it says about a tool: which kind of deploy, how long until ready and until the prompt
//! stats        means and quantiles; the ratio of two samples with its interval
//! survival     how long until it happened, where for some it has not yet
//! summary      observations -> rows by kind and arm, and a verdict only where there are enough runs
//! wording      a verdict as one sentence
//! ```

mod observation;
mod stats;
mod survival;
mod summary;
#[cfg(test)]
mod tests;
mod wording;

pub use observation::{Kind, Observation, observe};
pub use summary::{Comparison, ENOUGH, OURS, Row, Runs, Summary, Times, Until, Verdict, summarise};
pub use survival::{Curve, Quantile, RestrictedMean, Step, Wait};
pub use wording::{percent, promptless, sentence, unplaced};
