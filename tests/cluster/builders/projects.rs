//! Projects, as `path -> text`. NAME becomes a name of the test's own, REGISTRY the sandbox's, BERRY the path of its yarn.

/// The files of a project.
pub type Files = &'static [(&'static str, &'static str)];

pub const SERVICE: &str = "name: NAME\nport: 8080\n";

pub const GO: Files = &[
    ("plat.yaml", SERVICE),
    ("go.mod", "module example.com/shop\n\ngo 1.21\n"),
    ("main.go", "package main\n\nfunc main() { println(\"one\") }\n"),
];

/// What it stands on is nowhere.
pub const GO_WITH_A_MODULE: Files = &[
    ("plat.yaml", SERVICE),
    ("go.mod", "module example.com/shop\n\ngo 1.21\n\nrequire example.com/gone v1.0.0\n"),
    ("main.go", "package main\n\nimport _ \"example.com/gone\"\n\nfunc main() {}\n"),
];

pub const RUST: Files = &[
    ("plat.yaml", SERVICE),
    ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
    ("Cargo.lock", "version = 3\n\n[[package]]\nname = \"shop\"\nversion = \"0.1.0\"\n"),
    ("src/main.rs", "fn main() {\n    println!(\"one\");\n}\n"),
];

/// What it stands on is in nobody's cache.
pub const RUST_WITH_A_CRATE: Files = &[
    ("plat.yaml", SERVICE),
    (
        "Cargo.toml",
        "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nitoa = \"=0.4.7\"\n",
    ),
    (
        "Cargo.lock",
        "version = 3\n\n[[package]]\nname = \"itoa\"\nversion = \"0.4.7\"\n\
         source = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
         checksum = \"dd25036021b0de88a0aff6b850051563c6516d0bf53f8638938edbb9de732736\"\n\n\
         [[package]]\nname = \"shop\"\nversion = \"0.1.0\"\ndependencies = [\"itoa\"]\n",
    ),
    ("src/main.rs", "fn main() {}\n"),
];

pub const NODE_PACKAGE: &str = r#"{
  "name": "shop",
  "engines": { "node": ">=24" },
  "scripts": { "build": "node build.js", "start": "node dist/main.js" },
  "dependencies": { "is-number": "7.0.0" },
  "devDependencies": { "is-odd": "3.0.1" }
}"#;

pub const NODE_BUILD: &str = "require('is-odd');\nconst fs = require('fs');\nfs.mkdirSync('dist', { recursive: true });\n\
    fs.writeFileSync('dist/main.js', \"require('is-number'); console.log('one')\");\n";

pub const NODE: Files = &[
    ("plat.yaml", SERVICE),
    (".gitignore", "dist/\nnode_modules/\n"),
    ("package.json", NODE_PACKAGE),
    ("package-lock.json", NODE_LOCK),
    ("build.js", NODE_BUILD),
];

const NODE_LOCK: &str = r#"{
  "name": "shop", "lockfileVersion": 3, "requires": true,
  "packages": {
    "": {
      "name": "shop",
      "dependencies": { "is-number": "7.0.0" }, "devDependencies": { "is-odd": "3.0.1" },
      "engines": { "node": ">=24" }
    },
    "node_modules/is-number": { "version": "7.0.0" },
    "node_modules/is-odd": { "version": "3.0.1", "dev": true, "dependencies": { "is-number": "^6.0.0" } },
    "node_modules/is-odd/node_modules/is-number": { "version": "6.0.0", "dev": true }
  }
}"#;

pub const PNPM: Files = &[
    ("plat.yaml", SERVICE),
    (".gitignore", "dist/\nnode_modules/\n"),
    ("package.json", NODE_PACKAGE),
    ("pnpm-lock.yaml", PNPM_LOCK),
    ("build.js", NODE_BUILD),
];

const PNPM_LOCK: &str = "lockfileVersion: '9.0'
settings: {autoInstallPeers: true, excludeLinksFromLockfile: false}
importers:
  .:
    dependencies:
      is-number: {specifier: 7.0.0, version: 7.0.0}
    devDependencies:
      is-odd: {specifier: 3.0.1, version: 3.0.1}
packages:
  is-number@6.0.0:
    resolution: {integrity: sha512-Wu1VHeILBK8KAWJUAiSZQX94GmOE45Rg6/538fKwiloUu21KncEkYGPqob2oSZ5mUT73vLGrHQjKw3KMPwfDzg==}
  is-number@7.0.0:
    resolution: {integrity: sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==}
  is-odd@3.0.1:
    resolution: {integrity: sha512-CQpnWPrDwmP1+SMHXZhtLtJv90yiyVfluGsX5iNCVkrhQtU3TQHsUWPG9wkdk9Lgd5yNpAg9jQEo90CBaXgWMA==}
snapshots:
  is-number@6.0.0: {}
  is-number@7.0.0: {}
  is-odd@3.0.1:
    dependencies: {is-number: 6.0.0}
";

/// A member of an npm workspace whose root prepares checkouts, and a package of the same workspace.
pub const WORKSPACE: Files = &[
    (".git/HEAD", "ref: refs/heads/main\n"),
    (".gitignore", "dist/\nnode_modules/\n"),
    (
        "package.json",
        r#"{"name": "root", "private": true, "workspaces": ["packages/*"], "scripts": {"prepare": "node -e \"require('is-odd')\""}, "devDependencies": {"is-odd": "3.0.1"}}"#,
    ),
    ("package-lock.json", WORKSPACE_LOCK),
    (
        "packages/api/package.json",
        r#"{"name": "api", "engines": {"node": ">=24"}, "scripts": {"start": "node main.js"}, "dependencies": {"lib": "1.0.0", "is-number": "7.0.0"}}"#,
    ),
    ("packages/api/main.js", "require('lib');\n"),
    ("packages/api/plat.yaml", SERVICE),
    (
        "packages/lib/package.json",
        r#"{"name": "lib", "version": "1.0.0", "main": "dist/lib.js", "scripts": {"build": "node build.js"}}"#,
    ),
    (
        "packages/lib/build.js",
        "const fs = require('fs');\nfs.mkdirSync('dist', { recursive: true });\nfs.writeFileSync('dist/lib.js', 'one');\n",
    ),
];

const WORKSPACE_LOCK: &str = r#"{
  "name": "root", "lockfileVersion": 3, "requires": true,
  "packages": {
    "": { "name": "root", "workspaces": ["packages/*"], "devDependencies": { "is-odd": "3.0.1" } },
    "node_modules/api": { "resolved": "packages/api", "link": true },
    "node_modules/is-number": { "version": "7.0.0" },
    "node_modules/is-odd": { "version": "3.0.1", "dev": true, "dependencies": { "is-number": "^6.0.0" } },
    "node_modules/is-odd/node_modules/is-number": { "version": "6.0.0", "dev": true },
    "node_modules/lib": { "resolved": "packages/lib", "link": true },
    "packages/api": { "dependencies": { "is-number": "7.0.0", "lib": "1.0.0" }, "engines": { "node": ">=24" } },
    "packages/lib": { "version": "1.0.0" }
  }
}"#;

/// Hashes, an included file, a package beside the sources.
pub const PIP: Files = &[
    ("plat.yaml", SERVICE),
    (".python-version", "3.11\n"),
    ("Procfile", "web: python -m shop\n"),
    ("requirements.txt", "-r base.txt\r\n"),
    ("base.txt", "click==8.1.7 --hash=sha256:ae74fb96c20a0277a1d615f1e4d73c8414f5a98db8b799a7931d1582f3390c28\r\n"),
    ("src/shop/__init__.py", ""),
    ("src/shop/__main__.py", "import click\n\nclick.echo('one')\n"),
    ("src/shop/data/x.txt", "x\n"),
];

/// A member of a workspace of uv, and a package of the same workspace.
pub const UV: Files = &[
    (
        "pyproject.toml",
        "[project]\nname = \"root\"\nversion = \"0\"\nrequires-python = \">=3.11\"\n[tool.uv.workspace]\nmembers = [\"packages/*\"]\n",
    ),
    ("uv.lock", UV_LOCK),
    (
        "packages/lib/pyproject.toml",
        "[project]\nname = \"lib\"\nversion = \"1\"\nrequires-python = \">=3.11\"\n[build-system]\nrequires = [\"hatchling==1.27.0\"]\nbuild-backend = \"hatchling.build\"\n",
    ),
    ("packages/lib/src/lib/__init__.py", "WORD = 'one'\n"),
    (
        "packages/svc/pyproject.toml",
        "[project]\nname = \"svc\"\nversion = \"1\"\nrequires-python = \">=3.11\"\ndependencies = [\"lib\"]\n[project.scripts]\nsvc = \"svc:main\"\n[tool.uv.sources]\nlib = { workspace = true }\n[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n",
    ),
    ("packages/svc/src/svc/__init__.py", "import lib\n\n\ndef main():\n    print(lib.WORD)\n"),
    ("packages/svc/plat.yaml", SERVICE),
];

const UV_LOCK: &str = r#"version = 1
revision = 3
requires-python = ">=3.11"

[manifest]
members = ["lib", "root", "svc"]

[[package]]
name = "lib"
version = "1"
source = { editable = "packages/lib" }

[[package]]
name = "root"
version = "0"
source = { virtual = "." }

[[package]]
name = "svc"
version = "1"
source = { editable = "packages/svc" }
dependencies = [{ name = "lib" }]

[package.metadata]
requires-dist = [{ name = "lib", editable = "packages/lib" }]
"#;

/// Two modules, the program on the other one, and a dependency.
pub const MAVEN: Files = &[
    (
        "pom.xml",
        r#"<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>com.example</groupId><artifactId>root</artifactId><version>1</version><packaging>pom</packaging>
<modules><module>core</module><module>app</module></modules>
<properties>
  <maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target>
  <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
</properties></project>
"#,
    ),
    (
        "core/pom.xml",
        r#"<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<parent><groupId>com.example</groupId><artifactId>root</artifactId><version>1</version></parent>
<artifactId>core</artifactId></project>
"#,
    ),
    ("core/src/main/java/com/example/core/Word.java", "package com.example.core;\n\npublic class Word {}\n"),
    (
        "app/pom.xml",
        r#"<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<parent><groupId>com.example</groupId><artifactId>root</artifactId><version>1</version></parent>
<artifactId>app</artifactId>
<dependencies>
  <dependency><groupId>com.example</groupId><artifactId>core</artifactId><version>1</version></dependency>
  <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-api</artifactId><version>2.0.17</version></dependency>
</dependencies>
<build><plugins><plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-jar-plugin</artifactId>
  <configuration><archive><manifest><mainClass>com.example.Main</mainClass></manifest></archive></configuration>
</plugin></plugins></build></project>
"#,
    ),
    (
        "app/src/main/java/com/example/Main.java",
        "package com.example;\n\npublic class Main {\n    public static void main(String[] words) {\n        System.out.println(\"one\");\n    }\n}\n",
    ),
    ("app/plat.yaml", SERVICE),
];

/// Its plugins are in no one's repository, and the one that it asks is away.
pub const MAVEN_AWAY: Files = &[
    ("plat.yaml", SERVICE),
    (
        "pom.xml",
        r#"<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>com.example</groupId><artifactId>shop</artifactId><version>1</version>
<pluginRepositories><pluginRepository><id>central</id><url>http://127.0.0.1:1/</url></pluginRepository></pluginRepositories>
</project>
"#,
    ),
    (".mvn/maven.config", "-s\n.mvn/settings.xml\n-Dmaven.repo.local=repository\n"),
    (".mvn/settings.xml", "<settings/>\n"),
];
