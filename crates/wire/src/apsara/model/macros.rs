//! The two shapes in which generated code comes many times.

/// A structure of a reply. Every member may be absent, and is read as `lenient` says.
macro_rules! structure {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty = $member:tt,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $(
                #[doc = concat!("`", $member, "`.")]
                #[serde(
                    rename = $member,
                    default,
                    deserialize_with = "crate::apsara::model::lenient::read",
                    skip_serializing_if = "Option::is_none"
                )]
                pub $field: Option<$kind>,
            )*
        }

        impl crate::apsara::model::lenient::Lenient for $name {
            fn read(found: serde_json::Value) -> Result<Option<Self>, serde_json::Error> {
                crate::apsara::model::lenient::structure(found)
            }
        }
    };
}

/// Words that a parameter may be, as an enumeration.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)* } $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $(
                #[doc = concat!("`", $word, "`.")]
                $variant,
            )*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl crate::apsara::model::value::Value for $name {
            fn read(text: &str) -> Result<Self, crate::apsara::model::value::InvalidValue> {
                let known = Self::ALL.iter().copied().find(|it| it.word() == text);
                known.ok_or(crate::apsara::model::value::InvalidValue::new($expected))
            }

            fn write(&self) -> String {
                self.word().to_owned()
            }
        }
    };
}

pub(super) use {structure, words};
