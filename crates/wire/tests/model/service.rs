//! The services that types are generated of, and in what they differ.

/// A service.
pub(crate) struct Service {
    /// Its file in `model/`, and its module in `src/aws/model`.
    pub(crate) name: &'static str,
    /// What it is called.
    pub(crate) title: &'static str,
    /// Structures that stay JSON: they are checked against the model, kept and shown, and no
    /// code reads most of their members.
    pub(crate) as_json: &'static [&'static str],
    /// Structures of replies of which there are constraints too, beside all of the requests.
    pub(crate) shown: &'static [&'static str],
}

/// All of them.
pub(crate) const SERVICES: [Service; 2] = [
    Service { name: "backup", title: "AWS Backup", as_json: &[], shown: &[] },
    Service {
        name: "fsx",
        title: "Amazon FSx",
        as_json: &[
            "AdministrativeAction",
            "CreateFileSystemLustreConfiguration",
            "CreateFileSystemOntapConfiguration",
            "CreateFileSystemOpenZFSConfiguration",
            "CreateFileSystemWindowsConfiguration",
            "CreateOntapVolumeConfiguration",
            "CreateOpenZFSVolumeConfiguration",
            "LustreFileSystemConfiguration",
            "OntapFileSystemConfiguration",
            "OntapVolumeConfiguration",
            "OpenZFSFileSystemConfiguration",
            "OpenZFSVolumeConfiguration",
            "S3AccessPointAttachment",
            "SvmActiveDirectoryConfiguration",
            "SvmEndpoints",
            "UpdateFileSystemLustreConfiguration",
            "UpdateFileSystemOntapConfiguration",
            "UpdateFileSystemOpenZFSConfiguration",
            "UpdateFileSystemWindowsConfiguration",
            "WindowsFileSystemConfiguration",
        ],
        shown: &["Backup", "FileSystem", "StorageVirtualMachine", "Volume"],
    },
];

impl Service {
    /// The first lines of every generated file.
    pub(crate) fn head(&self, what: &str) -> String {
        let name = self.name;
        format!(
            "//! {what}\n//!\n//! Generated from `model/{name}.json` by `tests/model.rs`; \
             do not edit.\n\n"
        )
    }

    /// Whether a structure stays JSON.
    pub(crate) fn keeps(&self, structure: &str) -> bool {
        self.as_json.contains(&structure)
    }
}
