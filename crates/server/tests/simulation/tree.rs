//! What is in the directories of file systems.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use sexton_core::ResourceArn;

/// What is in a directory: paths, with their modes and their bytes or where they lead.
pub(crate) type Tree = BTreeMap<String, (u32, Vec<u8>)>;

/// Puts into an empty directory what nobody but `root` has.
pub(crate) fn furnish(directory: &Path, root: &ResourceArn) {
    fs::write(directory.join("name"), root.as_str()).unwrap();
    let inner = directory.join("inner");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("many"), root.as_str().repeat(200)).unwrap();
    fs::write(inner.join("nothing"), "").unwrap();
    fs::set_permissions(inner.join("many"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("inner/many", directory.join("link")).unwrap();
}

pub(crate) fn tree_of(directory: &Path) -> Tree {
    let mut tree = Tree::new();
    read(directory, "", &mut tree);
    tree
}

fn read(directory: &Path, prefix: &str, tree: &mut Tree) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}/{}", entry.file_name().to_str().unwrap());
        let found = entry.metadata().unwrap();
        let held = if found.is_dir() {
            read(&entry.path(), &path, tree);
            Vec::new()
        } else if found.is_symlink() {
            fs::read_link(entry.path()).unwrap().into_os_string().into_encoded_bytes()
        } else {
            fs::read(entry.path()).unwrap()
        };
        tree.insert(path, (found.permissions().mode(), held));
    }
}
