//! What a build file says of its module.

use crate::detect::claim::Evidence;

#[derive(Debug, Clone, Default)]
pub struct Module {
    /// The build file.
    pub path: String,
    pub folder: String,
    pub name: Option<(String, Evidence)>,
    /// Artifacts and plugins that it uses, with those of its parent in the repository.
    pub uses: Vec<(String, Evidence)>,
    /// It only holds others.
    pub is_parent: bool,
    /// Of Spring Boot, where the file says it: `3.4.1`.
    pub spring: Option<String>,
}

/// Libraries that serve requests, where the code says the rest.
const SERVERS: [(&str, &str); 8] = [
    ("ktor-server", "Ktor"),
    ("javalin", "Javalin"),
    ("vertx-web", "Vert.x"),
    ("helidon-webserver", "Helidon"),
    ("dropwizard-core", "Dropwizard"),
    ("spark-core", "Spark"),
    ("grpc-netty", "gRPC"),
    ("jetty-server", "Jetty"),
];

impl Module {
    /// The line of the first artifact whose name begins so.
    #[must_use]
    pub fn uses(&self, name: &str) -> Option<&Evidence> {
        self.uses.iter().find(|(known, _)| known.starts_with(name)).map(|(_, evidence)| evidence)
    }

    /// The line of this artifact.
    #[must_use]
    pub fn uses_exactly(&self, name: &str) -> Option<&Evidence> {
        self.uses.iter().find(|(known, _)| known == name).map(|(_, evidence)| evidence)
    }

    #[must_use]
    pub fn server(&self) -> Option<&'static str> {
        SERVERS.iter().find(|(name, _)| self.uses(name).is_some()).map(|(_, label)| *label)
    }
}
