//! How Java and Kotlin say where they listen and what they answer, where no framework's settings do.

use crate::detect::code::Language;
use crate::detect::pattern::Pattern;

static PORTS: [Pattern; 9] = [
    // That it listens, wherever it is said on which port.
    Pattern::new("HttpServer.create", r"\bHttpServer\.create\("),
    Pattern::new("embeddedServer(", r"\bembeddedServer\("),
    Pattern::new(
        "embeddedServer(",
        r"embeddedServer\([^{]*?\bport\s*=\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*[,)])",
    ),
    Pattern::new(".start(", r"\.start\(\s*(?:(?P<port>\d{2,5})\b|(?P<name>[a-zA-Z_]*[pP]ort|PORT)\s*\))"),
    Pattern::new(
        "InetSocketAddress(",
        r"new\s+InetSocketAddress\(\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*\))",
    ),
    Pattern::new("forPort(", r"\bforPort\(\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*\))"),
    Pattern::new("new Server(", r"new\s+Server\(\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*\))"),
    Pattern::new("ServerSocket(", r"new\s+ServerSocket\(\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*\))"),
    Pattern::new(".listen(", r"\.listen\(\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*[,)])"),
];

static ROUTES: [Pattern; 3] = [
    Pattern::new("get(\"", r#"(?:(?P<on>\w+)\.)?\bget\("(?P<path>/[\w/.-]*)""#),
    Pattern::new("@Path(", r#"@Path\("(?P<path>/?[\w/.-]*)"\)\s*(?:public\s+)?(?:final\s+)?class"#),
    Pattern::new("createContext(", r#"(?P<on>\w+)\.createContext\("(?P<path>/[\w/.-]*)""#),
];

static PREFIXES: [Pattern; 2] = [
    Pattern::new("route(\"", r#"\broute\("/\w[^"]*""#),
    Pattern::new("@ApplicationPath(", r#"@ApplicationPath\("/?\w"#),
];

pub static LANGUAGE: Language =
    Language { ports: &PORTS, routes: &ROUTES, roots: &["app", "server", "router", "Spark"], prefixes: &PREFIXES };
