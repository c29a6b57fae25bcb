//! JSON with integers only, strict in what it reads. Used by both ends and by every tool, and small enough to travel in the widget (a general serialiser is a third of a small widget's bytes).
//! Floating-point numbers, duplicate or unknown fields, and nesting beyond `DEPTH_MAX` are refused.

use core::iter::Peekable;
use core::str::Chars;

/// How deep maps and lists may nest. Our deepest frame nests five deep; more is an attack on the stack.
pub const DEPTH_MAX: usize = 16;

/// A JSON value as read from the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number between −2⁵³ and 2⁵³, the range every JSON reader keeps exact.
    Int(i64),
    /// A string
    Text(String),
    /// `[…]`
    List(Vec<Json>),
    /// `{…}` in the order received
    Map(Vec<(String, Json)>),
}

/// Why a text is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong.
    pub problem: Problem,
    /// The field it was found at, empty when there is none. Never text from the other side.
    pub field: &'static str,
}

/// The ways in which a text can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Not JSON, or JSON with a fraction or an exponent.
    Syntax,
    /// Nested deeper than `DEPTH_MAX`.
    TooDeep,
    /// A field that must be there is not.
    Missing,
    /// A field that has no place there.
    UnknownField,
    /// A field given twice.
    Duplicate,
    /// A value of another kind than the field takes.
    WrongType,
    /// A value of the right kind but outside what the field takes.
    OutOfRange,
    /// A tag that names no frame known here.
    UnknownTag,
}

impl Problem {
    /// What is wrong, in words for the developer of a client.
    pub fn text(self) -> &'static str {
        match self {
            Problem::Syntax => "not JSON with whole numbers",
            Problem::TooDeep => "nested too deep",
            Problem::Missing => "a field is missing",
            Problem::UnknownField => "a field that has no place here",
            Problem::Duplicate => "a field given twice",
            Problem::WrongType => "a value of the wrong type",
            Problem::OutOfRange => "a value out of range",
            Problem::UnknownTag => "an unknown frame",
        }
    }
}

impl Malformed {
    /// A problem that belongs to no one field.
    pub fn because(problem: Problem) -> Malformed {
        Malformed { problem, field: "" }
    }
}

impl core::fmt::Display for Malformed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.problem.text())?;
        if !self.field.is_empty() {
            f.write_str(" at ")?;
            f.write_str(self.field)?;
        }
        Ok(())
    }
}

/// What can be written to and read from the wire.
pub trait Wire: Sized {
    /// Appends the JSON text of this value.
    fn write(&self, out: &mut String);
    /// Reads the value, refusing anything that `write` would not have made.
    fn read(json: Json) -> Result<Self, Malformed>;
    /// What an absent field means; `None` where it must be there.
    fn absent() -> Option<Self> {
        None
    }
    /// Whether a field of this value is left out when written.
    fn is_absent(&self) -> bool {
        false
    }
    /// The JSON text of this value.
    fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
    /// Reads a whole text.
    fn from_text(text: &str) -> Result<Self, Malformed> {
        Self::read(parse(text)?)
    }
}

/// Reads one JSON value that fills the whole text.
pub fn parse(text: &str) -> Result<Json, Malformed> {
    let mut parser = Parser { rest: text.chars().peekable() };
    let value = parser.value(DEPTH_MAX)?;
    parser.space();
    if parser.rest.next().is_some() { Err(syntax()) } else { Ok(value) }
}

/// Writes a string with its quotes.
pub fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c < ' ' => {
                out.push_str("\\u00");
                out.push(hex_digit(c as u32 >> 4));
                out.push(hex_digit(c as u32 & 15));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Writes the fields of a map one after another; used by `wire!`.
pub struct MapWriter<'a> {
    out: &'a mut String,
    first: bool,
}

impl<'a> MapWriter<'a> {
    /// Opens a map.
    pub fn open(out: &'a mut String) -> Self {
        out.push('{');
        MapWriter { out, first: true }
    }

    /// Writes one field, unless its value is absent.
    pub fn field<T: Wire>(&mut self, name: &str, value: &T) {
        if !value.is_absent() {
            self.key(name);
            value.write(self.out);
        }
    }

    /// Writes the tag of an enum.
    pub fn tag(&mut self, name: &str, value: &str) {
        self.key(name);
        write_text(value, self.out);
    }

    /// Closes the map.
    pub fn close(self) {
        self.out.push('}');
    }

    fn key(&mut self, name: &str) {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        write_text(name, self.out);
        self.out.push(':');
    }
}

/// Takes the fields of a map one after another; used by `wire!`.
pub struct Fields(Vec<(String, Json)>);

impl Fields {
    /// The fields of a map; anything else is of the wrong type.
    pub fn of(json: Json) -> Result<Fields, Malformed> {
        match json {
            Json::Map(fields) => Ok(Fields(fields)),
            _ => Err(Malformed::because(Problem::WrongType)),
        }
    }

    /// Takes the text under `name`, which says what the rest is.
    pub fn tag(&mut self, name: &'static str) -> Result<String, Malformed> {
        self.take(name)
    }

    /// Takes and reads one field.
    pub fn take<T: Wire>(&mut self, name: &'static str) -> Result<T, Malformed> {
        match self.json(name) {
            Some(json) => T::read(json)
                .map_err(|bad| if bad.field.is_empty() { Malformed { field: name, ..bad } } else { bad }),
            None => T::absent().ok_or(Malformed { problem: Problem::Missing, field: name }),
        }
    }

    /// Says that nothing else belongs here.
    pub fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed::because(Problem::UnknownField)) }
    }

    fn json(&mut self, name: &str) -> Option<Json> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        Some(self.0.swap_remove(at).1)
    }
}

/// The text under the tag of a frame, without reading the rest.
pub fn peek_tag<'a>(json: &'a Json, name: &str) -> Option<&'a str> {
    match json {
        Json::Map(fields) => fields.iter().find_map(|(key, value)| match value {
            Json::Text(text) if key == name => Some(text.as_str()),
            _ => None,
        }),
        _ => None,
    }
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Result<Json, Malformed> {
        if depth == 0 {
            return Err(Malformed::because(Problem::TooDeep));
        }
        self.space();
        match self.rest.next() {
            Some('{') => self.map(depth),
            Some('[') => self.list(depth),
            Some('"') => self.text().map(Json::Text),
            Some('n') => self.word("ull", Json::Null),
            Some('t') => self.word("rue", Json::Bool(true)),
            Some('f') => self.word("alse", Json::Bool(false)),
            Some('-') => match self.rest.next() {
                Some(c) => self.number(c).map(|n| Json::Int(-n)),
                None => Err(syntax()),
            },
            Some(c) => self.number(c).map(Json::Int),
            None => Err(syntax()),
        }
    }

    fn map(&mut self, depth: usize) -> Result<Json, Malformed> {
        let mut fields: Vec<(String, Json)> = Vec::new();
        self.space();
        if self.rest.next_if_eq(&'}').is_some() {
            return Ok(Json::Map(fields));
        }
        loop {
            self.space();
            self.expect('"')?;
            let key = self.text()?;
            self.space();
            self.expect(':')?;
            if fields.iter().any(|(known, _)| *known == key) {
                return Err(Malformed::because(Problem::Duplicate));
            }
            // Our widest map has far fewer fields; the bound keeps the search for duplicates linear.
            if fields.len() == FIELDS_MAX {
                return Err(Malformed::because(Problem::UnknownField));
            }
            fields.push((key, self.value(depth - 1)?));
            self.space();
            match self.rest.next() {
                Some(',') => {}
                Some('}') => return Ok(Json::Map(fields)),
                _ => return Err(syntax()),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, Malformed> {
        let mut items = Vec::new();
        self.space();
        if self.rest.next_if_eq(&']').is_some() {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth - 1)?);
            self.space();
            match self.rest.next() {
                Some(',') => {}
                Some(']') => return Ok(Json::List(items)),
                _ => return Err(syntax()),
            }
        }
    }

    fn text(&mut self) -> Result<String, Malformed> {
        let mut text = String::new();
        loop {
            match self.rest.next().ok_or_else(syntax)? {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                c if c < ' ' => return Err(syntax()),
                c => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        Ok(match self.rest.next().ok_or_else(syntax)? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let high = self.unit()?;
                let code = if (0xd800..0xdc00).contains(&high) {
                    self.expect('\\')?;
                    self.expect('u')?;
                    let low = self.unit()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(syntax());
                    }
                    0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    high
                };
                // A lone surrogate is no character.
                char::from_u32(code).ok_or_else(syntax)?
            }
            c @ ('"' | '\\' | '/') => c,
            _ => return Err(syntax()),
        })
    }

    fn unit(&mut self) -> Result<u32, Malformed> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit << 4 | self.rest.next().and_then(|c| c.to_digit(16)).ok_or_else(syntax)?;
        }
        Ok(unit)
    }

    fn number(&mut self, first: char) -> Result<i64, Malformed> {
        let mut value = i64::from(first.to_digit(10).ok_or_else(syntax)?);
        let leading_zero = value == 0;
        while let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(10)) {
            self.rest.next();
            value = value * 10 + i64::from(digit);
            if leading_zero {
                return Err(syntax());
            }
            if value > INT_MAX {
                return Err(Malformed::because(Problem::OutOfRange));
            }
        }
        Ok(value)
    }

    fn word(&mut self, rest: &str, value: Json) -> Result<Json, Malformed> {
        for c in rest.chars() {
            self.expect(c)?;
        }
        Ok(value)
    }

    fn expect(&mut self, c: char) -> Result<(), Malformed> {
        self.rest.next_if_eq(&c).map(|_| ()).ok_or_else(syntax)
    }

    fn space(&mut self) {
        while self.rest.next_if(|c| matches!(c, ' ' | '\n' | '\r' | '\t')).is_some() {}
    }
}

/// 2⁵³, beyond which readers that keep numbers as doubles lose digits.
const INT_MAX: i64 = 1 << 53;

/// The most fields a map may have.
const FIELDS_MAX: usize = 256;

fn syntax() -> Malformed {
    Malformed::because(Problem::Syntax)
}

fn hex_digit(nibble: u32) -> char {
    char::from_digit(nibble, 16).unwrap_or('0')
}
