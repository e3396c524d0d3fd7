//! Values that are written as their text, without a copy of it.

/// Serializes what has an `as_str` as that.
macro_rules! written_as_text {
    ($name:ty) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }
    };
}
