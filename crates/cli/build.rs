//! Has the linker pack the addresses that are put in order at each start of `sexton`, where the
//! C library of this machine can unpack them: 1.6 MiB, read at each start, become 20 KiB.

use std::env::var_os;
use std::path::Path;
use std::process::Command;

const PACK: &str = "-Wl,-z,pack-relative-relocs";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if is_for_this_machine() && packed_program_runs() == Some(true) {
        println!("cargo::rustc-link-arg-bins={PACK}");
    }
}

/// Whoever chooses a target, a linker or its arguments may build for a machine that is older.
fn is_for_this_machine() -> bool {
    let flags = var_os("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    var_os("HOST") == var_os("TARGET")
        && var_os("CARGO_CFG_TARGET_ENV").is_some_and(|it| it == "gnu")
        && var_os("RUSTC_LINKER").is_none()
        && !flags.to_string_lossy().contains("link")
}

/// Tries it with a program that does nothing: a linker that does not know this says so, and a C
/// library before glibc 2.36 does not start what needs it.
fn packed_program_runs() -> Option<bool> {
    let folder = var_os("OUT_DIR")?;
    let (source, program) =
        ["nothing.rs", "nothing"].map(|name| Path::new(&folder).join(name)).into();
    std::fs::write(&source, "fn main() {}\n").ok()?;
    let mut compiler = Command::new(var_os("RUSTC")?);
    compiler.arg(&source).arg("-o").arg(&program).arg(format!("-Clink-arg={PACK}"));
    let linked = compiler.output().ok()?.status.success();
    Some(linked && Command::new(&program).output().ok()?.status.success())
}
