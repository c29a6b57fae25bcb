//! Who a visitor is: a number derived from the secret in their browser and the site they are on, so that the same
//! browser on two sites is two visitors (S54), and nothing has to be stored before the first message.

use deskbell_shared::model::{SiteId, VisitorId};
use sha2::{Digest, Sha256};

use super::secret::Secret;

/// The visitor of a token on a site.
pub fn visitor_id(site: SiteId, token: &Secret) -> VisitorId {
    let mut digest = Sha256::new();
    digest.update(b"deskbell visitor");
    digest.update(site.to_bytes());
    digest.update(token.expose().as_bytes());
    let digest: [u8; 32] = digest.finalize().into();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    VisitorId::from_bytes(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_browser_on_two_sites_is_two_visitors() {
        let (a, b) = (Secret::fresh(), Secret::fresh());
        assert_eq!(visitor_id(SiteId(1), &a), visitor_id(SiteId(1), &a));
        assert_ne!(visitor_id(SiteId(1), &a), visitor_id(SiteId(2), &a));
        assert_ne!(visitor_id(SiteId(1), &a), visitor_id(SiteId(1), &b));
    }
}
