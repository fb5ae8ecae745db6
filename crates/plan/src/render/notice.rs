//! The pages that answer in place of an account's sites.

/// File name and content of every notice.
pub const PAGES: [(&str, &str); 1] = [("nusantara-suspended.html", include_str!("../../templates/nusantara-suspended.html"))];

#[cfg(test)]
mod tests {
    use super::PAGES;
    use crate::serving::Serving;

    #[test]
    fn every_notice_has_its_page() {
        let file = Serving::Suspended.notice().unwrap().file;
        let (_, page) = PAGES.iter().find(|(name, _)| *name == file).unwrap();
        assert!(page.contains("Situs ini sedang ditangguhkan") && page.contains("This site is suspended"));
        assert!(!page.contains("http"), "it asks nobody for anything");
    }
}
