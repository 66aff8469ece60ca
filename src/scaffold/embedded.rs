//! The templates that come with plat: the folders of `templates/`, read when plat itself is built.

use include_dir::{Dir, DirEntry, include_dir};

use super::template::{Source, Template};
use crate::error::{Error, Result};

static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// All templates, by name.
///
/// # Errors
/// When one is wrong: a bug of the plat that was built with it.
pub fn templates() -> Result<Vec<Template>> {
    let mut folders: Vec<&Dir> = TEMPLATES.dirs().collect();
    folders.sort_unstable_by_key(|folder| folder.path());
    folders.into_iter().map(read).collect()
}

fn read(folder: &'static Dir) -> Result<Template> {
    let name = folder.path().display().to_string();
    let description = folder
        .get_file(folder.path().join("template.yaml"))
        .and_then(|file| file.contents_utf8())
        .ok_or_else(|| Error::bug(format!("the template {name} has no template.yaml")))?;
    let mut sources = Vec::new();
    if let Some(files) = folder.get_dir(folder.path().join("files")) {
        collect(files, files, &mut sources);
    }
    sources.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(Template::parse(&name, description, sources)?)
}

fn collect(root: &Dir<'static>, folder: &Dir<'static>, sources: &mut Vec<Source>) {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(folder) => collect(root, folder, sources),
            DirEntry::File(file) => {
                let relative = file.path().strip_prefix(root.path()).unwrap_or(file.path());
                let path: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
                sources.push(Source { path: path.join("/"), content: file.contents() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_template_is_the_default() {
        let templates = templates().expect("the templates of this build");
        assert_eq!(templates.iter().filter(|template| template.is_default).count(), 1);
    }
}
