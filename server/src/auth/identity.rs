//! What the server of a site has signed about its visitor: a JSON Web Token (RFC 7519) under HMAC-SHA256, `HS256` and
//! nothing else (S10, S11).
//!
//! The algorithm is ours and not the token's: the header has to name it, and chooses nothing. Every claim is read by
//! our own strict codec, so that one of a wrong type is a refusal and never a claim that is absent. Read by hand, over
//! ring's HMAC: `jsonwebtoken` would leave us the HMAC and the times (it asks the machine for the time, we have a
//! clock) and bring RSA, or a second library of cryptography.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_shared::codec::{Json, parse};
use deskbell_shared::model::{AttributeView, IdentityView, UnixMillis};
use ring::hmac;

/// A whole token.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// `sub`, in bytes; OpenID Connect has the same bound.
pub const SUB_BYTES_MAX: usize = 255;
/// A token may not be good for longer than this.
pub const LIFETIME_MAX: Duration = Duration::from_secs(3600);
/// How far the clocks of two servers may be apart.
pub const SKEW_MAX: Duration = Duration::from_secs(60);
/// `attributes` of one visitor.
pub const ATTRIBUTES_MAX: usize = 20;

/// Why a token does not say who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No token: three parts of base64url without padding, the first two JSON objects without fractions.
    Form,
    /// `alg` is not `HS256`, or the header asks for something that is not understood.
    Algorithm,
    /// Not signed with a secret of this site.
    Signature,
    /// `aud` is not the key of this site.
    Audience,
    /// `exp` has passed.
    Expired,
    /// `exp` is missing, or more than an hour away.
    Lifetime,
    /// `nbf` or `iat` is in the future.
    NotYet,
    /// `sub` is missing, empty or too long.
    Subject,
    /// `name`, `email` or `attributes` is not what it has to be.
    Claims,
}

impl Wrong {
    /// For whoever writes the site's server.
    pub fn words(self) -> &'static str {
        match self {
            Wrong::Form => {
                "this is no signed identity: three parts of base64url, with whole numbers for times"
            }
            Wrong::Algorithm => "the identity has to be signed with HS256",
            Wrong::Signature => "the identity is not signed with a secret of this site",
            Wrong::Audience => "`aud` has to be the key of this site",
            Wrong::Expired => "the identity has expired",
            Wrong::Lifetime => "`exp` is needed, in seconds since 1970 and at most an hour from now",
            Wrong::NotYet => "`nbf` or `iat` is in the future: look at the server's clock",
            Wrong::Subject => "`sub` is needed: what the site calls this person by, at most 255 bytes",
            Wrong::Claims => {
                "`name` and `email` are texts, `attributes` an object of at most 20 texts and numbers"
            }
        }
    }
}

/// Reads a token that was made for this audience, and says with which of the keys it is signed. What people may have
/// chosen themselves (names, attributes) is as it came.
pub fn verified(
    token: &str,
    keys: &[String],
    audience: &str,
    now: UnixMillis,
) -> Result<(usize, IdentityView), Wrong> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Wrong::Form);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Wrong::Form)?;
    let (header, claims) = signed.split_once('.').ok_or(Wrong::Form)?;
    let header = object(header)?;
    let is_ours = text_of(&header, "alg") == Some("HS256")
        && claim(&header, "typ")
            .is_none_or(|typ| matches!(typ, Json::Text(typ) if typ.eq_ignore_ascii_case("jwt")))
        && claim(&header, "crit").is_none();
    if !is_ours {
        return Err(Wrong::Algorithm);
    }
    let signature = decoded(signature)?;
    let signs = |key: &String| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
    };
    let key = keys.iter().position(signs).ok_or(Wrong::Signature)?;
    // Nothing is believed before this line.
    let claims = object(claims)?;
    let is_for_us = match claim(&claims, "aud") {
        Some(Json::Text(one)) => one == audience,
        Some(Json::List(several)) => several.iter().any(|one| *one == Json::Text(audience.to_owned())),
        _ => false,
    };
    if !is_for_us {
        return Err(Wrong::Audience);
    }
    in_time(&claims, now)?;
    Ok((key, about(&claims)?))
}

/// Times are seconds since 1970.
fn in_time(claims: &Json, now: UnixMillis) -> Result<(), Wrong> {
    let (now, skew) = (now.0.div_euclid(1000), SKEW_MAX.as_secs() as i64);
    let seconds = |name, wrong| match claim(claims, name) {
        None => Ok(None),
        Some(Json::Int(at)) => Ok(Some(*at)),
        Some(_) => Err(wrong),
    };
    let exp = seconds("exp", Wrong::Lifetime)?.ok_or(Wrong::Lifetime)?;
    if exp <= now - skew {
        return Err(Wrong::Expired);
    }
    if exp > now + LIFETIME_MAX.as_secs() as i64 + skew {
        return Err(Wrong::Lifetime);
    }
    for name in ["nbf", "iat"] {
        if seconds(name, Wrong::NotYet)?.is_some_and(|at| at > now + skew) {
            return Err(Wrong::NotYet);
        }
    }
    Ok(())
}

fn about(claims: &Json) -> Result<IdentityView, Wrong> {
    let sub = text_of(claims, "sub").ok_or(Wrong::Subject)?;
    if sub.trim().is_empty() || sub.len() > SUB_BYTES_MAX || sub.chars().any(char::is_control) {
        return Err(Wrong::Subject);
    }
    let attributes = match claim(claims, "attributes") {
        None => Vec::new(),
        Some(Json::Map(given)) if given.len() <= ATTRIBUTES_MAX => {
            given.iter().map(attribute).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(Wrong::Claims),
    };
    Ok(IdentityView {
        sub: sub.to_owned(),
        name: optional(claims, "name")?,
        email: optional(claims, "email")?,
        attributes,
    })
}

fn attribute((name, value): &(String, Json)) -> Result<AttributeView, Wrong> {
    let value = match value {
        Json::Text(text) => text.clone(),
        Json::Int(number) => number.to_string(),
        Json::Bool(is_so) => is_so.to_string(),
        _ => return Err(Wrong::Claims),
    };
    Ok(AttributeView { name: name.clone(), value })
}

fn optional(claims: &Json, name: &str) -> Result<Option<String>, Wrong> {
    match claim(claims, name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Wrong::Claims),
    }
}

fn object(part: &str) -> Result<Json, Wrong> {
    let bytes = decoded(part)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Wrong::Form)?;
    match parse(text) {
        Ok(object @ Json::Map(_)) => Ok(object),
        _ => Err(Wrong::Form),
    }
}

fn decoded(part: &str) -> Result<Vec<u8>, Wrong> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Wrong::Form)
}

fn claim<'a>(object: &'a Json, name: &str) -> Option<&'a Json> {
    let Json::Map(fields) = object else { return None };
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

fn text_of<'a>(object: &'a Json, name: &str) -> Option<&'a str> {
    match claim(object, name) {
        Some(Json::Text(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_500);
    const SECOND: i64 = 1_800_000_000;
    const SITE: &str = "sitesitesitesitesitesi";
    const KEY: &str = "one-secret-of-forty-three-characters-or-so-";

    fn part(text: &str) -> String {
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Under this header and key.
    fn signed_as(header: &str, claims: &str, key: &str) -> String {
        let signed = format!("{}.{}", part(header), part(claims));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn signed(claims: &str) -> String {
        signed_as(r#"{"alg":"HS256","typ":"JWT"}"#, claims, KEY)
    }

    fn claims(more: &str) -> String {
        format!(r#"{{"sub":"ann","aud":"{SITE}","exp":{}{more}}}"#, SECOND + 600)
    }

    fn read(token: &str) -> Result<(usize, IdentityView), Wrong> {
        verified(token, &[KEY.to_owned()], SITE, NOW)
    }

    fn wrong(token: &str) -> Wrong {
        read(token).expect_err("should be refused")
    }

    #[test]
    fn what_the_site_says_is_read() {
        let more = r#","name":"Ann","email":"ann@example.com","attributes":{"plan":"gold","seats":3,"beta":true},"jti":"x""#;
        let (_, who) = read(&signed(&claims(more))).unwrap();
        assert_eq!((who.sub.as_str(), who.name.as_deref()), ("ann", Some("Ann")));
        assert_eq!(who.email.as_deref(), Some("ann@example.com"));
        let said: Vec<_> = who.attributes.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
        assert_eq!(said, [("plan", "gold"), ("seats", "3"), ("beta", "true")]);
        assert_eq!(wrong(&signed(&claims(r#","name":7"#))), Wrong::Claims);
        assert_eq!(wrong(&signed(&claims(r#","attributes":{"a":[1]}"#))), Wrong::Claims);
        let many: Vec<_> = (0..=ATTRIBUTES_MAX).map(|n| format!("\"a{n}\":1")).collect();
        assert_eq!(
            wrong(&signed(&claims(&format!(",\"attributes\":{{{}}}", many.join(","))))),
            Wrong::Claims
        );
    }

    /// S10: the header chooses nothing.
    #[test]
    fn only_one_algorithm_is_there() {
        let unsigned = |header: &str| format!("{}.{}.", part(header), part(&claims("")));
        for alg in ["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "ES256", "hs256"] {
            let header = format!(r#"{{"alg":"{alg}"}}"#);
            assert_eq!(wrong(&unsigned(&header)), Wrong::Algorithm, "{alg}");
            assert_eq!(wrong(&signed_as(&header, &claims(""), KEY)), Wrong::Algorithm, "{alg}");
        }
        for header in ["{}", r#"{"alg":null}"#, r#"{"alg":["HS256"]}"#] {
            assert_eq!(wrong(&signed_as(header, &claims(""), KEY)), Wrong::Algorithm, "{header}");
        }
        let twice = r#"{"alg":"none","alg":"HS256"}"#;
        assert_eq!(wrong(&signed_as(twice, &claims(""), KEY)), Wrong::Form);
        for more in [r#""crit":["b64"],"b64":false"#, r#""typ":"dpop+jwt""#] {
            let header = format!(r#"{{"alg":"HS256",{more}}}"#);
            assert_eq!(wrong(&signed_as(&header, &claims(""), KEY)), Wrong::Algorithm, "{more}");
        }
        // HS256 itself without a signature, and with one of nothing.
        assert_eq!(wrong(&unsigned(r#"{"alg":"HS256"}"#)), Wrong::Signature);
        assert_eq!(wrong(&signed_as(r#"{"alg":"HS256"}"#, &claims(""), "")), Wrong::Signature);
    }

    #[test]
    fn nobody_else_signs_and_nothing_is_changed_afterwards() {
        assert_eq!(wrong(&signed_as(r#"{"alg":"HS256"}"#, &claims(""), "another")), Wrong::Signature);
        // What is public is no secret.
        assert_eq!(wrong(&signed_as(r#"{"alg":"HS256"}"#, &claims(""), SITE)), Wrong::Signature);
        let token = signed(&claims(""));
        let (before, signature) = token.rsplit_once('.').unwrap();
        let header = before.split_once('.').unwrap().0;
        let other = part(&claims("").replace("ann", "bob"));
        assert_eq!(wrong(&format!("{header}.{other}.{signature}")), Wrong::Signature);
        let mut bent = URL_SAFE_NO_PAD.decode(signature).unwrap();
        for at in 0..bent.len() {
            bent[at] ^= 1;
            let bent_token = format!("{before}.{}", URL_SAFE_NO_PAD.encode(&bent));
            assert_eq!(wrong(&bent_token), Wrong::Signature, "{at}");
            bent[at] ^= 1;
        }
        assert_eq!(verified(&token, &[], SITE, NOW).unwrap_err(), Wrong::Signature);
    }

    #[test]
    fn each_of_the_two_secrets_will_do_and_one_that_was_dropped_will_not() {
        let keys = ["old".to_owned(), "new".to_owned()];
        for (at, key) in keys.iter().enumerate() {
            let token = signed_as(r#"{"alg":"HS256"}"#, &claims(""), key);
            assert_eq!(verified(&token, &keys, SITE, NOW).unwrap().0, at);
            assert_eq!(verified(&token, &keys[1 - at..2 - at], SITE, NOW).unwrap_err(), Wrong::Signature);
        }
    }

    #[test]
    fn it_is_for_this_site() {
        let aud = |aud: &str| signed(&claims("").replace(&format!("\"{SITE}\""), aud));
        for wrong_one in ["\"other\"", "\"\"", "null", "7", "[]", "[\"other\"]", "[[\"x\"]]", "{}"] {
            assert_eq!(wrong(&aud(wrong_one)), Wrong::Audience, "{wrong_one}");
        }
        assert_eq!(wrong(&signed(&format!(r#"{{"sub":"ann","exp":{}}}"#, SECOND + 60))), Wrong::Audience);
        assert!(read(&aud(&format!("[\"other\",\"{SITE}\"]"))).is_ok());
    }

    #[test]
    fn it_expires_and_not_later_than_in_an_hour() {
        let exp = |exp: &str| signed(&claims("").replace(&(SECOND + 600).to_string(), exp));
        let at = |seconds: i64| exp(&(SECOND + seconds).to_string());
        assert!(read(&at(1)).is_ok());
        assert!(read(&at(3600)).is_ok());
        // Two clocks may be a minute apart.
        assert!(read(&at(-59)).is_ok());
        assert_eq!(wrong(&at(-60)), Wrong::Expired);
        assert_eq!(wrong(&exp("0")), Wrong::Expired);
        assert_eq!(wrong(&exp("-1")), Wrong::Expired);
        assert!(read(&at(3660)).is_ok());
        assert_eq!(wrong(&at(3661)), Wrong::Lifetime);
        // Milliseconds are a date in fifty thousand years.
        assert_eq!(wrong(&exp(&NOW.0.to_string())), Wrong::Lifetime);
        for no_time in ["null", "\"1800000600\"", "true", "[1800000600]"] {
            assert_eq!(wrong(&exp(no_time)), Wrong::Lifetime, "{no_time}");
        }
        assert_eq!(wrong(&exp("1800000600.5")), Wrong::Form);
        assert_eq!(wrong(&signed(&format!(r#"{{"sub":"ann","aud":"{SITE}"}}"#))), Wrong::Lifetime);
    }

    #[test]
    fn it_is_good_from_now_on() {
        for name in ["nbf", "iat"] {
            let at = |seconds: i64| signed(&claims(&format!(",\"{name}\":{}", SECOND + seconds)));
            assert!(read(&at(0)).is_ok());
            assert!(read(&at(60)).is_ok());
            assert_eq!(wrong(&at(61)), Wrong::NotYet, "{name}");
            let text = signed(&claims(&format!(",\"{name}\":\"{SECOND}\"")));
            assert_eq!(wrong(&text), Wrong::NotYet, "{name} of the wrong type is not absent");
        }
    }

    #[test]
    fn it_is_about_somebody() {
        let sub = |sub: &str| signed(&claims("").replace("\"ann\"", sub));
        for nobody in ["\"\"", "\" \"", "null", "7", "[\"ann\"]", "\"a\\u0000b\""] {
            assert_eq!(wrong(&sub(nobody)), Wrong::Subject, "{nobody}");
        }
        assert_eq!(wrong(&sub(&format!("\"{}\"", "a".repeat(SUB_BYTES_MAX + 1)))), Wrong::Subject);
        assert_eq!(wrong(&signed(&format!(r#"{{"aud":"{SITE}","exp":{}}}"#, SECOND + 60))), Wrong::Subject);
    }

    #[test]
    fn nonsense_is_no_token() {
        let long = "a".repeat(1_000_000);
        for nonsense in ["", ".", "..", "...", "a.b.c", "e30.e30", &long, "e30=.e30.", "é.é.é"] {
            assert!(matches!(wrong(nonsense), Wrong::Form | Wrong::Algorithm), "{nonsense:.20}");
        }
        assert_eq!(wrong(&signed_as("[]", &claims(""), KEY)), Wrong::Form);
        assert_eq!(wrong(&signed("[]")), Wrong::Form);
        assert_eq!(wrong(&signed(&claims(r#","sub":"bob""#))), Wrong::Form, "a claim given twice");
    }
}
