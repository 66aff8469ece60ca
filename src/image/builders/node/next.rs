//! Next.js with `output: standalone`: its server looks for the files that it serves beside itself, where its build does not
//! put them (<https://nextjs.org/docs/app/api-reference/config/next-config-js/output>).

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::image::builders::sources::Source;
use crate::input;

/// Of its own list of what a server needs; in bytes.
const LARGEST: u64 = 16 << 20;
/// What it serves, below the service, and where its server looks for it.
const SERVED: [&str; 2] = [".next/static/", "public/"];

/// The same files again, where the server looks; none of those that the project's own build put there.
#[must_use]
pub fn beside_the_server(built: &[Source], stage: &Path, member: &str) -> Vec<Source> {
    let service = if member.is_empty() { String::new() } else { format!("{member}/") };
    let Some(server) = server(&stage.join(member)) else { return Vec::new() };
    let there: BTreeSet<&str> = built.iter().map(|source| source.path.as_str()).collect();
    let moved = |source: &Source| {
        let below = source.path.strip_prefix(&service)?;
        SERVED.iter().any(|served| below.starts_with(served)).then_some(())?;
        let path = format!("{service}{server}{below}");
        (!there.contains(path.as_str())).then(|| Source { path, ..source.clone() })
    };
    built.iter().filter_map(moved).collect()
}

/// The folder of its server below the service, with a slash; None where there is none.
fn server(service: &Path) -> Option<String> {
    let text = input::read_text(&service.join(".next/required-server-files.json"), LARGEST).ok()?;
    let list: Value = serde_json::from_str(&text).ok()?;
    (list["config"]["output"] == "standalone").then_some(())?;
    // In a workspace it keeps the folders between the root and itself.
    let below = list["relativeAppDir"].as_str().unwrap_or_default();
    Some(if below.is_empty() { ".next/standalone/".to_owned() } else { format!(".next/standalone/{below}/") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::builders::sources;
    use crate::image::tests::project;
    use rstest::rstest;

    #[rstest]
    #[case::alone("", "", &[".next/standalone/.next/static/a.js", ".next/standalone/public/b.txt"])]
    #[case::in_a_workspace(
        "apps/web",
        "apps/web",
        &["apps/web/.next/standalone/apps/web/.next/static/a.js", "apps/web/.next/standalone/apps/web/public/b.txt"]
    )]
    fn what_is_served_lies_beside_the_server(#[case] member: &str, #[case] below: &str, #[case] expected: &[&str]) {
        let at = |path: &str| if member.is_empty() { path.to_owned() } else { format!("{member}/{path}") };
        let list = format!(r#"{{"config": {{"output": "standalone"}}, "relativeAppDir": "{below}"}}"#);
        let (files, a, b) = (at(".next/required-server-files.json"), at(".next/static/a.js"), at("public/b.txt"));
        let folder = project(&[(&files, &list), (&a, ""), (&b, ""), (&at("app/page.js"), "")]);
        let built = sources::everything(folder.path(), |_| false).unwrap();
        let added = beside_the_server(&built, folder.path(), member);
        assert_eq!(added.iter().map(|source| source.path.as_str()).collect::<Vec<_>>(), expected);
        // Where the build script copies them itself, nothing is there twice.
        let whole: Vec<Source> = built.into_iter().chain(added).collect();
        assert_eq!(beside_the_server(&whole, folder.path(), member), []);
        std::fs::write(folder.path().join(&files), r#"{"config": {}}"#).unwrap();
        assert_eq!(beside_the_server(&whole, folder.path(), member), []);
    }
}
