//! The translation as a whole: what it writes, what it leaves alone, and that it survives anything.

use super::Target::{self, *};
use super::*;

const TARGETS: [Target; 5] = [Lua51, Lua52, Lua53, Lua54, LuaJit];

/// The output, whatever it is.
fn output(text: &str, target: Target) -> String {
    match translate(text.as_bytes(), target, Library::Target) {
        Ok(Output::Unchanged) => text.to_owned(),
        Ok(Output::Chunk(bytes) | Output::Maker(bytes)) => String::from_utf8(bytes).unwrap(),
        Err(error) => panic!("{target:?}: {error}: {text}"),
    }
}

fn unchanged(text: &str, targets: &[Target]) {
    for &target in targets {
        assert_eq!(output(text, target), text, "{target:?}");
    }
}

/// The output without what a maker has around it.
fn becomes(text: &str, targets: &[Target], expected: &str) {
    for &target in targets {
        let output = output(text, target);
        let inner = output.strip_prefix("local __ffi=... ");
        let inner = inner.map(|rest| rest.strip_prefix("local __ffia=__ffi.any ").unwrap_or(rest));
        let inner = inner.and_then(|rest| rest.strip_prefix("return function(...) "));
        let inner = inner.map_or(&*output, |rest| rest.strip_suffix(" end").unwrap());
        assert_eq!(inner, expected, "{target:?}");
    }
}

/// Without looking at blanks.
fn says(text: &str, targets: &[Target], expected: &str) {
    let squeezed = |text: &str| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        text.replace(" ,", ",").replace(", ", ",").replace("( ", "(")
    };
    for &target in targets {
        let output = output(text, target);
        let inner = output.split_once("return function(...) ").and_then(|(_, rest)| rest.strip_suffix(" end"));
        assert_eq!(squeezed(inner.unwrap_or(&output)), squeezed(expected), "{target:?}");
    }
}

fn fails(text: &str, line: u32, message: &str) {
    for target in TARGETS {
        let error = translate(text.as_bytes(), target, Library::Target).expect_err(text);
        assert_eq!((error.line, error.message.as_str()), (line, message), "{target:?}: {text}");
    }
}

#[test]
fn plain_code_stays_as_it_is() {
    for text in [
        "",
        "-- nothing",
        "--[[ nothing\n at all ]] --[==[ ]] ]==]",
        "local t = {} for i = 1, 10 do t[i] = i * i end",
        "local n = 0 for i = 1, 100 do n = n + i if n == 50 then n = 0 end if n >= 60 then break end end return n",
        "local function f(s) return type(s) == 'string' or 'nil' ~= type(s) end",
        "if 1 == 2 or 'a' ~= 'b' then print(#'x') end",
        "local s = tostring(5) if s == 'x' or s:sub(1, 2) == 'ab' or #s < 5 then return s .. 'y' end",
        "local floor = math.floor local x = floor(y / 2) if x == 0 and math.max(a, b) <= 3 then end",
        "repeat local x = os.time() until x == 0 or x ~= 1",
        "local a, b = 1 local c = b == nil and a ~= 2 return select('#', ...) == 0",
        "local obj = setmetatable({}, { __index = function(t, k) return k end }) return obj.x[1].y:z 'w' { 1; 2 }",
        "function a.b.c:d(e, ...) return e, ... end",
        "local x = not a == true",
        "return tonumber('12'), tonumber('7f', 16), pairs({}), ipairs { 1 }",
        "local t = {} for k, v in pairs(t) do end local n = tonumber(tostring(12))",
        "x = 'a\\65\\n\\'\\\n' y = [==[ ]] ]==] -- [[ x",
        "return 1, 3., .5, 1e5, 0xff, 0xA5",
        "local f = function() end return (f)",
        "return require 'lfs', require('socket.core')",
        "local pi = math.pi * 2 return pi == 6 or pi > 3",
        "while i do local n = #'abc' + 1 if n <= 2 then return end end",
        "return x.type, x.unpack, x:type(), { type = 1, unpack = 2 }",
        "local unpack, type = f() return unpack(type)",
    ] {
        unchanged(text, &TARGETS);
    }
    // A `__tostring` of Lua's own kind.
    unchanged("local s = tostring(f()) if s == 'x' then return s end", &[Lua51, Lua52, LuaJit]);
    // Any operand of an order finds its metamethod.
    unchanged("local x = a < b or c >= d", &[Lua52, Lua53, Lua54]);
    unchanged("return table.getn(t), unpack(t), setfenv(1, t), math.pow(1, 2)", &[Lua51, LuaJit]);
    unchanged("function type() end unpack = nil return type(x), unpack(x)", &TARGETS);
    unchanged("table.getn = 1 function math.pow() end return table.getn, math.pow(1, 2)", &TARGETS);
}

#[test]
fn comparisons_of_what_may_be_cdata_get_help() {
    becomes(
        "local a, b = ... return a == b",
        &TARGETS,
        "local a, b = ... return (a == b or (__ffia==a or __ffia==b) and __ffi.mixed_eq(a,b))",
    );
    becomes(
        "local a, b = ... return a ~= b",
        &TARGETS,
        "local a, b = ... return (a ~= b and (__ffia~=a and __ffia~=b or __ffi.mixed_ne(a,b)))",
    );
    becomes(
        "local a = ... return a == nil, -5 ~= a",
        &TARGETS,
        "local a = ... return (a == nil or __ffia==a and __ffi.eq(a,nil)), \
         (-5 ~= a and (__ffia~=a or __ffi.ne(a,-5)))",
    );
    becomes("x = f(x)==nil", &TARGETS, "x =  __ffi.equal(f(x),nil)");
    becomes("x ='x'==y.z", &TARGETS, "x = __ffi.eq_to('x',y.z)");
    becomes(
        "return 1, nil ~= y.z, 5LL == z",
        &[Lua54],
        "local __ffi=... local __ffik={__ffi.i64\"5\"} return function(...) \
         return 1,  __ffi.ne_to(nil , y.z),  __ffi.eq_to( __ffik[1] , z) end",
    );
    becomes("x = a\n == -- b\n b", &TARGETS, "x =  __ffi.equal(a\n , -- b\n b)");
    becomes("return a == b == c", &TARGETS, "return (__ffi.equal( __ffi.equal(a , b) , c))");
    let mixed = "((__ffia==a)==(__ffia==b) and a < b or (__ffia==a)~=(__ffia==b) and __ffi.lt(a,b))";
    becomes("local a, b = ... return a < b", &[Lua51, LuaJit], &format!("local a, b = ... return {mixed}"));
    becomes(
        "local a = ... return a >= 1",
        &[Lua51, LuaJit],
        "local a = ... return (__ffia~=a and a >= 1 or __ffia==a and __ffi.ge(a,1))",
    );
    becomes("x = a.b > c, a.b <= c", &[Lua51, LuaJit], "x =  __ffi.gt(a.b , c),  __ffi.le(a.b , c)");
}

#[test]
fn operands_at_the_head_of_a_statement_are_put_into_variables() {
    let alone = "(__ffil == 1 or __ffia==__ffil and __ffi.eq(__ffil,1))";
    says("if t[i] == 1 then f() end g()", &TARGETS, &format!("do local __ffil= t[i] if {alone} then f() end end g()"));
    says(
        "if ((t[i] == 1) or x) then f() end",
        &TARGETS,
        &format!("do local __ffil= t[i] if (({alone}) or x) then f() end end"),
    );
    says(
        "if x then f() elseif t[i] == 1 then g() elseif t.x == 1 then else h() end",
        &TARGETS,
        &format!(
            "if x then f() else local __ffil= t[i] if {alone} then g() else local __ffil= t.x if {alone} \
             then else h() end end end"
        ),
    );
    says(
        "while t[i] == 1 and x do f() end",
        &TARGETS,
        &format!("while true do local __ffil= t[i] if not({alone} and x ) then break end f() end"),
    );
    says("return t[i] == 1", &TARGETS, &format!("local __ffil= t[i] return {alone}"));
    says(
        "if a.b == c.d and e then f() end",
        &TARGETS,
        "do local __ffil,__ffir= a.b , c.d if (__ffil==__ffir or (__ffia==__ffil or __ffia==__ffir) and \
         __ffi.mixed_eq(__ffil,__ffir)) and e then f() end end",
    );
    // One that is evaluated only perhaps, and two that begin the same condition.
    says("if a and t[i] == 1 then f() end", &TARGETS, "if a and __ffi.equal(t[i] , 1) then f() end");
    says("if a.b == c == d then f() end", &TARGETS, "if __ffi.equal( __ffi.equal(a.b , c) , d) then f() end");
    let deep = "if t.x == 1 then ".repeat(150) + &" end".repeat(150);
    let output = output(&deep, Lua54);
    assert!(output.contains("do local __ffil=") && output.contains("__ffi.equal(t.x , 1)"));
}

#[test]
fn metamethods_of_equality_are_shared_or_not_asked() {
    const STRICT: &[Target] = &[Lua53, Lua54];
    becomes(
        "m.__eq = f x = a.b == c, a.b ~= c",
        STRICT,
        "m.__eq = f x =  __ffi.old_eq(a.b , c),  __ffi.old_ne(a.b , c)",
    );
    becomes("m.__eq = f x = a.b == 1", STRICT, "m.__eq = f x =  __ffi.equal(a.b , 1)");
    becomes("m.__eq = f x = a.b == c", &[Lua51, Lua52, LuaJit], "m.__eq = f x =  __ffi.equal(a.b , c)");
}

#[test]
fn tables_have_the_length_that_they_have() {
    says("m.__len = f return #t, #'x'", &[Lua52, Lua53, Lua54], "m.__len = f return __ffi.len(t), #'x'");
    unchanged("m.__len = f return #t", &[Lua51, LuaJit]);
}

#[test]
fn variables_are_followed() {
    // What is assigned later counts for what is compared before.
    let text = "local n = 0 local function f() return n == 1 end n = g()";
    assert!(output(text, Lua54).contains("__ffi.eq(n,1)"));
    unchanged("local n = 0 local function f() return n == 1 end n = #'x' + 2", &TARGETS);
    unchanged("local a, b, c = 1, 2 a = b b = c c = a return a == b, c == a", &TARGETS);
    assert!(output("local a, b = 1, 2 a = b b = f() return a == 1", Lua54).contains("__ffi.eq(a,1)"));
    // The inner variable is another one.
    unchanged("local a = 1 do local a = f() end return a == 1", &TARGETS);
    // Tables have metamethods, which may give cdata.
    assert!(output("local t = {} local x = t + 1 return x == 1", Lua54).contains("__ffi.eq(x,1)"));
    assert!(output("local t = {} local x = #t return x == 1", Lua54).contains("__ffi.eq(x,1)"));
    // A library that is not what it was.
    assert!(output("math = f() return math.floor(x) == 1", Lua54).contains("__ffi.eq("));
    assert!(output("local floor = math.floor floor = f() return floor(x) == 1", Lua54).contains("__ffi.eq("));
}

#[test]
fn the_ffi_module_is_known_by_its_require() {
    let text = "local ffi = require 'ffi' return ffi.string(x) == 'a', ffi.sizeof(y) ~= 4, ffi.os == 'Linux'";
    becomes(text, &TARGETS, &text.replace("require", "__ffi.require"));
    let text = "local ffi = require('ffi') x = ffi.C.f() == 1";
    becomes(text, &TARGETS, "local ffi = __ffi.require('ffi') x =  __ffi.equal(ffi.C.f() , 1)");
    becomes("local r = require local x = r 'x'", &TARGETS, "local r = __ffi.require local x = r 'x'");
    becomes("pcall(require, 'ffi')", &TARGETS[1..], "pcall(__ffi.require, 'ffi')");
    becomes("pcall(require, 'ffi')", &[Lua51], "__ffi.pcall(__ffi.require, 'ffi')");
    let text = "local bit = require 'bit' local x = bit.band(1, 2) return x == 1, bit.tohex(y) == '1'";
    becomes(text, &TARGETS, &text.replace("require", "__ffi.require"));
}

#[test]
fn literals_become_constants_of_the_chunk() {
    let text = "while true do x = 42LL + 0xffULL * -1LL ^ 2 - 2i, -1ULL, - -3LL, -1.5i end";
    assert_eq!(
        output(text, Lua54),
        "local __ffi=... local __ffik={__ffi.i64\"42\",__ffi.u64\"255\",__ffi.i64\"1\",__ffi.imaginary\"2e0\",\
         __ffi.u64\"18446744073709551615\",__ffi.i64\"3\",__ffi.imaginary\"-1.5e0\"} return function(...) \
         while true do x =  __ffik[1] +  __ffik[2] * - __ffik[3] ^ 2 -  __ffik[4],   __ffik[5],     __ffik[6],   __ffik[7] end end"
    );
    assert_eq!(
        output("local x = ... return x == 0x8000000000000000LL", Lua54),
        "local __ffi=... local __ffia=__ffi.any local __ffik={__ffi.i64\"-9223372036854775808\"} return function(...) \
         local x = ... return (x ==  __ffik[1] or (__ffia==x or __ffia==__ffik[1]) and __ffi.mixed_eq(x,__ffik[1])) end"
    );
}

#[test]
fn names_of_lua_5_1_are_asked_for() {
    becomes(
        "return unpack(t), math.pow(2, 3), table.getn(t), _G.loadstring",
        &[Lua52, Lua53, Lua54],
        "return __ffi.unpack(t), __ffi.math_pow(2, 3), __ffi.table_getn(t), __ffi.loadstring",
    );
    becomes("return _G.table.getn(t), _G.x.getn", &[Lua54], "return __ffi.table_getn(t), _G.x.getn");
    unchanged("_G = {} return _G.unpack(t), _G.table.getn(t), unpack(t)", &TARGETS);
    becomes("local m = math return m.pow(2, 3)", &[Lua54], "local m = math return __ffi.math_pow(2, 3)");
    unchanged("local m = math m = {} return m.pow(2, 3)", &TARGETS);
    becomes("return type(x) == 'cdata'", &TARGETS, "return __ffi.type(x) == 'cdata'");
    becomes("return type(x)", &TARGETS, "return __ffi.type(x)");
    becomes("for k in pairs(x) do end", &TARGETS, "for k in __ffi.pairs(x) do end");
    becomes("f(tonumber(x))", &TARGETS, "f(__ffi.tonumber(x))");
    becomes("f(tonumber(x, 10), tonumber(x, y))", &TARGETS, "f(__ffi.tonumber(x, 10), __ffi.tonumber(x, y))");
    unchanged("f(tonumber(x, 16), tonumber('7', 10), tonumber(#'ab', y))", &[Lua51, Lua52, LuaJit]);
    let strict = [Lua53, Lua54];
    becomes("f(tonumber(111, 2), tonumber('7', 16))", &strict, "f(__ffi.tonumber(111, 2), tonumber('7', 16))");
    unchanged("f(setmetatable({}, { __index = t, __len = f }))", &TARGETS);
    let later = [Lua52, Lua53, Lua54];
    becomes("setmetatable(t, { __gc = f })", &later, "__ffi.setmetatable(t, { __gc = f })");
    becomes("setmetatable(t, meta)", &later, "__ffi.setmetatable(t, meta)");
    unchanged("f(select(2, math.modf(x)))", &TARGETS);
    becomes("f(rawget(_G, 'jit'), rawget(t, k))", &[Lua51, Lua54], "f(__ffi.rawget(_G, 'jit'), rawget(t, k))");
    says("s:gsub('%w*', 'x')", &strict, "__ffi.gsub(s , '%w*', 'x')");
    unchanged("s:gsub('%w+', 'x')", &TARGETS);
    becomes("local type, n = type, 1", &TARGETS, "local type, n = __ffi.type, 1");
    becomes("return jit.os == 'Linux', bit.bor(1, 2)", &[Lua51], "return __ffi.jit.os == 'Linux', __ffi.bit.bor(1, 2)");
    becomes("return bit.bor(1, 2), jit.os", &[LuaJit], "return __ffi.bit.bor(1, 2), jit.os");
    // Where a variable of this name is in scope, globals may be anywhere; its letters elsewhere are nothing.
    let later = [Lua52, Lua53, Lua54];
    unchanged("local _ENV = {} return unpack(t), type(x)", &later);
    unchanged("function f(_ENV) return unpack(t) end for _ENV in g() do x = unpack(t) end", &later);
    unchanged("x = unpack(t) _ENV = {} y = unpack(t)", &later);
    becomes("f(function(_ENV) unpack(t) end, unpack(t))", &later, "f(function(_ENV) unpack(t) end, __ffi.unpack(t))");
    becomes("-- _ENV\nx = t._ENV, '_ENV', unpack(t)", &later, "-- _ENV\nx = t._ENV, '_ENV', __ffi.unpack(t)");
    becomes("return _ENV.x, unpack(t)", &later, "return _ENV.x, __ffi.unpack(t)");
    becomes("print(arg[0], type(x))", &[Lua51], "print(__ffi.globals.arg[0], __ffi.type(x))");
    becomes("f(type(x), function(...) return arg end)", &[Lua51], "f(__ffi.type(x), function(...) return arg end)");
    becomes("print(arg[0], type(x))", &[Lua52, LuaJit], "print(arg[0], __ffi.type(x))");
}

#[test]
fn jumps_become_loops_where_there_are_none() {
    says(
        "for i = 1, 3 do if i == 2 then goto continue end f(i) ::continue:: end",
        &[Lua51],
        "for i = 1, 3 do  repeat if i == 2 then do break end end f(i)  until true   end",
    );
    says(
        "while 1 do while 2 do goto out end end ::out:: f()",
        &[Lua51],
        " local __ffi_at  repeat while 1 do while 2 do do __ffi_at=1 break end end if __ffi_at then break end  end \
         if __ffi_at then __ffi_at=nil break end   until true   f()",
    );
    says(
        "::top:: f() if x then goto top end return",
        &[Lua51],
        " local __ffi_at  repeat __ffi_at=nil repeat  f() if x then do __ffi_at=1 break end end return until true until __ffi_at~=1 ",
    );
    // A break leaves the loop that it means, not the one that is put in.
    says(
        "while 1 do if x then break elseif y then goto l end ::l:: end",
        &[Lua51],
        "while 1 do  repeat if x then do __ffi_at=0 break end elseif y then do break end end  until true  \
         if __ffi_at then __ffi_at=nil break end   end"
            .replace("while 1", " local __ffi_at while 1")
            .as_str(),
    );
    // The condition knows the variables of the body.
    says(
        "repeat ::top:: local x = f() if x == 1 then goto top end until #x",
        &[Lua51],
        " local __ffi_at while true do  repeat __ffi_at=nil repeat  local x = f() \
         if __ffi.eq(x,1) then do __ffi_at=1 break end end  if  #x then __ffi_at=0 break end  \
         until true until __ffi_at~=1 if __ffi_at then __ffi_at=nil break end   end "
            .replace("__ffi.eq(x,1)", "(x == 1 or __ffia==x and __ffi.eq(x,1))")
            .as_str(),
    );
    // Labels without jumps are nothing, and a `;` behind one is none either.
    says("::a:: ; do ::\nb:: end", &[Lua51], "    do  \n end");
    for text in ["for i = 1, 3 do goto l ::l:: end", "::a:: do goto a end", "::a:: do ::b:: end"] {
        unchanged(text, &[Lua52, Lua53, Lua54, LuaJit]);
    }
    says("::a:: do ::a:: goto a end goto a", &[Lua54], "::a:: do ::__ffi_at1:: goto __ffi_at1 end goto a");
    unchanged("::a:: do ::a:: goto a end goto a", &[Lua52, Lua53, LuaJit]);
}

#[test]
fn jumps_that_lead_nowhere_are_refused() {
    for (text, line, message) in [
        ("\ngoto l", 2, "undefined label 'l'"),
        ("do ::l:: end goto l", 1, "undefined label 'l'"),
        ("::l:: f(function() goto l end)", 1, "undefined label 'l'"),
        ("goto l\nlocal x ::l:: f()", 1, "<goto l> jumps into the scope of local 'x'"),
        ("repeat goto l local x ::l:: until x", 1, "<goto l> jumps into the scope of local 'x'"),
        ("::l::\n::l::", 2, "duplicate label 'l'"),
    ] {
        for target in [Lua51, Lua52, Lua53, Lua54] {
            let error = translate(text.as_bytes(), target, Library::Target).expect_err(text);
            assert_eq!((error.line, error.message.as_str()), (line, message), "{target:?}: {text}");
        }
    }
    let error = translate(b"::l:: if x then break end goto l", Lua51, Library::Target).expect_err("a break");
    assert_eq!(error.message, "no loop to break");
}

#[test]
fn numbers_are_printed_as_luajit_prints_them() {
    const STRICT: &[Target] = &[Lua53, Lua54];
    says("return 'x' .. n / 2 .. 'y'", STRICT, "return 'x' ..  __ffi.s(n / 2) .. 'y'");
    says("print(x, 1)", STRICT, "__ffi.print(x, 1)");
    says("io.write(x) f:write(x, 'y')", STRICT, "__ffi.io_write(x)  __ffi.write(f , x, 'y')");
    says("return table.concat(t), tostring(1 / 2)", STRICT, "return __ffi.table_concat(t), __ffi.tostring(1 / 2)");
    for text in [
        "local n = 1 print(n, 'x', 5) io.write('a', #'b', 1 and 2) f:write('x', 3)",
        "local s = 'x' return 'a' .. 1 .. tostring(2) .. ('x'):rep(2) .. s:sub(1, 2) .. #s",
        "for i = 1, 3 do print('i' .. i) end",
        "return tostring(1), tostring('x')",
    ] {
        unchanged(text, &[Lua53, Lua54]);
    }
    for text in
        ["print(x) io.write(n / 2) f:write(x) return table.concat(t) .. 1 / 2", "return s:rep(n / 2), x * 1103515245"]
    {
        unchanged(text, &[Lua51, Lua52, LuaJit]);
    }
    // A variable counts as what it may be when it is printed.
    says("local a = 1 a = a / 2 return a .. ''", STRICT, "local a = 1 a = a / 2 return  __ffi.s(a) .. ''");
    says("for i = 1, 2, 0.5 do print(i) end", STRICT, "for i = 1, 2, 0.5 do __ffi.print(i) end");
}

#[test]
fn numbers_that_grow_become_floats() {
    const STRICT: &[Target] = &[Lua53, Lua54];
    says("local x = 1 for i = 1, 9 do x = x * 3 end", STRICT, "local x = 1 for i = 1, 9 do x = x * 3.0 end");
    says("local r = 1 for i = 2, n do r = r * i end", STRICT, "local r = 1.0 for i = 2, n do r = r * i end");
    says(
        "local a, b = 0, 1 while x do a, b = b, a + b end",
        STRICT,
        "local a, b = 0.0,1.0 while x do a, b = b, a + b end",
    );
    says(
        "local function f(n) if n then return 1 end return n * f(n - 1) end",
        STRICT,
        "local function f(n) if n then return 1.0 end return n * f(n - 1) end",
    );
    says("local t = { 1, 1 } t[n] = t[n - 1] + t[n - 2]", STRICT, "local t = { 1.0, 1.0 } t[n] = t[n - 1] + t[n - 2]");
    says("local function f(b) b = b * b end", STRICT, "local function f(b) b=__ffi.float(b) b = b * b end");
    says(
        "return 65536 * 65536 * 65536 * 65536, 64 * 1024",
        STRICT,
        "return 65536.0 * 65536 * 65536 * 65536, 64 * 1024",
    );
    says(
        "local a, b = 5, 0 return a % b, 7 % a, -0 .. ''",
        STRICT,
        "local a, b = 5, 0.0 return a % b, 7.0 % a,  __ffi.s(-0.0) .. ''",
    );
    says("return x % 0, -0, y * 0, z + 0", STRICT, "return x % 0.0, -0.0, y * 0.0, z + 0");
    for text in [
        "local n = 0 for i = 1, 9 do n = n + 1 end while n > 0 do n = n - 1 end return n",
        "local s = 0 for i = 1, 9 do s = s + i + t[i] end return s",
        "local function f(x, y) return x * 2 + y * w, (y - 1) * 320 + x end return f(1, 2), #t * 3",
        "local t = { n = 0, 1, 2 } t.n = t.n + 1 t[t.n] = t[2 * t.n] return { x = 1, y = t.n * 2 }",
        "local i = 1 while i <= n do local j = i * 2 t[j] = t[i] i = i + 1 end",
        "local function f(n) if n == 0 then return 0, 'none' end return f(n - 1) end return f(5)",
    ] {
        for target in STRICT {
            let output = output(text, *target);
            assert!(!output.contains(".0") && !output.contains(".float("), "{output}");
        }
    }
}

#[test]
fn places_have_no_fraction() {
    const STRICT: &[Target] = &[Lua53, Lua54];
    says("return s:rep((w - #s) / 2, 'x')", STRICT, "return s:rep( __ffi.int((w - #s) / 2), 'x')");
    says("local h = n / 2 t = s:sub(h + 1)", STRICT, "local h = n / 2 t = s:sub( __ffi.int(h + 1))");
    says("f(string.rep('x', math.sqrt(2)))", STRICT, "f(string.rep('x',  __ffi.int(math.sqrt(2))))");
    unchanged(
        "return s:rep(n), s:sub(i + 1, -i), string.byte(s, #s - 1), select(n, ...), table.insert(t, n, 1)",
        STRICT,
    );
    // Products that doubles round.
    says("return x * 1103515245 + y * 31", STRICT, "return x * 1103515245.0 + y * 31");
}

#[test]
fn formats_take_anything() {
    says("return ('%s'):format(x)", &TARGETS, "return  __ffi.format(('%s') , x)");
    says("return ('%d'):format(1LL):rep(2)", &TARGETS[1..], "return  __ffi.format(('%d') ,  __ffik[1]):rep(2)");
    unchanged("return ('%s %d'):format('x', 5)", &TARGETS);
    unchanged("return ('%d'):format(#'x'), s:format()", &[Lua52, Lua53, Lua54, LuaJit]);
}

#[test]
fn tokens_are_respelled_for_luas_that_read_them_otherwise() {
    becomes(r#"return "\x41\q\u{20AC}""#, &[Lua51], r#"return "\065\q\226\130\172""#);
    becomes(r#"return "\x41\u{20AC}""#, &[Lua52], r#"return "\x41\226\130\172""#);
    becomes(r#"return "\x41\q\u{20AC}""#, &[Lua53, Lua54, LuaJit], r#"return "\x41q\u{20AC}""#);
    becomes("return 'a\\z\n  \n b', 1", &[Lua51], "return 'ab'\n\n, 1");
    unchanged("return 'a\\z\n  \n b', 1", &[Lua52, Lua53, Lua54, LuaJit]);
    becomes("return 0b101, 0x1.8p1", &[Lua51], "return 5, 3e0");
    becomes("return 0b101, 0x1.8p1", &[Lua52, Lua53, Lua54], "return 5, 0x1.8p1");
    becomes("return 0xffffffffffffffff", &[Lua53, Lua54], "return 1.8446744073709552e19");
    becomes("#!/usr/bin/luajit\nreturn 1", &TARGETS, "--#!/usr/bin/luajit\nreturn 1");
    becomes("\u{feff}return 1", &TARGETS, "return 1");
    becomes("\u{feff}# x\nreturn 1", &TARGETS, "--# x\nreturn 1");
    becomes("return [[ a[[1] ]]", &[Lua51], "return [=[ a[[1] ]=]");
    unchanged("return [[ a[[1] ]]", &[Lua52, LuaJit]);
    becomes("do x = 1; ; y = 2 end", &[Lua51], "do x = 1;   y = 2 end");
    becomes("while 1 do break x = 1 end", &[Lua51], "while 1 do do break end x = 1 end");
    unchanged("while 1 do if 1 then break else break; end break end", &TARGETS);
}

#[test]
fn goto_is_a_name_where_luajit_takes_it_for_one() {
    let later = [Lua52, Lua53, Lua54];
    unchanged("local goto = 1 t.goto = goto goto = 2 return { goto = t:goto(1) }", &[Lua51, LuaJit]);
    becomes("t.goto = { goto = 1 }", &later, "t[\"goto\"] = { [\"goto\"] = 1 }");
    becomes("t:goto()", &later, " __ffi.method(t,\"goto\")");
    becomes("t:goto(1):goto{2}", &later, " __ffi.method( __ffi.method(t,\"goto\",1),\"goto\",{2})");
    becomes("goto = 1 return goto + 1", &later, "_ENV[\"goto\"] = 1 return _ENV[\"goto\"] + 1");
    becomes("local goto = 1 goto = 2 f(goto)", &later, "local __ffi_goto = 1 __ffi_goto = 2 f(__ffi_goto)");
    becomes("function a.goto(x) end", &later, " a[\"goto\"]=function(x) end");
    becomes("function a:goto(x) end", &later, " a[\"goto\"]=function(self,x) end");
    becomes("function a.goto:b() end", &later, " a[\"goto\"].b=function(self) end");
    unchanged("goto done do ::next:: goto next end ::done::", &[Lua52, Lua53, Lua54, LuaJit]);
}

#[test]
fn code_for_luas_with_integers_keeps_its_numbers() {
    const STRICT: &[Target] = &[Lua53, Lua54];
    for operation in ["x ~ 1", "x & 1", "x | 1", "x << 1", "x >> 1", "x // 1", "~x"] {
        let rest = "0x428a2f98d728ae22, 9007199254740993 * 1103515245, s:rep(x / 2), ('%d'):format(x)";
        unchanged(&format!("return {operation}, {rest}"), STRICT);
        let names = "print(x / 2) t = tostring(x), math.random(0), unpack, coroutine.running(), x / 2 .. ''";
        unchanged(&format!("{names} return {operation}"), STRICT);
    }
    unchanged("local x <const> = 0x428a2f98d728ae22 print(x / 2)", STRICT);
    // What it does with cdata is translated.
    becomes("return x & 1, type(y), y == nil", STRICT, "return x & 1, __ffi.type(y),  __ffi.equal(y , nil)");
}

#[test]
fn later_grammar_passes() {
    unchanged("local x <const>, y <close> = 1, nil z = 7 // 2 | 1 & ~3 << 1 >> 2 ~ 5", &TARGETS);
}

#[test]
fn errors_tell_the_line_and_the_token() {
    fails("x = ", 1, "unexpected symbol near '<eof>'");
    fails("\n\nx = = 1", 3, "unexpected symbol near '='");
    fails("if x then\n\nfoo(", 3, "unexpected symbol near '<eof>'");
    fails("if x then\n\nfoo()", 3, "'end' expected (to close 'if' at line 1) near '<eof>'");
    fails("for x do end", 1, "'=' or 'in' expected near 'do'");
    fails("x", 1, "syntax error near '<eof>'");
    fails("f() = 1", 1, "syntax error near '='");
    fails("x, f() = 1", 1, "syntax error near '='");
    fails("return 1 x", 1, "'<eof>' expected near 'x'");
    fails("end", 1, "'<eof>' expected near 'end'");
    fails("x = 'abc\n", 1, "unfinished string near ''abc'");
    fails("x = 'abc", 1, "unfinished string near '<eof>'");
    fails("x = [[abc\n\n", 3, "unfinished long string (starting at line 1) near '<eof>'");
    fails("--[==[", 1, "unfinished long comment (starting at line 1) near '<eof>'");
    fails("x = 3LLU5", 1, "malformed number near '3LLU5'");
    fails("x = '\\300'", 1, "invalid escape sequence near '\\300'");
    fails("x = '\\xg'", 1, "invalid escape sequence near '\\x'");
    fails("x = @", 1, "unexpected symbol near '@'");
    fails("local 1", 1, "'<name>' expected near '1'");
    fails("x = f(1\n,2", 2, "')' expected (to close '(' at line 1) near '<eof>'");
    fails("a.b:c = 1", 1, "function arguments expected near '='");
    let deep = format!("x = {}1{}", "(".repeat(300), ")".repeat(300));
    fails(&deep, 1, "chunk has too many syntax levels near '('");
    fails(&"do ".repeat(300), 1, "chunk has too many syntax levels near 'do'");
    fails(&format!("x = {}1", "-(".repeat(300)), 1, "chunk has too many syntax levels near '('");
    fails(&format!("x = {}", "{".repeat(300)), 1, "chunk has too many syntax levels near '{'");
    fails(&"x = function() ".repeat(300), 1, "chunk has too many syntax levels near 'x'");
}

#[test]
fn the_name_of_the_helpers_is_free() {
    assert!(output("local __ffi = type(x)", Lua54).starts_with("local __ffi1_=... return"));
    assert!(output("local __ffi1_, __ffi3 = type(x)", Lua54).starts_with("local __ffi2_=... return"));
    assert!(output("-- __ffi\nx = type(x)", Lua54).starts_with("local __ffi1_=... return"));
}

#[test]
fn texts_that_concern_cdata_are_told_by_words() {
    for text in ["require 'ffi'", "x = type(y) == 'cdata'", "x = 1LL", "0xffULL", "f(2i)", "a ffi", "ffi"] {
        assert!(concerns(text.as_bytes()), "{text}");
    }
    for text in ["", "require 'lunaffi'", "diffi cdata_ xcdata", "x = 0x1f + 12", "1L 4u ll", "0xi"] {
        assert!(!concerns(text.as_bytes()), "{text}");
    }
}

/// A small generator of numbers, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit
    }
}

const PIECES: &[&str] = &[
    "and",
    "break",
    "do",
    "else",
    "elseif",
    "end",
    "false",
    "for",
    "function",
    "goto",
    "if",
    "in",
    "local",
    "nil",
    "not",
    "or",
    "repeat",
    "return",
    "then",
    "true",
    "until",
    "while",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "^",
    "#",
    "&",
    "|",
    "~",
    "<<",
    ">>",
    "==",
    "~=",
    "<",
    "<=",
    ">",
    ">=",
    "..",
    "...",
    ".",
    ":",
    "::",
    ";",
    ",",
    "=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "x",
    "y",
    "type",
    "math",
    "pow",
    "unpack",
    "require",
    "'ffi'",
    "\"a\\x41\\z\n b\"",
    "[[a\n]]",
    "--[[c]]",
    "--\n",
    "1",
    "0x1p4",
    "42LL",
    "2i",
    "0b11",
    "\n",
    "\r\n",
    "'\\",
    "[==[",
    "arg",
    "self",
    "_G",
    "é",
    "\0",
    "0x",
    "1..2",
    "@",
];

#[test]
fn random_input_neither_panics_nor_hangs() {
    let mut random = Random(1);
    for _ in 0..5_000 {
        let count = random.below(60);
        let mut text = Vec::new();
        for _ in 0..count {
            text.extend_from_slice(PIECES[random.below(PIECES.len())].as_bytes());
            if random.below(3) > 0 {
                text.push(b' ');
            }
        }
        for _ in 0..random.below(3) {
            if !text.is_empty() {
                let at = random.below(text.len());
                text[at] = random.below(256) as u8;
            }
        }
        for target in TARGETS {
            let _ = translate(&text, target, Library::Target);
        }
        let _ = concerns(&text);
    }
}

/// A statement of the grammar, at random.
fn statement(random: &mut Random, depth: usize, text: &mut String) {
    let expression = |random: &mut Random, text: &mut String| expression(random, depth, text);
    match random.below(if depth == 0 { 4 } else { 11 }) {
        0 => {
            text.push_str("local x, type = ");
            expression(random, text);
        }
        1 => {
            text.push_str("t.unpack, y = ");
            expression(random, text);
            text.push_str(",\n");
            expression(random, text);
        }
        2 => {
            text.push_str("f(");
            expression(random, text);
            text.push(')');
        }
        3 => text.push_str("local goto = math.pow(0b11, 0x1p4)"),
        4 => {
            text.push_str("if ");
            expression(random, text);
            text.push_str(" then ");
            block(random, depth, text);
            text.push_str(" elseif x then ");
            block(random, depth, text);
            text.push_str(" else end");
        }
        5 => {
            text.push_str("while ");
            expression(random, text);
            text.push_str(" do ");
            block(random, depth, text);
            text.push_str(" break end");
        }
        6 => {
            text.push_str("for i = 1, ");
            expression(random, text);
            text.push_str(" do ");
            block(random, depth, text);
            text.push_str(" end");
        }
        7 => {
            text.push_str("for k, v in pairs(");
            expression(random, text);
            text.push_str(") do ");
            block(random, depth, text);
            text.push_str(" end");
        }
        8 => {
            text.push_str("function a.goto:b(x, ...) ");
            block(random, depth, text);
            text.push_str(" return ...\nend");
        }
        9 => {
            text.push_str("repeat ");
            block(random, depth, text);
            text.push_str(" until ");
            expression(random, text);
        }
        _ => {
            text.push_str("local function y() ");
            block(random, depth, text);
            text.push_str(" end");
        }
    }
    text.push_str(if random.below(3) == 0 { ";\n" } else { "\n" });
}

fn block(random: &mut Random, depth: usize, text: &mut String) {
    for _ in 0..random.below(4) {
        statement(random, depth.saturating_sub(1), text);
    }
}

fn expression(random: &mut Random, depth: usize, text: &mut String) {
    const SIMPLE: &[&str] = &[
        "x",
        "y",
        "nil",
        "true",
        "1",
        "-1",
        "42LL",
        "2i",
        "'s'",
        "\"\\x41\"",
        "t.goto",
        "t:goto(1)",
        "type(x)",
        "_G.unpack",
        "arg",
        "[[l\n]]",
        "{ goto = 1; 2, [x] = y }",
        "t.x",
        "require 'ffi'",
        "bit.band(1, x)",
        "-5LL",
        "#t",
        "tonumber(x)",
    ];
    const OPERATORS: &[&str] = &["==", "~=", "<", "<=", ">", ">=", "+", "..", "and", "or", "^", "*"];
    match random.below(if depth == 0 { 1 } else { 5 }) {
        0 => text.push_str(SIMPLE[random.below(SIMPLE.len())]),
        1 => {
            text.push('(');
            expression(random, depth - 1, text);
            text.push(')');
        }
        2 => {
            text.push_str("not ");
            expression(random, depth - 1, text);
        }
        _ => {
            expression(random, depth - 1, text);
            text.push(' ');
            text.push_str(OPERATORS[random.below(OPERATORS.len())]);
            text.push('\n');
            expression(random, depth - 1, text);
        }
    }
}

#[test]
fn names_stay_where_the_library_is_luajits() {
    let text = b"print(('x'):rep(n / 2, '-'), unpack(t), type(x), 10 / 2, table.insert(t, n / 2, x), 1LL)";
    let expected = "local __ffi=... local __ffik={__ffi.i64\"1\"} return function(...) print(('x'):rep(n / 2, '-'), unpack(t), \
                    type(x), 10 / 2, table.insert(t, n / 2, x),  __ffik[1]";
    for target in [Lua51, Lua52, Lua53, Lua54, LuaJit] {
        match translate(text, target, Library::LuaJit) {
            Ok(Output::Maker(output)) => {
                let output = String::from_utf8(output).expect("text");
                assert!(output.starts_with(expected), "{target:?}: {output}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn random_programs_translate_and_the_result_stays_as_it_is() {
    let mut random = Random(2);
    for _ in 0..500 {
        let mut text = String::new();
        for _ in 0..5 {
            statement(&mut random, 4, &mut text);
        }
        for target in TARGETS {
            let output = output(&text, target);
            assert_eq!(output.matches('\n').count(), text.matches('\n').count());
            // What was put in is grammar, too.
            if let Err(error) = translate(output.as_bytes(), target, Library::Target) {
                panic!("{error}\n{text}\n{output}");
            }
        }
    }
}
