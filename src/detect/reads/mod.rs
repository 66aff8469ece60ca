//! Variables of the environment that a program reads, and whether it can do without them.
//!
//! ```text
//! way         one way to read a variable, and what around it says that it may be missing
//! javascript  process.env, NestJS' ConfigService, a schema of zod
//! python      os.environ, decouple, environs, settings of pydantic
//! go          os.Getenv, tags of structs
//! java        System.getenv, placeholders of Spring
//! rust        env::var, arguments of clap
//! ```

mod go;
mod java;
mod javascript;
mod python;
mod rust;
mod way;

use std::collections::BTreeMap;

use super::claim::{Claim, Fact, Trust};
use super::interest::is_aside;
use super::paths;
use super::repository::Repository;
use way::Read;

pub use java::placeholders;

/// What is made by programs, by the names of its folders and the ends of its files.
const GENERATED: [&str; 4] = ["generated", "__generated__", "gen", ".generated"];
const MADE: [&str; 4] = [".pb.go", "_pb2.py", "_gen.go", ".gen.ts"];
/// Tools whose configuration is code, which runs where the program is built: `vite.config.ts`.
const TOOLS: [&str; 24] = [
    "vite",
    "vitest",
    "webpack",
    "rspack",
    "rollup",
    "jest",
    "babel",
    "tailwind",
    "postcss",
    "eslint",
    "prettier",
    "next",
    "nuxt",
    "svelte",
    "astro",
    "remix",
    "playwright",
    "cypress",
    "karma",
    "metro",
    "tsup",
    "drizzle",
    "prisma",
    "codegen",
];
/// Other files that are run to build or to work on a project.
const CHORES: [&str; 9] = [
    "setup.py",
    "build.rs",
    "noxfile.py",
    "fabfile.py",
    "tasks.py",
    "magefile.go",
    "knexfile.js",
    "knexfile.ts",
    "gulpfile.js",
];

/// The variables that the files of a program read, each at its first place. One that is optional anywhere is optional.
#[must_use]
pub fn claims(repository: &Repository, files: &[(&str, &str)]) -> Vec<Claim> {
    // Of a service that lies among examples all is aside.
    let is_other = |file: &str| is_aside(paths::folder(file));
    let is_all_aside = files.iter().all(|(file, _)| is_other(file));
    let counts = |file: &str| !is_of_a_build(file) && (is_all_aside || !is_other(file));
    let mut known: BTreeMap<String, (&str, usize, bool)> = BTreeMap::new();
    for (file, text) in files.iter().filter(|(file, _)| counts(file)) {
        for read in reads(file, text) {
            let place = known.entry(read.name).or_insert_with(|| {
                let line = text[..read.at].matches('\n').count() + 1;
                (file, line, false)
            });
            place.2 |= read.is_optional;
        }
    }
    let claim = |(name, (file, line, is_optional))| {
        Claim::new(Fact::Reads { name, is_optional }, Trust::Code, repository.line(file, line))
    };
    known.into_iter().map(claim).collect()
}

fn reads(file: &str, text: &str) -> Vec<Read> {
    match paths::ending(file) {
        "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "tsx" | "jsx" => javascript::reads(text),
        "py" => python::reads(text),
        "go" => go::reads(text),
        "java" | "kt" | "groovy" => java::reads(text),
        "rs" => rust::reads(text),
        _ => Vec::new(),
    }
}

/// Whether a file is run where the program is built or worked on, or was made by one that is.
fn is_of_a_build(file: &str) -> bool {
    let name = paths::name(file);
    let of_tool = |tool: &&str| name.strip_prefix(*tool).is_some_and(|rest| rest.starts_with(".config."));
    TOOLS.iter().any(of_tool)
        || name.starts_with("webpack.")
        || CHORES.contains(&name)
        || MADE.iter().any(|end| name.ends_with(end))
        || paths::folder(file).split('/').any(|folder| GENERATED.contains(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// What a file reads: `!` behind what it needs, `?` behind what it can do without.
    fn read(file: &str, text: &str) -> String {
        let found = reads(file, text);
        let said: Vec<String> =
            found.iter().map(|read| format!("{}{}", read.name, if read.is_optional { "?" } else { "!" })).collect();
        said.join(" ")
    }

    #[rstest]
    #[case::plain("const url = process.env.DB_HOST;", "DB_HOST!")]
    #[case::quoted("connect(process.env['DB_HOST'], process.env[\"A\"])", "DB_HOST! A!")]
    #[case::asserted("connect(process.env.DB_HOST!)", "DB_HOST!")]
    #[case::or("const a = process.env.A || 'x', b = process.env.B ?? 1", "A? B?")]
    #[case::number(
        "Number(process.env.A) || 3; parseInt(process.env.B, 10) || 4; parseInt(process.env.C, 10)",
        "A? B? C!"
    )]
    #[case::missing("if (!process.env.A || !process.env.B) throw new Error()", "A! B!")]
    #[case::asked("if (process.env.A) { x() }", "A?")]
    #[case::compared("const on = process.env.A === 'true'", "A?")]
    #[case::undefined("if (process.env.A === undefined) throw 1", "A!")]
    #[case::chosen("process.env.A ? x : y; process.env.B?.split(',')", "A? B?")]
    #[case::set("process.env.A = 'x'", "A?")]
    #[case::asked_later("const dsn = process.env.A;\nif (dsn) init(dsn);", "A?")]
    #[case::thrown_later("const dsn = process.env.A;\nif (!dsn) throw new Error('A');", "A!")]
    #[case::taken_apart("const {\n  A,\n  B: b = 'x',\n  C: c,\n  ...rest\n} = process.env;", "A! B? C!")]
    #[case::comment("// process.env.A\nx(); // process.env.B\n * process.env.C", "")]
    #[case::of_vite("import.meta.env.VITE_A", "")]
    #[case::nest(
        "this.configService.get<string>('A'); configService.getOrThrow('B'); configService.get('C', 'x')",
        "A! B! C?"
    )]
    #[case::zod(
        "z.object({\n  A: z.string().url(),\n  B: z.coerce.number().default(3),\n  C: z.string().optional(),\n}).parse(process.env)",
        "A! B? C?"
    )]
    #[case::zod_of_something_else("z.object({\n  A: z.string(),\n}).parse(body)", "")]
    fn of_javascript(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(read("a.ts", text), expected);
    }

    #[rstest]
    #[case::index("x = os.environ[\"A\"]", "A!")]
    #[case::get("x = os.environ.get('A')\ny = os.getenv('B')", "A! B!")]
    #[case::default("os.environ.get('A', 'x'); os.getenv('B', default=None)", "A? B?")]
    #[case::or("os.getenv('A') or 'x'", "A?")]
    #[case::asked("if os.getenv('A'):\n    pass", "A?")]
    #[case::missing("if not os.getenv('A'):\n    raise", "A!")]
    #[case::compared("DEBUG = os.environ.get('A') == '1'", "A?")]
    #[case::set("os.environ['A'] = 'x'\nos.environ.setdefault('B', 'x')", "A? B?")]
    #[case::asked_later("A_DSN = os.environ.get('A')\n\nif A_DSN:\n    init()", "A?")]
    #[case::comment("# os.environ['A']\nx = 1  # os.environ['B']", "")]
    #[case::decouple(
        "from decouple import config\na = config('A')\nb = config('B', cast=int)\nc = config('C', default=1)",
        "A! B! C?"
    )]
    #[case::config_of_something_else("a = config('A')", "")]
    #[case::environs("env = environs.Env()\na = env('A')\nb = env.bool('B', default=False)", "A! B?")]
    #[case::scheme("env = environ.Env(A=(bool, False))\na = env('A')", "A?")]
    #[case::pydantic(
        "class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='SHOP_')\n    db_url: str\n    level: str = 'info'\n    key: str = Field(...)\n\nclass Other(BaseModel):\n    name: str",
        "SHOP_DB_URL! SHOP_LEVEL? SHOP_KEY!"
    )]
    fn of_python(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(read("a.py", text), expected);
    }

    #[rstest]
    #[case::plain("x := os.Getenv(\"A\")", "A!")]
    #[case::must("x := mustGetenv(\"A\")", "A!")]
    #[case::helper("x := getEnv(\"A\", \"x\")", "")]
    #[case::asked("if v := os.Getenv(\"A\"); v != \"\" {", "A?")]
    #[case::looked_up("if v, ok := os.LookupEnv(\"A\"); ok {", "A?")]
    #[case::looked_up_needed("v, ok := os.LookupEnv(\"A\")\nif !ok {\n\tlog.Fatal(\"A\")\n}", "A!")]
    #[case::looked_up_else("v, ok := os.LookupEnv(\"A\")\nif !ok {\n\tv = \"x\"\n}", "A?")]
    #[case::compared("if os.Getenv(\"A\") == \"true\" {", "A?")]
    #[case::missing("if os.Getenv(\"A\") == \"\" {\n\tlog.Fatal()", "A!")]
    #[case::else_set("a := os.Getenv(\"A\")\nif a == \"\" {\n\ta = \"x\"\n}", "A?")]
    #[case::or("a := cmp.Or(os.Getenv(\"A\"), \"x\")", "A?")]
    #[case::tags(
        "A string `env:\"A,required\"`\nB string `env:\"B\" envDefault:\"x\"`\nC string `envconfig:\"C\"`",
        "A! B? C!"
    )]
    #[case::comment("// os.Getenv(\"A\")", "")]
    fn of_go(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(read("a.go", text), expected);
    }

    #[rstest]
    #[case::plain("String a = System.getenv(\"A\");", "A!")]
    #[case::map("System.getenv().getOrDefault(\"A\", \"x\"); System.getenv().get(\"B\")", "A? B!")]
    #[case::elvis("val a = System.getenv(\"A\") ?: \"x\"\nval b = System.getenv(\"B\") ?: error(\"B\")", "A? B!")]
    #[case::optional("Optional.ofNullable(System.getenv(\"A\")).orElse(\"x\")", "A?")]
    #[case::asked("if (System.getenv(\"A\") != null) {", "A?")]
    #[case::value("@Value(\"${A}\") String a; @Value(\"${B:x}\") String b; @Value(\"${server.port}\") int c;", "A! B?")]
    fn of_java(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(read("a.kt", text), expected);
    }

    #[rstest]
    #[case::expected("let a = std::env::var(\"A\").expect(\"A\");\nlet b = env::var(\"B\")?;", "A! B!")]
    #[case::otherwise(
        "let a = env::var(\"A\")\n    .unwrap_or_else(|_| \"x\".into());\nlet b = env::var_os(\"B\").is_some();",
        "A? B?"
    )]
    #[case::panics("env::var(\"A\").unwrap_or_else(|_| panic!(\"A\"));", "A!")]
    #[case::asked("if let Ok(a) = env::var(\"A\") {", "A?")]
    #[case::clap(
        "use clap::Parser;\n#[arg(long, env = \"A\")]\na: String,\n#[arg(env = \"B\", default_value = \"x\")]\nb: String,\n#[arg(env = \"C\")]\nc: Option<String>,",
        "A! B? C?"
    )]
    #[case::tests("fn a() {}\n#[cfg(test)]\nmod tests { fn b() { env::var(\"A\").unwrap(); } }", "")]
    fn of_rust(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(read("a.rs", text), expected);
    }

    #[rstest]
    #[case("src/main.ts", true)]
    #[case("src/config/database.config.ts", true)]
    #[case("vite.config.ts", false)]
    #[case("webpack.prod.js", false)]
    #[case("scripts/seed.ts", false)]
    #[case("build.rs", false)]
    #[case("api/generated/client.ts", false)]
    fn what_does_not_run_in_the_pod_is_not_asked(#[case] file: &str, #[case] expected: bool) {
        let repository = Repository::default();
        let files = [(file, "process.env.A; env::var(\"A\")?"), ("main.go", "")];
        assert_eq!(!claims(&repository, &files).is_empty(), expected);
    }
}
