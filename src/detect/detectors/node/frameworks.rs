//! What a dependency says of how a program is started.

use super::package::Package;

/// What a framework makes of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serves {
    /// Pages and more, by a server that it brings.
    Site,
    /// What the code answers.
    Requests,
    /// Files for somebody else's server.
    Pages,
}

#[derive(Debug, Clone, Copy)]
pub struct Framework {
    pub dependency: &'static str,
    pub label: &'static str,
    pub serves: Serves,
    /// What its documentation starts in production, where that is always the same.
    pub start: &'static [&'static str],
    /// What it listens on where nothing says it.
    pub port: Option<u16>,
}

const fn site(dependency: &'static str, label: &'static str, start: &'static [&'static str], port: u16) -> Framework {
    Framework { dependency, label, serves: Serves::Site, start, port: Some(port) }
}

const fn requests(dependency: &'static str, label: &'static str) -> Framework {
    Framework { dependency, label, serves: Serves::Requests, start: &[], port: None }
}

const fn pages(dependency: &'static str, label: &'static str) -> Framework {
    Framework { dependency, label, serves: Serves::Pages, start: &[], port: None }
}

/// The special ones first: an application of Nest uses Express, one of Nuxt uses Vue (flyctl#2388, #2812).
const FRAMEWORKS: [Framework; 34] = [
    Framework { start: &["node", "dist/main"], ..requests("@nestjs/core", "NestJS") },
    site("next", "Next.js", &["node_modules/.bin/next", "start"], 3000),
    site("nuxt", "Nuxt", &["node", ".output/server/index.mjs"], 3000),
    site("nuxt3", "Nuxt", &["node", ".output/server/index.mjs"], 3000),
    site(
        "@react-router/serve",
        "React Router",
        &["node_modules/.bin/react-router-serve", "build/server/index.js"],
        3000,
    ),
    site("@remix-run/serve", "Remix", &["node_modules/.bin/remix-serve", "build/server/index.js"], 3000),
    site("@sveltejs/adapter-node", "SvelteKit", &["node", "build"], 3000),
    site("@astrojs/node", "Astro", &["node", "dist/server/entry.mjs"], 4321),
    site("@strapi/strapi", "Strapi", &["node_modules/.bin/strapi", "start"], 1337),
    site("@adonisjs/core", "AdonisJS", &["node", "build/bin/server.js"], 3333),
    requests("@remix-run/node", "Remix"),
    requests("@remix-run/express", "Remix"),
    requests("fastify", "Fastify"),
    requests("@hono/node-server", "Hono"),
    requests("koa", "Koa"),
    requests("@hapi/hapi", "hapi"),
    requests("restify", "Restify"),
    requests("polka", "Polka"),
    requests("@feathersjs/feathers", "Feathers"),
    requests("@apollo/server", "Apollo Server"),
    requests("apollo-server", "Apollo Server"),
    requests("@trpc/server", "tRPC"),
    requests("@grpc/grpc-js", "gRPC"),
    requests("express", "Express"),
    requests("socket.io", "Socket.IO"),
    requests("ws", "ws"),
    pages("react-scripts", "React"),
    pages("@angular/core", "Angular"),
    pages("@vue/cli-service", "Vue"),
    pages("gatsby", "Gatsby"),
    pages("@docusaurus/core", "Docusaurus"),
    pages("astro", "Astro"),
    pages("vue", "Vue"),
    pages("react-dom", "React"),
];

/// The first that the package uses when it runs. `nuxt` is often only needed to build: its output holds all of it.
#[must_use]
pub fn of(package: &Package) -> Option<&'static Framework> {
    let uses = |framework: &&Framework| {
        package.dependencies.iter().any(|(name, _)| name == framework.dependency)
            || framework.serves == Serves::Site
                && package.development.iter().any(|(name, _)| name == framework.dependency)
    };
    FRAMEWORKS.iter().find(uses)
}
