//! Which language somebody gets, and which form of a text a number asks for, by the scripts as they stand, run in node:
//! the loader, the widget and the desk decide it each for themselves, and have to decide the same.

use std::fs;
use std::path::Path;
use std::process::Command;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// The declaration of a script that begins so, up to the line that ends with `end`.
fn declared(path: &str, begin: &str, end: &str) -> String {
    let script = read(path);
    let rest = script.split_once(begin).unwrap_or_else(|| panic!("{path} has no `{begin}`")).1;
    [begin, rest.split_once(end).unwrap_or_else(|| panic!("`{begin}` of {path} has no end")).0, end].concat()
}

/// What the script gives out, line by line.
fn run(script: &str) -> Vec<String> {
    let ran = Command::new("node").args(["-e", script]).output();
    let ran = ran.expect("running node, which these tests need (on Debian: apt-get install nodejs)");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// `docs/embedding.md` has the rule.
const WISHES: [(&str, &str); 20] = [
    ("en", "en"),
    ("EN-gb", "en"),
    ("ar", "ar"),
    ("ar-EG", "ar"),
    ("AR-sa", "ar"),
    ("zh", "zh-Hans"),
    ("zh-CN", "zh-Hans"),
    ("zh-SG", "zh-Hans"),
    ("zh-Hans-HK", "zh-Hans"),
    ("zh-hant", "zh-Hant"),
    ("zh-Hant-CN", "zh-Hant"),
    ("zh-TW", "zh-Hant"),
    ("zh-HK", "zh-Hant"),
    ("zh-MO", "zh-Hant"),
    ("de", ""),
    ("arc", ""),
    ("enm", ""),
    ("zha", ""),
    ("en_US", ""),
    ("", ""),
];

#[test]
fn everybody_gets_the_same_language() {
    let wishes: Vec<_> = WISHES.iter().map(|(tag, _)| format!("{tag:?}")).collect();
    let wishes = wishes.join(",");
    let ours = |path: &str| {
        let ours = declared(path, "const ours = ", ";\n");
        run(&format!("{ours}for (const tag of [{wishes}]) console.log(ours(tag) || '')"))
    };
    let wanted: Vec<_> = WISHES.iter().map(|(_, language)| *language).collect();
    assert_eq!(ours("static/boot.js"), wanted);
    // Arabic is for visitors: the desk takes the next wish.
    let on_the_desk: Vec<_> = wanted.iter().map(|it| if *it == "ar" { "" } else { it }).collect();
    assert_eq!(ours("../agent-app/static/boot.js"), on_the_desk);

    // The loader says a tag to the chat, and has the label of its language.
    let speak = declared("loader/loader.js", "const speak = ", "\n  };");
    let loader = run(&format!(
        "const [root, navigator, said, button] = [{{ lang: '' }}, {{ languages: ['fr'] }}, {{}}, {{}}];
         const labels = ['en', 'ar', 'zh-Hans', 'zh-Hant'];
         {speak}
         {}
         for (const tag of [{wishes}]) {{
           speak(tag);
           console.log(said.language + ' ' + ours(said.language) + ' ' + button.ariaLabel);
         }}",
        declared("static/boot.js", "const ours = ", ";\n")
    ));
    let wanted: Vec<_> = WISHES
        .iter()
        .map(|(tag, language)| match *language {
            "" => "en en en".to_owned(),
            language => format!("{tag} {language} {language}"),
        })
        .collect();
    assert_eq!(loader, wanted);
}

/// What the widget says in Arabic with these texts, numbers as `region` writes them.
fn says(texts: &str, region: &str, calls: &str) -> Vec<String> {
    let say = declared("static/boot.js", "const say = ", ";\n");
    run(&format!(
        "const texts = {texts};
         const [numbers, forms] = [new Intl.NumberFormat({region:?}), new Intl.PluralRules({region:?})];
         {say}
         for (const [key, value] of {calls}) console.log(say(key, value))"
    ))
}

#[test]
fn each_form_for_numbers_is_found() {
    let texts = r#"{"x":"other {n}","x.zero":"zero","x.one":"one","x.two":"two","x.few":"few {n}","x.many":"many {n}"}"#;
    let calls = "[0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 111, '1–2', '3–5', '10–12'].map((n) => ['x', n])";
    let said = says(texts, "ar-AE-u-nu-latn", calls);
    let wanted = "zero|one|two|few 3|few 10|many 11|many 99|other 100|other 102|few 103|many 111|two|few 3–5|many 10–12";
    assert_eq!(said.join("|"), wanted);
    // Where a language has no form for so many, the usual text serves.
    let said = says(r#"{"x":"{n} of 5"}"#, "en", "[['x', 0], ['x', 1], ['x', 1234]]");
    assert_eq!(said, ["0 of 5", "1 of 5", "1,234 of 5"]);
}

#[test]
fn arabic_counts_as_people_do() {
    let texts = read("locales/ar.json");
    let calls =
        "[0, 1, 2, 3, 11, 100].flatMap((n) => [['unread', n], ['wait_within', n], ['wait_within_hours', n]])";
    assert_eq!(
        says(&texts, "ar-AE-u-nu-latn", calls),
        [
            ["، لا رسائل جديدة", "عادةً خلال لحظات", "عادةً خلال لحظات"],
            ["، رسالة جديدة واحدة", "عادةً خلال دقيقة", "عادةً خلال ساعة"],
            ["، رسالتان جديدتان", "عادةً خلال دقيقتين", "عادةً خلال ساعتين"],
            ["، 3 رسائل جديدة", "عادةً خلال 3 دقائق", "عادةً خلال 3 ساعات"],
            ["، 11 رسالة جديدة", "عادةً خلال 11 دقيقة", "عادةً خلال 11 ساعة"],
            ["، 100 رسالة جديدة", "عادةً خلال 100 دقيقة", "عادةً خلال 100 ساعة"],
        ]
        .concat()
    );
    // A span is counted by its end, and says it: two minutes are one word, "one to two" is none.
    let calls = "[['wait_minutes', '1–2'], ['wait_minutes', '3–5'], ['wait_hours', '9–12'], ['rate_of', 4], ['file_large']]";
    assert_eq!(
        says(&texts, "ar-EG-u-nu-arab", calls),
        [
            "عادةً ١–٢ دقيقة",
            "عادةً ٣–٥ دقائق",
            "عادةً ٩–١٢ ساعة",
            "٤ من ٥",
            "لم يُرسل: حجمه أكبر من ٢٠ ميغابايت."
        ]
    );
    // A name is no number, and keeps its direction and its digits to itself.
    let said = says(&texts, "ar-EG-u-nu-arab", "[['joined', 'Agent 3']]");
    assert_eq!(said, ["محادثتك الآن مع \u{2068}Agent 3\u{2069}"]);
}
