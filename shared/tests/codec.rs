//! Our JSON codec against serde_json as the oracle, and against texts that nobody well-meaning sends.

use deskbell_shared::codec::{DEPTH_MAX, Json, Problem, Wire, parse, write_text};
use deskbell_shared::protocol::{AgentCommand, Command, DeskFrame, Frame};
use proptest::prelude::*;
use serde_json::Value;

/// What the oracle's value is in ours; `None` where ours refuses on purpose (fractions, numbers past 2⁵³).
fn ours(value: &Value, zero: bool) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        // The oracle takes a whole −0 for a fraction.
        Value::Number(number) if zero && number.as_f64() == Some(0.0) => Json::Int(0),
        Value::Number(number) => Json::Int(number.as_i64().filter(|n| n.unsigned_abs() <= 1 << 53)?),
        Value::String(text) => Json::Text(text.clone()),
        Value::Array(items) => Json::List(items.iter().map(|item| ours(item, zero)).collect::<Option<_>>()?),
        Value::Object(fields) => Json::Map(
            fields
                .iter()
                .map(|(key, value)| Some((key.clone(), ours(value, zero)?)))
                .collect::<Option<_>>()?,
        ),
    })
}

/// The same value whatever the order of its fields.
fn sorted(json: Json) -> Json {
    match json {
        Json::List(items) => Json::List(items.into_iter().map(sorted).collect()),
        Json::Map(fields) => {
            let mut fields: Vec<_> = fields.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Map(fields)
        }
        plain => plain,
    }
}

/// Texts with everything that has to be escaped, and what need not be.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[\\x00-\\x1f\"\\\\/a-z\u{7f}\u{80}é漢\u{2028}\u{ffff}🦀\u{10ffff}]{0,12}", any::<String>(),]
}

fn value() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1i64 << 53)..=1 << 53).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    plain.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::hash_map(text(), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A text near JSON: pieces of it in any order, so that every corner of the parser is reached.
fn near_json() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"a\":", "\\", "\\u", "\\ud83d", "\\ude00", "\\u00e9",
            "\\n", "null", "true", "false", "nul", "0", "-", "-0", "01", "9007199254740992", "9007199254740993",
            "1.5", "1e3", " ", "\n", "\t", "\u{0}", "\u{feff}", "\"frame\":", "\"beat\"", "\"command\":", "é", "🦀",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Whether serde_json reads a text with the same strictness as ours where the two differ by design: fractions and
/// exponents, numbers past 2⁵³, fields given twice (the oracle keeps the last), depth.
fn oracle(text: &str) -> Option<Json> {
    let value: Value = serde_json::from_str(text).ok()?;
    ours(&value, true)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_oracle_writes_is_read_the_same(value in value()) {
        let plain = serde_json::to_string(&value).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        for text in [plain, pretty] {
            prop_assert_eq!(parse(&text).ok().map(sorted), ours(&value, false).map(sorted), "{}", text);
        }
    }

    #[test]
    fn what_we_write_is_read_the_same_by_the_oracle(text in text()) {
        let mut written = String::new();
        write_text(&text, &mut written);
        prop_assert_eq!(serde_json::from_str::<String>(&written).ok(), Some(text.clone()));
        prop_assert_eq!(parse(&written), Ok(Json::Text(text)));
    }

    #[test]
    fn every_escape_of_every_character_is_read(text in text()) {
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        prop_assert_eq!(parse(&format!("\"{escaped}\"")), Ok(Json::Text(text)));
    }

    #[test]
    fn texts_near_json_are_read_as_the_oracle_reads_them(text in near_json()) {
        let read = parse(&text);
        match (read, oracle(&text)) {
            (Ok(read), expected) => prop_assert_eq!(Some(sorted(read)), expected.map(sorted), "{}", text),
            (Err(bad), Some(_)) => {
                let by_design = [Problem::Duplicate, Problem::TooDeep];
                let fraction = text.contains(['.', 'e', 'E']) && bad.problem == Problem::Syntax;
                prop_assert!(by_design.contains(&bad.problem) || fraction, "{:?} of {}", bad, text);
            }
            (Err(_), None) => {}
        }
    }

    #[test]
    fn no_text_panics_any_frame(text in prop_oneof![any::<String>(), near_json()]) {
        let _ = Command::from_text(&text);
        let _ = AgentCommand::from_text(&text);
        let _ = Frame::from_text(&text);
        let _ = DeskFrame::from_text(&text);
    }

    #[test]
    fn numbers_are_written_and_read(n in any::<i64>()) {
        let text = n.to_text();
        prop_assert_eq!(text.parse::<i64>().ok(), Some(n));
        let in_range = n.unsigned_abs() <= 1 << 53;
        prop_assert_eq!(i64::from_text(&text).ok(), in_range.then_some(n));
    }
}

fn problem(text: &str) -> Option<Problem> {
    parse(text).err().map(|bad| bad.problem)
}

#[test]
fn nesting_is_bounded_on_the_way_in() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(problem(&nested(DEPTH_MAX)), None);
    assert_eq!(problem(&nested(DEPTH_MAX + 1)), Some(Problem::TooDeep));
    // A text that only opens is refused long before it could use up the stack.
    assert_eq!(problem(&"[".repeat(1_000_000)), Some(Problem::TooDeep));
    assert_eq!(problem(&"{\"a\":".repeat(1_000_000)), Some(Problem::TooDeep));
}

#[test]
fn fields_given_twice_are_refused_however_they_are_spelled() {
    assert_eq!(problem(r#"{"a":1,"a":1}"#), Some(Problem::Duplicate));
    assert_eq!(problem(r#"{"a":1,"\u0061":2}"#), Some(Problem::Duplicate));
    assert_eq!(problem(r#"{"b":{"a":1},"a":1}"#), None);
}

#[test]
fn surrogates_come_in_pairs() {
    assert_eq!(parse(r#""\ud83e\udd80""#), Ok(Json::Text("🦀".into())));
    for lone in [r#""\ud83e""#, r#""\udd80""#, r#""\ud83e\ud83e""#, r#""\ud83ex""#, r#""\ud83e\n""#] {
        assert_eq!(problem(lone), Some(Problem::Syntax), "{lone}");
    }
}

#[test]
fn numbers_are_whole_and_exact() {
    for (text, expected) in
        [("0", 0), ("-0", 0), ("9007199254740992", 1 << 53), ("-9007199254740992", -(1 << 53))]
    {
        assert_eq!(parse(text), Ok(Json::Int(expected)), "{text}");
    }
    assert_eq!(problem("9007199254740993"), Some(Problem::OutOfRange));
    assert_eq!(problem(&"9".repeat(10_000)), Some(Problem::OutOfRange));
    for text in ["1.0", "1e3", "01", "-", "--1", "+1", "0x1", ".5", "1 2", "", " "] {
        assert_eq!(problem(text), Some(Problem::Syntax), "{text:?}");
    }
}

#[test]
fn wide_maps_are_bounded() {
    let wide = |fields: usize| {
        let fields: Vec<_> = (0..fields).map(|n| format!("\"{n}\":0")).collect();
        format!("{{{}}}", fields.join(","))
    };
    assert_eq!(problem(&wide(256)), None);
    assert_eq!(problem(&wide(257)), Some(Problem::UnknownField));
}
