//! The names that the translation knows: what of them a target lacks or does otherwise, and what their
//! calls can give.

use super::Target::{self, Lua51, Lua52, Lua53, Lua54, LuaJit};
use super::scope::{Sym, VarId};
use std::collections::HashMap;

/// What calling a name gives, or reading a field of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gives {
    /// Nil, booleans, small integers, strings.
    Plain,
    /// Numbers without a fraction.
    Whole,
    /// Any numbers.
    Number,
    /// Those, and objects of Lua's own.
    Object,
    Any,
}

impl Gives {
    pub fn sym(self) -> Sym {
        match self {
            Gives::Plain => Sym::PLAIN,
            Gives::Whole => Sym::NUMBER,
            Gives::Number => Sym::FRACTION,
            Gives::Object => Sym::OBJECT,
            Gives::Any => Sym::ANY,
        }
    }
}

/// A known name: a global, a field of a known table, or a module.
#[derive(Debug)]
pub struct LibraryName {
    /// The table that the name is a field of; empty for a global.
    pub table: &'static str,
    pub name: &'static str,
    /// The targets on which the translation puts its own in the name's place.
    pub own: &'static [Target],
    /// What calls of it give.
    pub call: Gives,
    /// What its fields are; `None` when it is no table with known fields.
    pub fields: Option<Gives>,
}

const ALL: &[Target] = &[Lua51, Lua52, Lua53, Lua54, LuaJit];
const STOCK: &[Target] = &[Lua51, Lua52, Lua53, Lua54];
const LATER: &[Target] = &[Lua52, Lua53, Lua54];
const OLD: &[Target] = &[Lua51, Lua52];
const STRICT: &[Target] = &[Lua53, Lua54];
const FIRST: &[Target] = &[Lua51];
const NONE: &[Target] = &[];

use Gives::{Any, Number, Object, Plain, Whole};

const fn global(name: &'static str, own: &'static [Target], call: Gives) -> LibraryName {
    LibraryName { table: "", name, own, call, fields: None }
}

const fn table(name: &'static str, own: &'static [Target], fields: Gives) -> LibraryName {
    LibraryName { table: "", name, own, call: Any, fields: Some(fields) }
}

const fn field(table: &'static str, name: &'static str, own: &'static [Target], call: Gives) -> LibraryName {
    LibraryName { table, name, own, call, fields: None }
}

/// The module that `require "ffi"` gives, which has no global name.
pub const FFI: VarId = 0;
/// `bit`
pub const BIT: VarId = 1;
pub const REQUIRE: VarId = 2;
pub const TYPE: VarId = 3;
pub const TONUMBER: VarId = 4;
pub const PAIRS: VarId = 5;
pub const IPAIRS: VarId = 6;
pub const TOSTRING: VarId = 7;
pub const SELECT: VarId = 8;
pub const ARG: VarId = 9;
pub const PRINT: VarId = 10;
pub const SETMETATABLE: VarId = 11;
pub const RAWGET: VarId = 12;

/// All of them; a name's number is its place.
pub const KNOWN: &[LibraryName] = &[
    LibraryName { table: "(module)", name: "ffi", own: NONE, call: Any, fields: Some(Any) },
    table("bit", ALL, Any),
    global("require", ALL, Any),
    global("type", ALL, Plain),
    global("tonumber", ALL, Number),
    global("pairs", ALL, Any),
    global("ipairs", ALL, Any),
    global("tostring", STRICT, Plain),
    global("select", NONE, Any),
    global("arg", NONE, Any),
    global("print", STRICT, Plain),
    global("setmetatable", LATER, Any),
    global("rawget", STOCK, Any),
    // Its fields are the globals.
    table("_G", NONE, Any),
    // Globals of Lua 5.1 that went away, or that compile source.
    global("unpack", LATER, Any),
    global("loadstring", ALL, Object),
    global("load", ALL, Object),
    global("loadfile", ALL, Object),
    global("dofile", ALL, Any),
    global("setfenv", LATER, Any),
    global("getfenv", LATER, Object),
    global("module", LATER, Any),
    global("newproxy", LATER, Object),
    global("gcinfo", LATER, Number),
    global("_VERSION", LATER, Plain),
    global("xpcall", FIRST, Any),
    global("pcall", FIRST, Any),
    table("jit", STOCK, Plain),
    // What is the same everywhere.
    global("rawequal", NONE, Plain),
    global("rawlen", NONE, Plain),
    global("collectgarbage", NONE, Number),
    table("math", NONE, Number),
    table("string", NONE, Plain),
    table("os", NONE, Plain),
    table("io", NONE, Object),
    table("table", NONE, Any),
    table("coroutine", NONE, Any),
    table("debug", NONE, Any),
    table("package", NONE, Any),
    // Fields that came or went, or do otherwise.
    field("math", "floor", NONE, Whole),
    field("math", "ceil", NONE, Whole),
    field("math", "random", STOCK, Number),
    field("math", "randomseed", STOCK, Plain),
    field("math", "pow", LATER, Number),
    field("math", "ldexp", LATER, Number),
    field("math", "frexp", LATER, Number),
    field("math", "log10", LATER, Number),
    field("math", "cosh", LATER, Number),
    field("math", "sinh", LATER, Number),
    field("math", "tanh", LATER, Number),
    field("math", "log", FIRST, Number),
    field("string", "gmatch", STRICT, Object),
    field("string", "gsub", STRICT, Plain),
    field("string", "rep", FIRST, Plain),
    field("string", "format", ALL, Plain),
    field("string", "sub", NONE, Plain),
    field("string", "byte", NONE, Plain),
    field("string", "char", NONE, Plain),
    field("table", "insert", NONE, Plain),
    field("table", "remove", NONE, Any),
    field("table", "concat", STRICT, Plain),
    field("table", "getn", LATER, Plain),
    field("table", "maxn", LATER, Plain),
    field("table", "foreach", LATER, Any),
    field("table", "foreachi", LATER, Any),
    field("table", "move", OLD, Any),
    field("table", "new", STOCK, Object),
    field("table", "clear", STOCK, Plain),
    field("io", "write", STRICT, Object),
    field("os", "clock", NONE, Number),
    field("os", "difftime", NONE, Number),
    field("os", "execute", LATER, Plain),
    field("os", "exit", FIRST, Plain),
    field("coroutine", "create", FIRST, Object),
    field("coroutine", "wrap", FIRST, Object),
    field("coroutine", "running", STOCK, Object),
    field("coroutine", "isyieldable", OLD, Plain),
    field("debug", "getinfo", FIRST, Object),
    field("debug", "getfenv", LATER, Object),
    field("debug", "setmetatable", LATER, Any),
    field("debug", "setfenv", LATER, Any),
    field("package", "loaders", LATER, Object),
    field("package", "searchpath", FIRST, Plain),
    field("package", "seeall", LATER, Plain),
    field("(module)", "string", NONE, Plain),
    field("(module)", "sizeof", NONE, Plain),
    field("(module)", "alignof", NONE, Plain),
    field("(module)", "offsetof", NONE, Plain),
    field("(module)", "istype", NONE, Plain),
    field("(module)", "errno", NONE, Plain),
    field("(module)", "abi", NONE, Plain),
    field("(module)", "tonumber", NONE, Number),
    field("(module)", "type", NONE, Plain),
    field("(module)", "isnull", NONE, Plain),
    field("(module)", "eq", NONE, Plain),
    field("bit", "tohex", NONE, Plain),
    field("bit", "tobit", NONE, Plain),
];

/// Modules that `require` gives to LuaJIT programs and that are lunaffi's own here, and the known
/// name of each.
pub const MODULES: &[(&str, Option<VarId>)] = &[
    ("ffi", Some(FFI)),
    ("bit", Some(BIT)),
    ("jit", None),
    ("jit.opt", None),
    ("string.buffer", None),
    ("jit.util", None),
    ("jit.profile", None),
    ("table.new", None),
    ("table.clear", None),
];

/// Fields of libraries that are numbers or strings.
pub fn is_plain_value(name: &[u8]) -> bool {
    matches!(name, b"pi" | b"huge" | b"os" | b"arch" | b"version" | b"version_num")
}

/// Methods of strings that give nothing but numbers and strings.
pub fn is_string_method(name: &[u8]) -> bool {
    matches!(
        name,
        b"byte"
            | b"find"
            | b"format"
            | b"gsub"
            | b"len"
            | b"lower"
            | b"match"
            | b"rep"
            | b"reverse"
            | b"sub"
            | b"upper"
    )
}

/// Functions that want whole numbers, and methods of strings that do: Luas with integers refuse others.
pub fn wants_whole(known: &LibraryName) -> bool {
    match known.table {
        "" => matches!(known.name, "select" | "unpack"),
        "string" => is_whole_method(known.name.as_bytes()) || known.name == "char",
        "table" => matches!(known.name, "insert" | "remove"),
        _ => false,
    }
}

pub fn is_whole_method(name: &[u8]) -> bool {
    matches!(name, b"rep" | b"sub" | b"byte")
}

/// Known names by the table they are in (empty for globals) and their text.
pub type Index = HashMap<&'static str, HashMap<&'static [u8], VarId>>;

pub fn index() -> Index {
    let mut index = Index::new();
    for (number, known) in (0..).zip(KNOWN) {
        index.entry(known.table).or_default().insert(known.name.as_bytes(), number);
    }
    index
}

impl LibraryName {
    /// The table whose fields this one's fields are, in the index.
    pub fn space(&self) -> &'static str {
        match self.name {
            "_G" => "",
            "ffi" => "(module)",
            name => name,
        }
    }

    /// What stands for it differs only in that it takes cdata, or translates what it loads.
    pub fn knows_cdata(&self) -> bool {
        const NAMES: &[&str] = &["require", "type", "tonumber", "pairs", "ipairs", "load", "loadfile", "dofile"];
        self.table.is_empty() && NAMES.contains(&self.name)
    }

    /// The helper that stands for the name.
    pub fn helper(&self) -> String {
        if self.table.is_empty() { self.name.to_owned() } else { format!("{}_{}", self.table, self.name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_names() {
        let named = [
            (FFI, "ffi"),
            (BIT, "bit"),
            (REQUIRE, "require"),
            (TYPE, "type"),
            (TONUMBER, "tonumber"),
            (PAIRS, "pairs"),
            (IPAIRS, "ipairs"),
            (TOSTRING, "tostring"),
            (SELECT, "select"),
            (ARG, "arg"),
            (PRINT, "print"),
            (SETMETATABLE, "setmetatable"),
            (RAWGET, "rawget"),
        ];
        for (number, name) in named {
            assert_eq!(KNOWN[number as usize].name, name);
        }
        let index = index();
        assert_eq!(index.values().map(HashMap::len).sum::<usize>(), KNOWN.len());
        let helper = |table, name: &str| index[table].get(name.as_bytes()).map(|&at| KNOWN[at as usize].helper());
        assert_eq!(helper("", "unpack").as_deref(), Some("unpack"));
        assert_eq!(helper("math", "pow").as_deref(), Some("math_pow"));
        assert_eq!(helper("", "pow"), None);
    }
}
