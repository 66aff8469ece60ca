//! What plat.yaml says. Doc comments are the descriptions that editors and docs/plat-yaml.md show; the schema
//! attributes are the only place where a field's shape is declared.

mod before;
mod build;
mod deadline;
mod health;
mod names;
mod objects;
mod replicas;
mod resources;
mod route;
mod schedule;
mod spec;
mod user;
mod volume;

pub use before::Before;
pub use build::{Build, Platforms, Stack};
pub use deadline::Deadline;
pub use health::Health;
pub use names::Names;
pub use objects::{Extra, Patches};
pub use replicas::Replicas;
pub use resources::Resources;
pub use route::{GatewayName, Route, RouteKind};
pub use schedule::Schedule;
pub use spec::{Defaults, Environment, Guard, Kind, RestartOn, Spec};
pub use user::User;
pub use volume::{Access, Volume, VolumeKind};
