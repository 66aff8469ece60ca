//! What plat.yaml says. Doc comments are the descriptions that editors and docs/plat-yaml.md show; the schema
//! attributes are the only place where a field's shape is declared.

mod before;
mod deadline;
mod health;
mod objects;
mod replicas;
mod resources;
mod route;
mod schedule;
mod spec;
mod volume;

pub use before::Before;
pub use deadline::Deadline;
pub use health::Health;
pub use objects::{Extra, Patches};
pub use replicas::Replicas;
pub use resources::Resources;
pub use route::{GatewayName, Route, RouteKind};
pub use schedule::Schedule;
pub use spec::{Build, Environment, Guard, Kind, RestartOn, Spec};
pub use volume::{Access, Volume, VolumeKind};
