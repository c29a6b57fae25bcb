use super::{Block, Kind, Piece, blocks};

/// A text as it is shown, written so that a test can be read: `<b>`, `<i>`, `<c>`, `<a>`; blocks apart by `|`.
fn seen(text: &str) -> String {
    blocks(text).iter().map(block).collect::<Vec<_>>().join("|")
}

fn block(block: &Block<'_>) -> String {
    match block {
        Block::Lines(pieces) => line(pieces),
        Block::Code(code) => format!("<code>{code}</code>"),
        Block::List { first, items } => {
            let name = first.map_or("ul".to_owned(), |first| format!("ol {first}"));
            let items: String = items.iter().map(|item| format!("<li>{}", line(item))).collect();
            format!("<{name}>{items}")
        }
    }
}

fn line(pieces: &[Piece<'_>]) -> String {
    let one = |piece: &Piece<'_>| {
        let mut out = piece.text.to_owned();
        let tags = [
            (piece.kind == Kind::Code, 'c'),
            (piece.kind == Kind::Link, 'a'),
            (piece.kind == Kind::Number, 'n'),
            (piece.is_stressed, 'i'),
            (piece.is_strong, 'b'),
        ];
        for (_, tag) in tags.into_iter().filter(|(is, _)| *is) {
            out = format!("<{tag}>{out}</{tag}>");
        }
        out
    };
    pieces.iter().map(one).collect()
}

#[test]
fn telephone_numbers_stay_together() {
    are_seen(&[
        ("هاتفي: +47 22 12 34 56.", "هاتفي: <n>+47 22 12 34 56</n>."),
        ("+47 (0) 22-12-34-56", "<n>+47 (0) 22-12-34-56</n>"),
        (
            "Call 0800 123 45 67, or *+4722123456*!",
            "Call <n>0800 123 45 67</n>, or <b><n>+4722123456</n></b>!",
        ),
        ("+4722123456 +4799887766", "<n>+4722123456</n> <n>+4799887766</n>"),
        ("(+47 22 12 34 56)", "(<n>+47 22 12 34 56</n>)"),
        // Sums, times, codes, prices and parts of something else are words.
        ("+5 or 0.25, 1+1234567, A0123456789", "+5 or 0.25, 1+1234567, A0123456789"),
        ("0123456789 12:30, 0123456x, +47 22 12 (34 56", "0123456789 12:30, 0123456x, +47 22 12 (34 56"),
        ("2026 1234567", "2026 1234567"),
        ("+", "+"),
    ]);
    let long = "+".repeat(10_000);
    assert_eq!(seen(&long), long);
}

/// Texts beside what is seen of them.
fn are_seen(pairs: &[(&str, &str)]) {
    for (text, wanted) in pairs {
        assert_eq!(seen(text), *wanted, "{text:?}");
    }
}

fn is_as_written(texts: &[&str]) {
    for text in texts {
        assert_eq!(seen(text), *text);
    }
}

#[test]
fn marks_are_those_of_other_chats() {
    are_seen(&[
        ("a *b* c", "a <b>b</b> c"),
        ("a **b c** d", "a <b>b c</b> d"),
        ("_a_, b", "<i>a</i>, b"),
        ("(*a*) \"_b_\"", "(<b>a</b>) \"<i>b</i>\""),
        ("run `ls *.txt _x_` now", "run <c>ls *.txt _x_</c> now"),
        ("*a `b` c*", "<b>a </b><b><c>b</c></b><b> c</b>"),
        ("**_a_** _*b*_", "<b><i>a</i></b> <b><i>b</i></b>"),
        ("*a _b* c_", "<b>a </b><b><i>b</i></b><i> c</i>"),
        ("*a*\n_b_\nc", "<b>a</b>\n<i>b</i>\nc"),
        ("*two ** stars*", "<b>two ** stars</b>"),
        ("* a *b* c", "* a <b>b</b> c"),
        ("_snake_case_", "<i>snake_case</i>"),
    ]);
}

#[test]
fn scripts_without_spaces_need_none() {
    are_seen(&[
        ("请按*红色*按钮", "请按<b>红色</b>按钮"),
        ("請看**這裡**，_不是_那裡。", "請看<b>這裡</b>，<i>不是</i>那裡。"),
        ("输入`ls`再按回车", "输入<c>ls</c>再按回车"),
        ("*重要*：请看https://a.example/路", "<b>重要</b>：请看<a>https://a.example/</a>路"),
        ("**굵게**는", "<b>굵게</b>는"),
        ("“*a*”", "“<b>a</b>”"),
    ]);
}

#[test]
fn what_only_looks_like_marks_is_as_written() {
    is_as_written(&[
        "",
        "\n",
        "*",
        "**",
        "_",
        "`",
        "``",
        "```",
        "snake_case_words",
        "2*3*4",
        "2 * 3 * 4",
        "file_names.txt and more_names.txt",
        "*.rs and *.txt",
        "src/**/a.rs and src/**/b/**/c",
        "__init__ and ***a***",
        "5* or 4*",
        "*a\nb*",
        "_a\nb_",
        "`a\nb`",
        "*_* ^_^ -_- *__*",
        "a *b and _c and `d",
        "a* b*",
        "it`s five o`clock",
        "` ` and `` ``",
        "```\n \n```",
        "café*s*",
        "x = *p + *q",
        "/_a_/ #_b_#",
        "слово_слово_",
        "~a~ ~~b~~ # c\n> d",
        "[a](b)",
        "<b>a</b>",
    ]);
    are_seen(&[
        ("https://a.example/_x_/a_b*c*", "<a>https://a.example/_x_/a_b*c</a>*"),
        ("*https://a.example/b_c*", "<b><a>https://a.example/b_c</a></b>"),
        ("`https://a.example`", "<c>https://a.example</c>"),
    ]);
}

#[test]
fn code_may_have_lines_of_its_own() {
    are_seen(&[
        ("a\n```\nfn b() {\n  *c*\n}\n```\nd", "a|<code>fn b() {\n  *c*\n}</code>|d"),
        ("a ```b``` c", "a |<code>b</code>| c"),
        ("```\n\n- a\n- b\n\n```", "<code>\n- a\n- b\n</code>"),
        ("```a```\n```b```", "<code>a</code>|<code>b</code>"),
        ("```a``` ```b", "<code>a</code>| ```b"),
        ("```` ``` a ```", "```` |<code> a </code>"),
        ("```https://a.example```", "<code>https://a.example</code>"),
    ]);
}

#[test]
fn lists_have_two_items_and_keep_their_numbers() {
    are_seen(&[
        ("- a\n- *b*", "<ul><li>a<li><b>b</b>"),
        ("Buy:\n- a\n- b\nThanks", "Buy:|<ul><li>a<li>b|Thanks"),
        ("1. a\n2. b\n3. c", "<ol 1><li>a<li>b<li>c"),
        ("9. a\n10. b", "<ol 9><li>a<li>b"),
        ("- a\n- b\n1. c\n2. d", "<ul><li>a<li>b|<ol 1><li>c<li>d"),
        ("1. a\n2. b\n1. c\n2. d", "<ol 1><li>a<li>b|<ol 1><li>c<li>d"),
        ("- a\n- b\n\nc", "<ul><li>a<li>b|\nc"),
        ("1. 一\n2. 二", "<ol 1><li>一<li>二"),
    ]);
    is_as_written(&[
        "- a",
        "- 5 degrees\nand rising",
        "1. a",
        "1. a\n1. b",
        "1. a\n3. b",
        "01. a\n02. b",
        "2025. a\n2026. b",
        "-a\n-b",
        "- \n- ",
        "* a\n* b",
        "1.5 a\n2.5 b",
        "1. a\n\n2. b",
    ]);
}

#[test]
fn addresses_become_links() {
    are_seen(&[
        ("see https://a.example/x?y=1#z.", "see <a>https://a.example/x?y=1#z</a>."),
        ("(http://a.example/b_(c))", "(<a>http://a.example/b_(c)</a>)"),
        ("http://a.example/b))", "<a>http://a.example/b</a>))"),
        ("MAILTO:me@a.example", "<a>MAILTO:me@a.example</a>"),
        ("请看https://a.example/路。", "请看<a>https://a.example/</a>路。"),
        ("http://[::1]:80/ http://a_b.example:8", "<a>http://[::1]:80/</a> <a>http://a_b.example:8</a>"),
        ("请拨tel:+47-22(33)44。 (tel:112.)", "请拨<a>tel:+47-22(33)44</a>。 (<a>tel:112</a>.)"),
        (
            "https://a.example/@me and https://a.example/?m=a@b",
            "<a>https://a.example/@me</a> and <a>https://a.example/?m=a@b</a>",
        ),
        ("https://a.example：https://b.example，", "<a>https://a.example</a>：<a>https://b.example</a>，"),
        ("https://a.example🙂", "<a>https://a.example</a>🙂"),
    ]);
}

#[test]
fn nothing_else_does() {
    is_as_written(&[
        "javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "https://",
        "https:///",
        "xhttp://a.example",
        "ftp://a.example",
        "vbscript:x",
        "\u{202e}https",
        "<img src=x onerror=alert(1)>",
        "tel:",
        "tel:12",
        "tel:javascript:112",
        "hotel:1234",
        "blob:https//a.example",
    ]);
}

/// What is read is where it leads, or it is no link.
#[test]
fn an_address_that_would_deceive_is_text() {
    is_as_written(&[
        // A name before the host, and a host that is written in escapes.
        "https://bank.example@evil.example/",
        "https://bank.example:pw@evil.example",
        "https://%65vil.example/",
        // What cannot be seen, or turns the direction around, in the middle.
        "https://bank.ex\u{200b}ample.evil",
        "https://evil.example/\u{202e}gpj.exe",
        "https://bank.example\u{2060}.evil",
        "https://bank.example\u{ad}s",
        "https://bank.example\u{fe0f}",
        "https://bank.example\u{0}.evil",
        // Letters and dots that only look like ASCII.
        "https://b\u{430}nk.example",
        "https://www.\u{440}ay.example",
        "https://bank\u{ff0e}example",
        "https://bank.example\u{2024}evil",
        "https://bank.example\u{2044}login",
        "https://bank.example/caf\u{e9}",
        "https://\u{ff42}ank.example",
        "mailto:me@bank\u{301}.example",
    ]);
    // The way in which the network writes it cannot deceive, and is what is read.
    are_seen(&[
        ("https://xn--pple-43d.example", "<a>https://xn--pple-43d.example</a>"),
        // In front of it: the apps isolate what an address stands in (`dir` of the link).
        ("\u{202e}https://a.example/ gpj", "\u{202e}<a>https://a.example/</a> gpj"),
    ]);
}

/// Numbers without end from a seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// What is shown, in order: parts of the text and nothing else. What lies between is judged.
fn judged(text: &str) -> usize {
    let mut from = 0;
    let mut found = 0;
    let mut shown = |part: &str, is_begun: Option<Option<u32>>| {
        assert!(!part.is_empty() || is_begun.is_some(), "an empty piece of {text:?}");
        let at = part.as_ptr() as usize - text.as_ptr() as usize;
        assert!(at >= from && text[at..].starts_with(part), "{part:?} is out of order in {text:?}");
        let mut left_out = text[from..at].trim_start_matches(['*', '_', '`', '\n']);
        if let Some(number) = is_begun {
            let mark = number.map_or("- ".to_owned(), |number| format!("{number}. "));
            left_out = left_out.strip_prefix(&mark).unwrap_or_else(|| panic!("{left_out:?} of {text:?}"));
        }
        let left_out = left_out.trim_matches(['*', '_', '`', '\n']);
        assert_eq!(left_out, "", "it is lost of {text:?}");
        found += usize::from(from < at);
        from = at + part.len();
    };
    for block in blocks(text) {
        match block {
            Block::Lines(pieces) => pieces.iter().for_each(|piece| shown(piece.text, None)),
            Block::Code(code) => shown(code, None),
            Block::List { first, items } => {
                for (number, item) in items.iter().enumerate() {
                    let number = first.map(|first| first + number as u32);
                    for (nth, piece) in item.iter().enumerate() {
                        shown(piece.text, (nth == 0).then_some(number));
                    }
                }
            }
        }
    }
    let rest = text[from..].trim_matches(['*', '_', '`', '\n']);
    assert_eq!(rest, "", "it is lost at the end of {text:?}");
    found
}

#[test]
fn nothing_is_lost() {
    const WORDS: [&str; 24] = [
        "*",
        "*",
        "**",
        "_",
        "_",
        "`",
        "`",
        "```",
        "\n",
        "\n- ",
        "\n1. ",
        "\n2. ",
        "- ",
        "a",
        "b",
        " ",
        "漢",
        "é",
        "/",
        ".",
        "(",
        ")",
        "https://a.example",
        "\u{202e}",
    ];
    let mut found = 0;
    for seed in 1..=20_000_u64 {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ seed);
        let text: String = (0..dice.below(24)).map(|_| WORDS[dice.below(WORDS.len())]).collect();
        found += judged(&text);
    }
    assert!(found > 10_000, "the texts have too few marks to show anything: {found}");
}

/// Gone through once: with a second look at each byte from each other byte this would not end today.
#[test]
fn long_texts_are_no_harder() {
    for unit in [
        "*",
        "_",
        "`",
        "*a ",
        "_a* ",
        "*a _b* c_ ",
        "`a ",
        "```",
        "``` ",
        "- a\n",
        "1. a\n",
        "1. a\n2. a\n",
        "(",
        ")",
        "a",
        "\n",
        "http://",
        "http://a)",
        "http://@",
        "mailto:",
        "tel:1",
        "*_",
        "_* ",
        "漢*",
        "``",
        "- \n",
    ] {
        let text = unit.repeat(200_000 / unit.len());
        judged(&text);
        judged(&format!("http://a{text}"));
        judged(&format!("*_`{text}"));
    }
}
