//! Name rules: which texts to give to the loader for a name that a script wrote. Pure functions of
//! the name and the platform, so every platform's rules are tested on each.

/// Whose rules turn a name into what the loader gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Names {
    /// The name unchanged; if that fails and it is no path, the platform's spelling (`foo` ->
    /// `libfoo.so`), then the loader's cache. The empty name is the process.
    Lune,
    /// A name that is no path gets the platform's prefix and, if it has no dot, its extension.
    LuaJit,
    /// A path or a name with an extension is used unchanged; any other is decorated, looked for in
    /// the working directory and then in the loader's cache.
    Alien,
}

/// What naming a library depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Platform {
    /// Linux and the BSDs.
    Elf,
    Darwin,
    Windows,
}

impl Platform {
    pub const HOST: Platform = if cfg!(windows) {
        Platform::Windows
    } else if cfg!(target_vendor = "apple") {
        Platform::Darwin
    } else {
        Platform::Elf
    };

    fn extension(self) -> &'static str {
        match self {
            Platform::Elf => ".so",
            Platform::Darwin => ".dylib",
            Platform::Windows => ".dll",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Platform::Elf | Platform::Darwin => "lib",
            Platform::Windows => "",
        }
    }

    fn is_path(self, name: &[u8]) -> bool {
        name.contains(&b'/') || self == Platform::Windows && name.contains(&b'\\')
    }
}

/// What to try for a name.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Plan {
    /// Texts for the loader, in this order.
    pub texts: Vec<Vec<u8>>,
    /// After them: the first library in the loader's cache whose name starts so.
    pub cached: Option<Vec<u8>>,
    /// None of the texts is the name itself, so the loader's words about them say little.
    pub searched: bool,
}

/// Applies the rules of an API to a name.
pub(super) fn plan(names: Names, name: &[u8], platform: Platform) -> Plan {
    match names {
        Names::Lune => lune(name, platform),
        Names::LuaJit => luajit(name, platform),
        Names::Alien => alien(name, platform),
    }
}

fn verbatim(name: &[u8]) -> Plan {
    Plan { texts: vec![name.to_vec()], cached: None, searched: false }
}

fn lune(name: &[u8], platform: Platform) -> Plan {
    let mut plan = verbatim(name);
    if !platform.is_path(name) {
        plan.texts.push(around(platform.prefix(), name, platform.extension()));
        plan.cached = cache_prefix(name, platform);
    }
    plan
}

fn luajit(name: &[u8], platform: Platform) -> Plan {
    if platform.is_path(name) {
        return verbatim(name);
    }
    let prefix = if name.starts_with(platform.prefix().as_bytes()) { "" } else { platform.prefix() };
    let extension = if name.contains(&b'.') { "" } else { platform.extension() };
    verbatim(&around(prefix, name, extension))
}

fn alien(name: &[u8], platform: Platform) -> Plan {
    let holds = |part: &str| name.windows(part.len()).any(|window| window == part.as_bytes());
    let complete = match platform {
        Platform::Elf => holds("/") || holds(".so"),
        Platform::Darwin => holds("/") || holds(".so") || holds(".dylib"),
        Platform::Windows => true,
    };
    if complete {
        return verbatim(name);
    }
    let mut texts = Vec::new();
    if platform == Platform::Darwin {
        texts.push(around("lib", name, ".dylib"));
        texts.push(around("./lib", name, ".dylib"));
        texts.push(around("", name, ".dylib"));
        texts.push([name, b".framework/", name].concat());
    }
    texts.push(around("lib", name, ".so"));
    texts.push(around("./lib", name, ".so"));
    Plan { texts, cached: cache_prefix(name, platform), searched: true }
}

fn cache_prefix(name: &[u8], platform: Platform) -> Option<Vec<u8>> {
    // Without a name the prefix would match whatever comes first.
    (platform == Platform::Elf && !name.is_empty()).then(|| around("lib", name, ".so"))
}

fn around(prefix: &str, name: &[u8], suffix: &str) -> Vec<u8> {
    [prefix.as_bytes(), name, suffix.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::Platform::{Darwin, Elf, Windows};
    use super::*;

    fn texts(names: Names, name: &str, platform: Platform) -> Vec<String> {
        let plan = plan(names, name.as_bytes(), platform);
        plan.texts.into_iter().map(|text| String::from_utf8(text).unwrap()).collect()
    }

    fn cached(names: Names, name: &str, platform: Platform) -> Option<String> {
        let plan = plan(names, name.as_bytes(), platform);
        plan.cached.map(|prefix| String::from_utf8(prefix).unwrap())
    }

    #[test]
    fn lune_tries_the_name_itself_first() {
        assert_eq!(texts(Names::Lune, "m", Elf), ["m", "libm.so"]);
        assert_eq!(cached(Names::Lune, "m", Elf).as_deref(), Some("libm.so"));
        assert_eq!(texts(Names::Lune, "m", Darwin), ["m", "libm.dylib"]);
        assert_eq!(cached(Names::Lune, "m", Darwin), None);
        assert_eq!(texts(Names::Lune, "zlib1", Windows), ["zlib1", "zlib1.dll"]);
        assert!(!plan(Names::Lune, b"m", Elf).searched);
    }

    #[test]
    fn lune_decorates_no_path() {
        for name in ["./m", "/usr/lib/m", "a/b"] {
            assert_eq!(texts(Names::Lune, name, Elf), [name]);
            assert_eq!(cached(Names::Lune, name, Elf), None);
        }
        assert_eq!(texts(Names::Lune, "a\\b", Windows), ["a\\b"]);
        assert_eq!(texts(Names::Lune, "a\\b", Elf), ["a\\b", "liba\\b.so"]);
    }

    #[test]
    fn luajit_adds_what_is_missing() {
        assert_eq!(texts(Names::LuaJit, "z", Elf), ["libz.so"]);
        assert_eq!(texts(Names::LuaJit, "libz", Elf), ["libz.so"]);
        assert_eq!(texts(Names::LuaJit, "z.so.1", Elf), ["libz.so.1"]);
        assert_eq!(texts(Names::LuaJit, "libz.so.1", Elf), ["libz.so.1"]);
        assert_eq!(texts(Names::LuaJit, "./z", Elf), ["./z"]);
        assert_eq!(texts(Names::LuaJit, "z", Darwin), ["libz.dylib"]);
        assert_eq!(texts(Names::LuaJit, "user32", Windows), ["user32.dll"]);
        assert_eq!(texts(Names::LuaJit, "c:\\x\\y", Windows), ["c:\\x\\y"]);
        assert_eq!(cached(Names::LuaJit, "z", Elf), None);
    }

    #[test]
    fn alien_leaves_complete_names_alone() {
        for name in ["./z", "libz.so.1", "libz.so", "a.sox"] {
            assert_eq!(texts(Names::Alien, name, Elf), [name]);
            assert!(!plan(Names::Alien, name.as_bytes(), Elf).searched);
        }
        assert_eq!(texts(Names::Alien, "libz.dylib", Darwin), ["libz.dylib"]);
        assert_eq!(texts(Names::Alien, "msvcrt", Windows), ["msvcrt"]);
    }

    #[test]
    fn alien_searches_for_bare_names() {
        assert_eq!(texts(Names::Alien, "z", Elf), ["libz.so", "./libz.so"]);
        assert_eq!(cached(Names::Alien, "z", Elf).as_deref(), Some("libz.so"));
        assert!(plan(Names::Alien, b"z", Elf).searched);
        assert_eq!(
            texts(Names::Alien, "z", Darwin),
            ["libz.dylib", "./libz.dylib", "z.dylib", "z.framework/z", "libz.so", "./libz.so"]
        );
        assert_eq!(cached(Names::Alien, "z", Darwin), None);
    }

    #[test]
    fn the_empty_name_never_searches_the_cache() {
        assert_eq!(cached(Names::Lune, "", Elf), None);
        assert_eq!(cached(Names::Alien, "", Elf), None);
    }

    #[test]
    fn names_are_bytes() {
        let plan = plan(Names::Alien, b"\xff", Elf);
        assert_eq!(plan.texts, [b"lib\xff.so".to_vec(), b"./lib\xff.so".to_vec()]);
    }
}
