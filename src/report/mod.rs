//! Statistics over runs. Pure: the endpoint and `plat report` feed it, both print what it says.
//!
//! ```text
//! observation  Run -> what it says about a tool: which kind of deploy, how long until ready
//! stats        quantiles; the ratio of two samples with its interval
//! summary      observations -> rows by kind and arm, and a verdict only where there are enough runs
//! wording      a verdict as one sentence
//! ```

mod observation;
mod stats;
mod summary;
mod wording;

pub use observation::{Kind, Observation, observe};
pub use summary::{Comparison, ENOUGH, OURS, Row, Summary, Unplaced, Verdict, summarise};
pub use wording::{percent, sentence};
