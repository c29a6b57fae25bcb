//! How the types of the wire read and write themselves: the macro `wire!`, and the codec of the plain values.

use super::json::{Json, Malformed, Problem, Wire, write_text};

/// Declares types of the wire together with their codec.
///
/// - `pub struct Name { pub field: Type, … }` is a JSON object with exactly these fields (an `Option` may be absent).
/// - `pub enum Name tag "key" { Variant "text" { field: Type, … }, … }` is an object whose `key` says which variant.
/// - `pub enum Name text { Variant "text", … }` is a string.
///
/// Enums get `TAGS`, every text that may stand under the tag, in the order declared.
#[macro_export]
macro_rules! wire {
    () => {};
    ($(#[$meta:meta])* pub struct $name:ident {
        $( $(#[$field_meta:meta])* pub $field:ident : $type:ty ),* $(,)?
    } $($rest:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $( $(#[$field_meta])* pub $field: $type ),* }

        impl $crate::codec::Wire for $name {
            fn write(&self, out: &mut String) {
                #[allow(unused_mut)]
                let mut map = $crate::codec::MapWriter::open(out);
                $( map.field(stringify!($field), &self.$field); )*
                map.close();
            }
            fn read(json: $crate::codec::Json) -> Result<Self, $crate::codec::Malformed> {
                #[allow(unused_mut)]
                let mut map = $crate::codec::Fields::of(json)?;
                let value = $name { $( $field: map.take(stringify!($field))? ),* };
                map.end()?;
                Ok(value)
            }
        }
        $crate::wire! { $($rest)* }
    };
    ($(#[$meta:meta])* pub enum $name:ident tag $tag:literal {
        $( $(#[$variant_meta:meta])* $variant:ident $text:literal {
            $( $(#[$field_meta:meta])* $field:ident : $type:ty ),* $(,)?
        } ),* $(,)?
    } $($rest:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        // Values of the wire live for a moment: a box would cost more than the room it saves.
        #[allow(clippy::large_enum_variant)]
        pub enum $name { $( $(#[$variant_meta])* $variant { $( $(#[$field_meta])* $field: $type ),* } ),* }

        impl $name {
            /// Every text that may stand under the tag.
            pub const TAGS: &'static [&'static str] = &[$( $text ),*];

            /// The text that stands under the tag for this value.
            pub fn tag(&self) -> &'static str {
                match self { $( Self::$variant { .. } => $text ),* }
            }
        }

        impl $crate::codec::Wire for $name {
            fn write(&self, out: &mut String) {
                let mut map = $crate::codec::MapWriter::open(out);
                map.tag($tag, self.tag());
                match self {
                    $( Self::$variant { $( $field ),* } => { $( map.field(stringify!($field), $field); )* } )*
                }
                map.close();
            }
            fn read(json: $crate::codec::Json) -> Result<Self, $crate::codec::Malformed> {
                let mut map = $crate::codec::Fields::of(json)?;
                let value = match map.tag($tag)?.as_str() {
                    $( $text => Self::$variant { $( $field: map.take(stringify!($field))? ),* }, )*
                    _ => return Err($crate::codec::Malformed {
                        problem: $crate::codec::Problem::UnknownTag,
                        field: $tag,
                    }),
                };
                map.end()?;
                Ok(value)
            }
        }
        $crate::wire! { $($rest)* }
    };
    ($(#[$meta:meta])* pub enum $name:ident text {
        $( $(#[$variant_meta:meta])* $variant:ident $text:literal ),* $(,)?
    } $($rest:tt)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$variant_meta])* $variant ),* }

        impl $name {
            /// Every value there is.
            pub const ALL: &'static [$name] = &[$( Self::$variant ),*];

            /// The text on the wire.
            pub fn text(self) -> &'static str {
                match self { $( Self::$variant => $text ),* }
            }

            /// The value a text stands for.
            pub fn from_name(text: &str) -> Option<Self> {
                match text { $( $text => Some(Self::$variant), )* _ => None }
            }
        }

        impl $crate::codec::Wire for $name {
            fn write(&self, out: &mut String) {
                $crate::codec::write_text(self.text(), out);
            }
            fn read(json: $crate::codec::Json) -> Result<Self, $crate::codec::Malformed> {
                let problem = $crate::codec::Problem::OutOfRange;
                match json {
                    $crate::codec::Json::Text(text) => Self::from_name(&text)
                        .ok_or($crate::codec::Malformed::because(problem)),
                    _ => Err($crate::codec::Malformed::because(
                        $crate::codec::Problem::WrongType,
                    )),
                }
            }
        }
        $crate::wire! { $($rest)* }
    };
}

impl Wire for bool {
    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }
    fn read(json: Json) -> Result<Self, Malformed> {
        match json {
            Json::Bool(value) => Ok(value),
            _ => Err(wrong_type()),
        }
    }
}

impl Wire for String {
    fn write(&self, out: &mut String) {
        write_text(self, out);
    }
    fn read(json: Json) -> Result<Self, Malformed> {
        match json {
            Json::Text(text) => Ok(text),
            _ => Err(wrong_type()),
        }
    }
}

impl Wire for i64 {
    fn write(&self, out: &mut String) {
        if *self < 0 {
            out.push('-');
        }
        write_u64(self.unsigned_abs(), out);
    }
    fn read(json: Json) -> Result<Self, Malformed> {
        match json {
            Json::Int(value) => Ok(value),
            _ => Err(wrong_type()),
        }
    }
}

macro_rules! unsigned {
    ($($type:ty)*) => { $(
        impl Wire for $type {
            fn write(&self, out: &mut String) {
                write_u64(u64::from(*self), out);
            }
            fn read(json: Json) -> Result<Self, Malformed> {
                <$type>::try_from(i64::read(json)?).map_err(|_| Malformed::because(Problem::OutOfRange))
            }
        }
    )* };
}

unsigned! { u16 u32 u64 }

impl<T: Wire> Wire for Option<T> {
    fn write(&self, out: &mut String) {
        match self {
            Some(value) => value.write(out),
            None => out.push_str("null"),
        }
    }
    fn read(json: Json) -> Result<Self, Malformed> {
        match json {
            Json::Null => Ok(None),
            json => T::read(json).map(Some),
        }
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, out: &mut String) {
        out.push('[');
        for (at, item) in self.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            item.write(out);
        }
        out.push(']');
    }
    fn read(json: Json) -> Result<Self, Malformed> {
        let Json::List(items) = json else { return Err(wrong_type()) };
        // By hand: what `collect` makes of it, to use the list's memory again, is four times the code for each type.
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            list.push(T::read(item)?);
        }
        Ok(list)
    }
}

fn wrong_type() -> Malformed {
    Malformed::because(Problem::WrongType)
}

fn write_u64(mut value: u64, out: &mut String) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend(digits[at..].iter().map(|digit| *digit as char));
}
