//! Statistics over runs. Pure: the endpoint and `plat report` feed it, both print what it says.
//!
//! ```text
//! observation  Run -> what it says about a tool: which kind of deploy, how long until ready and until the prompt
//! stats        means and quantiles; the ratio of two samples with its interval
//! survival     how long until it happened, where for some it has not yet
//! rate         how many of how many
//! effect       the ratio of two tools, from several people's runs
//! rounds       the same of tools that took turns
//! summary      observations -> rows by kind and arm, and a verdict only where there are enough runs
//! firsts       observations -> time to first deploy, of services and of people
//! adoption     observations -> the share of plat by week; who left it
//! saved        a summary -> the time that plat saved
//! wording      a verdict as one sentence
//! ```

mod adoption;
mod effect;
mod firsts;
mod observation;
mod rate;
mod rounds;
mod saved;
mod stats;
mod summary;
mod survival;
#[cfg(test)]
mod tests;
mod wording;

pub use adoption::{Left, Retention, Share, Week, adoption, retention};
pub use effect::{Effect, Pairs, People};
pub use firsts::{Firsts, firsts_of_people, firsts_of_services};
pub use observation::{Kind, OURS, Observation, observe};
pub use rate::{Rate, wilson};
pub use rounds::{paired, rounds};
pub use saved::{Saved, saved};
pub use summary::{
    Comparison, Design, ENOUGH, ENOUGH_PEOPLE, Row, Runs, Summary, Times, Unit, Until, Verdict, summarise,
};
pub use survival::{Curve, Quantile, RestrictedMean, Step, Wait};
pub use wording::{caveat, percent, promptless, sentence, unplaced};
