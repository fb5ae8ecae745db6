//! The pages that answer in place of an account's sites.

/// File name and content of every notice.
pub const PAGES: [(&str, &str); 3] = [
    ("nusantara-suspended.html", include_str!("../../templates/nusantara-suspended.html")),
    ("nusantara-paused.html", include_str!("../../templates/nusantara-paused.html")),
    ("nusantara-moving.html", include_str!("../../templates/nusantara-moving.html")),
];

#[cfg(test)]
mod tests {
    use super::PAGES;
    use crate::serving::Serving;

    #[test]
    fn every_notice_has_its_page() {
        for (serving, indonesian, english) in [
            (Serving::Suspended, "Situs ini sedang ditangguhkan", "This site is suspended"),
            (Serving::OverTraffic, "Situs ini sedang beristirahat", "This site is taking a break"),
            (Serving::Moving, "Situs ini segera kembali", "This site is back in a moment"),
        ] {
            let file = serving.notice().unwrap().file;
            let (_, page) = PAGES.iter().find(|(name, _)| *name == file).unwrap();
            assert!(page.contains(indonesian) && page.contains(english));
            assert!(!page.contains("http"), "it asks nobody for anything");
        }
    }
}
