//! Where things lie, in the image and in the cache.

/// Where the project and its packages lie in the image.
pub const ROOT: &str = "app";
pub const PACKAGES: &str = "opt/dependencies";
pub const DEPENDENCIES: &str = "dependencies";
