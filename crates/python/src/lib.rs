//! The native part of the package `sexton` for Python: the sweep of `sexton-client`, and no more.
//!
//! What a person sees of the package is written in Python, in `python/sexton`. Here a call becomes
//! a plan of the client, and its end a document. Two rules hold:
//!
//! - Each call has a thread and a runtime of its own, which end with it. So nothing is left over
//!   that a `fork` could take away, and calls of several threads do not wait for each other.
//! - Only the thread that called talks to Python. It waits without the interpreter's lock, takes
//!   messages, looks for signals, and answers when credentials of a session are asked for.

mod delete;
mod failure;
mod list;
mod session;
mod settings;
mod thread;

use pyo3::prelude::*;

/// The native part of `sexton`. Use the modules `backup`, `fsx` and `rds` of the package.
#[pymodule(name = "_native")]
fn native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(delete::delete, module)?)?;
    module.add_function(wrap_pyfunction!(list::list_backups, module)?)?;
    module.add_function(wrap_pyfunction!(plain, module)?)?;
    module.add_class::<list::Listing>()
}

/// The text as one line for a terminal or a log: what would not be seen is an escape.
#[pyfunction]
fn plain(text: &str) -> String {
    sexton_core::plain(text).into_owned()
}
