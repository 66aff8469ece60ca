//! A piece of software in an image, as an SBOM names it. Pure.

use packageurl::PackageUrl;
use serde::{Deserialize, Serialize};

/// Longer ones are the text of a license, not its name.
const LONGEST_LICENSE: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What the sources themselves are.
    Application,
    /// An image.
    Container,
    Library,
}

/// Whose names and versions they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ecosystem {
    Cargo,
    Golang,
    Maven,
    Npm,
    Pypi,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Component {
    pub kind: Kind,
    /// npm's scope, Maven's group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where the world knows it (<https://github.com/package-url/purl-spec>); none for what is not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<License>,
    /// Of the file that it is, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum License {
    /// Of SPDX.
    Expression(String),
    /// What somebody wrote instead.
    Name(String),
}

impl Component {
    #[must_use]
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { kind, group: None, name, version: None, purl: None, license: None, sha256: None }
    }

    #[must_use]
    pub fn version(self, version: &str) -> Self {
        let version = Some(version.trim()).filter(|version| !version.is_empty());
        Self { version: version.map(str::to_owned), ..self }
    }

    #[must_use]
    pub fn group(self, group: Option<&str>) -> Self {
        Self { group: group.map(str::to_owned), ..self }
    }

    /// What its author says of it, where that is a name.
    #[must_use]
    pub fn licensed(self, said: Option<&str>) -> Self {
        Self { license: said.and_then(License::read), ..self }
    }

    /// That it is published there, by its group, name and version.
    #[must_use]
    pub fn published(self, ecosystem: Ecosystem, qualifiers: &[(&str, &str)]) -> Self {
        let (ty, namespace, name) = match ecosystem {
            Ecosystem::Cargo => ("cargo", None, self.name.as_str()),
            Ecosystem::Maven if self.group.is_none() => return self,
            Ecosystem::Maven => ("maven", self.group.as_deref(), self.name.as_str()),
            Ecosystem::Npm => ("npm", self.group.as_deref(), self.name.as_str()),
            Ecosystem::Pypi => ("pypi", None, self.name.as_str()),
            Ecosystem::Golang => match self.name.rsplit_once('/') {
                Some((namespace, name)) => ("golang", Some(namespace), name),
                None => ("golang", None, self.name.as_str()),
            },
        };
        let purl = purl(ty, (namespace, name), self.version.as_deref(), qualifiers);
        Self { purl, ..self }
    }

    /// An image, by its reference with a digest: `docker.io/library/node:24-slim@sha256:…`.
    #[must_use]
    pub fn image(reference: &str) -> Self {
        let (name, digest) = reference.split_once('@').unwrap_or((reference, ""));
        let repository = match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => repository,
            _ => name,
        };
        let last = repository.rsplit('/').next().unwrap_or(repository);
        let purl = purl("oci", (None, last), Some(digest), &[("repository_url", repository)]);
        let sha256 = digest.strip_prefix("sha256:").map(str::to_owned);
        Self { purl, sha256, ..Self::new(Kind::Container, name).version(digest) }
    }

    /// An image that is built here: the same in whatever registry it is put.
    #[must_use]
    pub fn built(name: &str, digest: &str, architecture: &str) -> Self {
        let purl = purl("oci", (None, name), Some(digest), &[("arch", architecture)]);
        let sha256 = digest.strip_prefix("sha256:").map(str::to_owned);
        Self { purl, sha256, ..Self::new(Kind::Container, name).version(digest) }
    }

    /// By what it is told apart in one document.
    #[must_use]
    pub fn known_by(&self) -> String {
        if let Some(purl) = &self.purl {
            return purl.clone();
        }
        let group = self.group.iter().map(|group| format!("{group}/"));
        let version = self.version.iter().map(|version| format!("@{version}"));
        group.chain([self.name.clone()]).chain(version).collect()
    }
}

fn purl(
    ty: &str,
    (namespace, name): (Option<&str>, &str),
    version: Option<&str>,
    qualifiers: &[(&str, &str)],
) -> Option<String> {
    let mut purl = PackageUrl::new(ty, name).ok()?;
    if let Some(namespace) = namespace {
        purl.with_namespace(namespace).ok()?;
    }
    if let Some(version) = version {
        purl.with_version(version).ok()?;
    }
    for (key, value) in qualifiers {
        purl.add_qualifier(*key, *value).ok()?;
    }
    Some(purl.to_string())
}

impl License {
    fn read(said: &str) -> Option<Self> {
        let said = said.trim();
        // Old manifests of Cargo mean "or" by it.
        let alternatives = said.replace('/', " OR ");
        let expression = [said, &alternatives].into_iter().find(|text| spdx::Expression::parse(text).is_ok());
        if let Some(expression) = expression {
            return Some(Self::Expression(expression.to_owned()));
        }
        let is_name = !said.is_empty() && said.len() <= LONGEST_LICENSE && !said.contains('\n');
        is_name.then(|| Self::Name(said.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn published(ecosystem: Ecosystem, group: Option<&str>, name: &str, version: &str) -> Option<String> {
        let component = Component::new(Kind::Library, name).group(group).version(version);
        component.published(ecosystem, &[]).purl
    }

    #[rstest]
    #[case(Ecosystem::Cargo, None, "itoa", "1.0.11", Some("pkg:cargo/itoa@1.0.11"))]
    #[case(Ecosystem::Golang, None, "golang.org/x/text", "v0.21.0", Some("pkg:golang/golang.org/x/text@v0.21.0"))]
    #[case(Ecosystem::Golang, None, "stdlib", "1.26.8", Some("pkg:golang/stdlib@1.26.8"))]
    #[case(Ecosystem::Maven, Some("org.slf4j"), "slf4j-api", "2.0.17", Some("pkg:maven/org.slf4j/slf4j-api@2.0.17"))]
    #[case::maven_names_nothing_without_a_group(Ecosystem::Maven, None, "okhttp", "4.12.0", None)]
    #[case(Ecosystem::Npm, Some("@img"), "sharp-libvips", "1.0.4", Some("pkg:npm/%40img/sharp-libvips@1.0.4"))]
    #[case(Ecosystem::Npm, None, "a", "1.0.0-rc.1+build", Some("pkg:npm/a@1.0.0-rc.1%2Bbuild"))]
    #[case(Ecosystem::Pypi, None, "Typing_Extensions", "4.12.2", Some("pkg:pypi/typing-extensions@4.12.2"))]
    fn what_is_published_has_a_purl(
        #[case] ecosystem: Ecosystem,
        #[case] group: Option<&str>,
        #[case] name: &str,
        #[case] version: &str,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(published(ecosystem, group, name, version).as_deref(), expected);
    }

    #[test]
    fn an_image_is_known_by_its_digest_and_where_it_lies() {
        let image = Component::image("127.0.0.1:5000/hub/node:24-slim@sha256:0d1f");
        assert_eq!(
            (image.name.as_str(), image.version.as_deref()),
            ("127.0.0.1:5000/hub/node:24-slim", Some("sha256:0d1f"))
        );
        let expected = "pkg:oci/node@sha256:0d1f?repository_url=127.0.0.1:5000%2Fhub%2Fnode";
        assert_eq!(image.purl.as_deref(), Some(expected));
    }

    #[rstest]
    #[case("MIT", Some(License::Expression("MIT".to_owned())))]
    #[case("MIT OR Apache-2.0 WITH LLVM-exception", Some(License::Expression("MIT OR Apache-2.0 WITH LLVM-exception".to_owned())))]
    #[case::as_cargo_had_it("MIT/Apache-2.0", Some(License::Expression("MIT OR Apache-2.0".to_owned())))]
    #[case::no_word_of_spdx("BSD", Some(License::Name("BSD".to_owned())))]
    #[case::an_address("https://example.com/license", Some(License::Name("https://example.com/license".to_owned())))]
    #[case::the_text_itself("Permission is hereby granted\nto anyone", None)]
    #[case("", None)]
    fn a_license_is_an_expression_of_spdx_or_a_name(#[case] said: &str, #[case] expected: Option<License>) {
        assert_eq!(License::read(said), expected);
    }
}
