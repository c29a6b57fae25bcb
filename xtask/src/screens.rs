//! `cargo xtask screens`: pictures of what people see, into `target/screens`, for looking at before calling a
//! screen done.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::app::App;
use crate::browser::{Browser, Screen};
use crate::demo::Demo;
use crate::scenes::SCENES;
use crate::{build_command, tools, workspace};

const USAGE: &str = "cargo xtask screens [--language TAG] [--scenes PREFIX] \
                     [--page URL --out NAME.png [--size WxH] [--dark]]";

/// Reads the arguments and takes the pictures.
pub fn run(args: &[String]) -> Result<()> {
    let mut page = None;
    let mut out = None;
    let (mut language, mut scenes) = ("en".to_owned(), String::new());
    let mut screen = Screen { width: 1440, height: 900, dark: false, phone: false };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value; usage: {USAGE}"));
        match arg.as_str() {
            "--page" => page = Some(value()?.clone()),
            "--out" => out = Some(value()?.clone()),
            "--size" => (screen.width, screen.height) = size(value()?)?,
            "--dark" => screen.dark = true,
            "--language" => language = value()?.clone(),
            "--scenes" => scenes = value()?.clone(),
            other => bail!("screens does not know `{other}`; usage: {USAGE}"),
        }
    }
    tools::ensure_browser()?;
    if language.starts_with("zh") {
        tools::ensure_han_fonts()?;
    }
    match (page, out) {
        (Some(page), Some(out)) => one_page(&page, &out, screen, &language),
        (None, None) => every_scene(&language, &scenes),
        _ => bail!("usage: {USAGE}"),
    }
}

/// The screens that every scene is shown on.
const SCREENS: [(&str, u32, u32); 3] = [("phone", 390, 844), ("laptop", 1440, 900), ("wide", 1920, 1080)];

/// Takes every scene on every screen, light and dark. A scene that cannot be reached is named at the end, and the
/// others are taken all the same. Those whose name does not begin with `prefix` are gone through without a picture.
fn every_scene(language: &str, prefix: &str) -> Result<()> {
    for (index, app) in App::ALL.into_iter().enumerate() {
        build_command::build(app, index + 1, App::ALL.len())?;
    }
    let demo = Demo::start()?;
    let mut missed = Vec::new();
    for (name, width, height) in SCREENS {
        for (theme, dark) in [("light", false), ("dark", true)] {
            // A browser of its own: nobody is signed in, nothing is remembered.
            let browser = Browser::start(language)?;
            browser.put_on(Screen { width, height, dark, phone: width < PHONE_WIDTH_MAX })?;
            for scene in SCENES {
                let file = format!("{}-{name}-{theme}-{language}.png", scene.name);
                let is_wanted = scene.name.starts_with(prefix);
                let taken = (scene.lead)(&browser, &demo)
                    .and_then(|()| if is_wanted { browser.screenshot(&folder().join(&file)) } else { Ok(()) })
                    .or_else(|error| browser.enter_frame(None).and(Err(error)));
                match taken {
                    Ok(()) if !is_wanted => {}
                    Ok(()) => println!("{}", folder().join(&file).display()),
                    Err(error) => missed.push(format!("{file}: {error:#}")),
                }
            }
        }
    }
    if !missed.is_empty() {
        bail!("some pictures could not be taken:\n{}", missed.join("\n"));
    }
    Ok(())
}

fn one_page(url: &str, out: &str, mut screen: Screen, language: &str) -> Result<()> {
    screen.phone = screen.width < PHONE_WIDTH_MAX;
    let path = folder().join(out);
    let browser = Browser::start(language)?;
    browser.put_on(screen)?;
    browser.open(url)?;
    browser.screenshot(&path)?;
    println!("{}", path.display());
    Ok(())
}

/// Narrower screens are taken for phones.
const PHONE_WIDTH_MAX: u32 = 600;

fn folder() -> PathBuf {
    workspace::target().join("screens")
}

fn size(text: &str) -> Result<(u32, u32)> {
    let parsed = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    parsed.with_context(|| format!("`{text}` is no size; say 390x844"))
}
