//! Link arguments of the module.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // What the Luas differ in, by name, so that the code need not list versions.
    let is = |feature: &str| std::env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let facts = [
        ("lua_integers", is("LUA53") || is("LUA54") || is("LUA55")),
        ("userdata_uv", is("LUA54") || is("LUA55")),
        ("anchor_tables", is("LUA51") || is("LUA52") || is("LUAJIT")),
        ("collects_first", is("LUA51") || is("LUA52") || is("LUAJIT")),
        ("fenv", is("LUA51") || is("LUAJIT")),
        ("string_identity", is("LUA54") || is("LUA55") || is("LUAJIT")),
    ];
    for (name, holds) in facts {
        println!("cargo:rustc-check-cfg=cfg({name})");
        if holds {
            println!("cargo:rustc-cfg={name}");
        }
    }
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        // Lua's own symbols come from the interpreter that loads the module.
        Ok("macos") => println!("cargo:rustc-cdylib-link-arg=-Wl,-undefined,dynamic_lookup"),
        Ok("windows") => {}
        // `lua_close` unmaps the module, but a C library may still call a callback that was made here:
        // the code that answers it has to stay.
        _ => println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete"),
    }
}
