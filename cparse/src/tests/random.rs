//! Texts that nobody wrote: pieces of declarations, cut, doubled, swapped and mixed with tokens and
//! bytes of any kind. Whatever comes, there is an answer, soon, and a text that fails leaves nothing.

use super::*;
use std::time::{Duration, Instant};

/// Where mutations begin.
const CORPUS: &[&str] = &[
    "typedef unsigned long int size_t; struct point { int x, y; }; extern int f(struct point *, size_t n, ...);",
    "struct s { int a : 3; unsigned : 0; long b : 40; union { int i; float f; }; char flexible[]; };",
    "enum e { A, B = 1 << 4, C = sizeof(struct { int x; }), D = A ? B : -C }; enum e f(enum e);",
    "void (*signal(int sig, void (*func)(int)))(int); int (*(*table[3])(void))[4]; char *const *volatile p;",
    "static inline int g(int x) { return x ? g(x - 1) : '}'; } int old(a, b) int a; char b; { }",
    "#pragma pack(push, 1)\nstruct __attribute__((packed, aligned(4))) q { char c; double d __attribute__((aligned(16))); };\n#pragma pack(pop)",
    "static const long long K = 1LL << 40; static const char T[] = \"a\\x41\" \"b\"; static const double F = 0x1.8p3;",
    "_Static_assert(sizeof(int) == 4, \"x\"); extern \"C\" { int c; } int v asm(\"sym\"); __typeof__(v) *w;",
    "#define N 4\n# 12 \"file.h\"\nint arr[N][2], brr[sizeof arr / sizeof *arr], crr[__builtin_offsetof(struct { int a, b; }, b)];",
    "typedef int v4 __attribute__((vector_size(16))); typedef float m __attribute__((mode(DF))); _Complex float cf; __int128 big;",
    "struct a; typedef struct a a; struct a { a *next; struct { a *x; }; enum { IN = 3 }; static const int Q = 9; int z[Q]; };",
    "int h(int n, int m[n], int o[static 3], int p[restrict], const char *fmt, int (*cb)(void *), struct a by_value);",
    "typedef struct { int i; } t; struct u { t; struct a *p; int last[?]; }; int & r; t (&rr)[4]; _Alignas(32) int al;",
    "[[gnu::aligned(8), nodiscard]] int c23 [[x(1)]]; constexpr int KX = 1'000; thread_local int tl; _Pragma(\"pack(2)\") struct pr { char c; int i; };",
    "#define SUM 1 + 2\n#define SUM2 SUM * 2\nint sums[SUM], more[SUM + SUM2];\n#undef SUM\nenum { SUM = 3,\n#define SUM SUM\n};",
];

const TOKENS: &[&str] = &[
    "int",
    "unsigned",
    "long",
    "char",
    "void",
    "const",
    "struct",
    "union",
    "enum",
    "typedef",
    "static",
    "extern",
    "sizeof",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "*",
    "&",
    ";",
    ",",
    ":",
    "?",
    "=",
    "...",
    "->",
    ".",
    "+",
    "-",
    "/",
    "%",
    "<<",
    ">>",
    "<",
    "==",
    "&&",
    "||",
    "!",
    "~",
    "0",
    "1",
    "2147483647",
    "0xffffffffffffffff",
    "1.5",
    "'a'",
    "\"s\"",
    "$",
    "x",
    "y",
    "struct s",
    "A",
    "K",
    "size_t",
    "bool",
    "complex",
    "double",
    "__attribute__((packed))",
    "__attribute__((aligned(8)))",
    "__attribute__((vector_size(8)))",
    "asm(\"x\")",
    "typeof(",
    "_Static_assert(",
    "__builtin_offsetof(",
    "#pragma pack(1)\n",
    "#pragma pack(push)\n",
    "#define X ",
    "#",
    "\n",
    "\\\n",
    "/*",
    "*/",
    "//",
    "@",
    "\u{e4}",
    "'",
    "\"",
    "_Alignas(",
    "__int128",
    ":3",
    "[0]",
    "[]",
    "[?]",
    "({",
    "})",
    "_Generic(",
    "_Atomic(",
    "extern \"C\" {",
    "inline",
    "alignof(int)",
    "[[",
    "]]",
    "constexpr",
    "1'0",
    "true",
    "_BitInt(3)",
    "_Pragma(\"pack(1)\")",
    "\n#undef X\n",
    "\n#define A 1 + 1\n",
    "_Float32",
];

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n.max(1)
    }
}

/// A text made of the corpus.
fn text(random: &mut Random) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..1 + random.below(3) {
        text.extend_from_slice(CORPUS[random.below(CORPUS.len())].as_bytes());
        text.push(b'\n');
    }
    if random.below(20) == 0 {
        text.clear();
        for _ in 0..random.below(60) {
            text.extend_from_slice(TOKENS[random.below(TOKENS.len())].as_bytes());
            text.push(b' ');
        }
    }
    for _ in 0..random.below(6) {
        let at = random.below(text.len());
        let length = random.below(12.min(text.len() - at) + 1);
        match random.below(7) {
            0 => drop(text.drain(at..at + length)),
            1 => {
                let piece = text[at..at + length].to_vec();
                let to = random.below(text.len());
                text.splice(to..to, piece);
            }
            2 | 3 => {
                let token = TOKENS[random.below(TOKENS.len())].as_bytes();
                text.splice(at..at, [b" ", token, b" "].concat());
            }
            4 if !text.is_empty() => text[at] = random.below(256) as u8,
            5 if random.below(8) == 0 => text.truncate(at),
            6 if random.below(8) == 0 => {
                // Deep, or long.
                let token = TOKENS[random.below(TOKENS.len())].as_bytes().repeat(random.below(2000));
                text.splice(at..at, token);
            }
            _ => {}
        }
    }
    text
}

/// Declares random texts in states that live for a while, until the time is over or the count reached.
fn run(seed: u64, count: usize, limit: Duration) -> (usize, usize) {
    let mut random = Random(seed);
    let begin = Instant::now();
    let (mut texts, mut declared) = (0, 0);
    while texts < count && begin.elapsed() < limit {
        let types = TypeTable::new();
        let names = Declarations::new(&types);
        for _ in 0..3 {
            let text = text(&mut random);
            let show = || String::from_utf8_lossy(&text).into_owned();
            let params = [Param::Type(TypeId::VOID_POINTER), Param::Name("named".into()), Param::Number(3)];
            let params = &params[..if random.below(10) == 0 { random.below(4) } else { 0 }];
            let before = (names.all().len(), names.tags().len());
            let start = Instant::now();
            let result = if random.below(10) == 0 {
                type_name(&types, &names, &text, params).map(|ty| types.c_name(ty).to_string().len())
            } else {
                declare(&types, &names, &text, params).map(|names| names.len())
            };
            if result.is_ok() && random.below(3) == 0 {
                // What it says may be said already.
                let _ = declare(&types, &names, &text, params);
            }
            assert!(start.elapsed() < Duration::from_secs(20), "too slow: {}", show());
            match result {
                Ok(_) => declared += 1,
                Err(e) => {
                    assert_eq!(before, (names.all().len(), names.tags().len()), "left: {}", show());
                    assert!(!e.message.is_empty() && e.column > 0, "{e:?}: {}", show());
                }
            }
            texts += 1;
        }
        // All types can be asked for everything.
        for (_, ty) in names.tags() {
            let _ = (types.c_name(ty).to_string(), types.size_of(ty), types.align_of(ty), types.depth(ty));
        }
    }
    (texts, declared)
}

#[test]
fn random_texts_are_answered() {
    let (texts, declared) = run(0x9e37_79b9_7f4a_7c15, 6000, Duration::from_secs(60));
    // Many texts remain valid: what is tried is near to what is right.
    assert!(declared > texts / 20, "{declared} of {texts}");
}

/// `LUNAFFI_SECONDS=600 cargo test --release -p lunaffi-cparse random -- --ignored`
#[test]
#[ignore = "takes as long as one likes"]
fn random_texts_for_long() {
    let number = |name: &str, default| std::env::var(name).ok().and_then(|s| s.parse().ok()).unwrap_or(default);
    let (texts, declared) =
        run(number("LUNAFFI_SEED", 1), usize::MAX, Duration::from_secs(number("LUNAFFI_SECONDS", 60)));
    println!("random texts: {texts}, of which {declared} were declared");
}

#[test]
fn nesting_has_a_limit_and_length_has_none() {
    // As little stack as a thread of a host may have, with what a build without optimisation takes.
    let within = |text: String| {
        let run = move || State::new().error(&text);
        let stack = if cfg!(debug_assertions) { 2 << 20 } else { 384 << 10 };
        std::thread::Builder::new().stack_size(stack).spawn(run).unwrap().join().unwrap()
    };
    let n = 20_000;
    let levels = "chunk has too many syntax levels";
    for text in [
        format!("int x[{}1{}];", "(".repeat(n), ")".repeat(n)),
        format!("int x[{}1];", "-".repeat(n)),
        format!("int x[{}1];", "1 ? 1 : ".repeat(n)),
        format!("int x[{}1];", "sizeof ".repeat(n)),
        format!("int x[{}1];", "(int)".repeat(n)),
        format!("int {}x{};", "(".repeat(n), ")".repeat(n)),
        format!("int {}x;", "*".repeat(n)),
        format!("int x{};", "[1]".repeat(n)),
        format!("int f({}int{};", "int (*)(".repeat(n), ")".repeat(n)),
        format!("{}int x;{};", "struct {".repeat(n), "}".repeat(n)),
        format!("{}int{} x;", "typeof(".repeat(n), ")".repeat(n)),
        format!("{}int{} x;", "_Atomic(".repeat(n), ")".repeat(n)),
        format!("int x[{}1{}];", "sizeof(struct {int x[".repeat(n), "];})".repeat(n)),
        format!(
            "int x __attribute__((aligned({}1{})));",
            "sizeof(int __attribute__((aligned(".repeat(n),
            "))))".repeat(n)
        ),
        (0..n).fold(String::from("typedef int T0[1];"), |text, i| text + &format!("typedef T{i} T{}[1];", i + 1)),
        (0..n).fold(String::from("struct S0 { int x; };"), |text, i| {
            text + &format!("struct S{} {{ struct S{i} y; }};", i + 1)
        }),
        (0..n).fold(String::from("typedef struct { int x; } T0;"), |text, i| {
            text + &format!("typedef struct {{ T{i}; }} T{};", i + 1)
        }),
    ] {
        let error = within(text.clone());
        assert!(error.starts_with(levels), "{error}: {}", &text[..60]);
    }
    // What looks like one directive in another is none.
    for directive in
        ["#define X", "#define X ", "#undef X", "#", "# ", "#pragma pack(", "#pragma pack(1", "#line ", "#1 "]
    {
        within(directive.repeat(n));
        within(format!("{}\n", directive.repeat(n)));
    }
    for text in [
        format!("int x[{}1];", "1 + ".repeat(n)),
        format!("int {}x;", "y, ".repeat(n).replace("y, ", "").to_owned() + "y, "),
        format!("int x = {}1{};", "(".repeat(n), ")".repeat(n)),
        format!("void f(void) {{ {}{} }}", "{".repeat(n), "}".repeat(n)),
        format!("int f({}int);", "int, ".repeat(n)),
        format!("struct s {{ {} }};", "int : 3; ".repeat(n)),
        "__extension__ ".repeat(n) + "int x;",
        "const ".repeat(n) + "int x;",
        (0..n).fold(String::from("typedef int T0;"), |text, i| text + &format!("typedef T{i} *T{};", i + 1)),
    ] {
        let found = within(text.clone());
        assert!(found.starts_with("declared"), "{found}: {}", &text[..60]);
    }
}

#[test]
fn what_is_declared_again_may_be_deep() {
    let stack = if cfg!(debug_assertions) { 2 << 20 } else { 384 << 10 };
    let run = || {
        let records = (0..MAX_DEPTH - 10).fold(String::from("int x;"), |text, _| format!("struct {{ {text} }} y;"));
        let pointers = format!("int (*f)({}int{});", "int (*)(".repeat(60), ")".repeat(60));
        let text = format!("struct deep {{ {records} {pointers} }};");
        let state = State::of(&text);
        assert!(state.declare(&text).is_empty());
        assert_eq!(state.error(&text.replace("int x", "char x")), "attempt to redefine 'deep'");
        // Deeper than any text alone, through functions and through pointers.
        for step in ["typedef void (*A)(B);", "typedef struct { B *p; } A;"] {
            let chain = |name: &str| {
                (0..8000).fold(format!("typedef struct {{ int x; }} {name}0;"), |text, i| {
                    text + &step.replace('A', &format!("{name}{}", i + 1)).replace('B', &format!("{name}{i}"))
                })
            };
            let state = State::of(&(chain("a") + &chain("b")));
            assert!(state.declare("struct s { a8000 x; };").is_empty());
            assert!(state.declare("struct s { a8000 x; };").is_empty());
            assert_eq!(state.error("struct s { b8000 x; };"), "attempt to redefine 's'");
        }
    };
    std::thread::Builder::new().stack_size(stack).spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_few_lines_cannot_ask_for_all_memory() {
    let doubled = (1..40).fold(String::from("typedef struct { int x; } T0;"), |text, i| {
        text + &format!("typedef struct {{ T{}; T{}; }} T{i};", i - 1, i - 1)
    });
    assert_eq!(State::new().error(&doubled), "size of C type is unknown or too large");
    let constants: String = (0..3000).map(|i| format!("E{i},")).collect();
    let many = format!("enum e {{ {constants} }}; struct s {{ {} }};", "enum e; ".repeat(3000));
    assert_eq!(State::new().error(&many), "size of C type is unknown or too large");
}
