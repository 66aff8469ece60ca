//! A set against the cluster: what an apply would do, asked of the server, and then doing it.
//!
//! ```text
//! plan       what an apply of a set would do; `plan` is where it is decided
//! step       one object on its way: what it is, what it would be, how it is written
//! answer     what the server said about one object, and what was decided about its fields
//! dry_run    asking it, before anything is written
//! refusal    all that is refused, each field where somebody wrote it
//! peers      refusals that may end once the rest of the set is there
//! late       planning what had to wait for that
//! handover   the number of replicas between plat and an autoscaler
//! unchanged  objects that are as they are wanted, without a dry run of each
//! conflict   fields that someone else has set
//! resolve    what becomes of them: taken, left to the other, or for the user to decide
//! keep       fields that stay with others, noted on the object
//! adopt      taking objects over from other tools
//! traffic    Services and routes are switched when the pods that they lead to are ready
//! stale      pods that keep older configuration, and whether they are restarted
//! execute    the writes, wave after wave
//! mark       what is written about those pods
//! put_back   undoing it, where no revision is there to go back to
//! wake       a controller that waits too long tries again
//! migration  the Job that runs before a service changes
//! ```

mod adopt;
mod answer;
mod conflict;
mod dry_run;
mod execute;
mod handover;
mod keep;
mod late;
mod mark;
mod migration;
mod peers;
mod plan;
mod put_back;
mod raced;
mod refusal;
mod resolve;
mod stale;
mod step;
mod traffic;
mod unchanged;
pub mod wake;

pub use conflict::{Conflict, Takes};
pub use dry_run::AbsentNamespace;
pub use execute::{applied, create_namespace};
pub use late::await_end_of_namespace;
pub use migration::{forget_migrations, read_migration, remove_migration, write_migration};
pub use plan::{Plan, plan, typed};
pub use step::{Applied, Step};
pub use unchanged::Expected;
