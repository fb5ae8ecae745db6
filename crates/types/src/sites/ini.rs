//! PHP settings: a closed list, each with its own kind of value.

use super::TimeZone;
use crate::parse::Invalid;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A setting that may be changed. Named as PHP names it (php.net, "List of php.ini directives").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PhpSetting {
    /// MiB a request may use.
    #[serde(rename = "memory_limit")]
    MemoryLimit,
    /// Seconds of CPU a request may take.
    #[serde(rename = "max_execution_time")]
    MaxExecutionTime,
    /// Seconds that reading a request may take.
    #[serde(rename = "max_input_time")]
    MaxInputTime,
    /// Fields of a form.
    #[serde(rename = "max_input_vars")]
    MaxInputVars,
    /// Files of one upload.
    #[serde(rename = "max_file_uploads")]
    MaxFileUploads,
    /// Seconds after which an unused session may be thrown away.
    #[serde(rename = "session.gc_maxlifetime")]
    SessionLifetime,
    /// Whether errors are shown to visitors.
    #[serde(rename = "display_errors")]
    DisplayErrors,
    /// Whether `<?` begins PHP.
    #[serde(rename = "short_open_tag")]
    ShortOpenTag,
    /// Whether PHP may open URLs like files.
    #[serde(rename = "allow_url_fopen")]
    AllowUrlFopen,
    /// Whether answers are compressed by PHP.
    #[serde(rename = "zlib.output_compression")]
    OutputCompression,
    /// The time zone.
    #[serde(rename = "date.timezone")]
    TimeZone,
}

/// What a setting is set to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum IniValue {
    /// On or off.
    Switch(bool),
    /// A whole number in the setting's unit.
    Number(u32),
    /// A time zone.
    Zone(TimeZone),
}

impl PhpSetting {
    /// Every setting, in order.
    pub const ALL: [Self; 11] = [
        Self::MemoryLimit,
        Self::MaxExecutionTime,
        Self::MaxInputTime,
        Self::MaxInputVars,
        Self::MaxFileUploads,
        Self::SessionLifetime,
        Self::DisplayErrors,
        Self::ShortOpenTag,
        Self::AllowUrlFopen,
        Self::OutputCompression,
        Self::TimeZone,
    ];

    /// PHP's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MemoryLimit => "memory_limit",
            Self::MaxExecutionTime => "max_execution_time",
            Self::MaxInputTime => "max_input_time",
            Self::MaxInputVars => "max_input_vars",
            Self::MaxFileUploads => "max_file_uploads",
            Self::SessionLifetime => "session.gc_maxlifetime",
            Self::DisplayErrors => "display_errors",
            Self::ShortOpenTag => "short_open_tag",
            Self::AllowUrlFopen => "allow_url_fopen",
            Self::OutputCompression => "zlib.output_compression",
            Self::TimeZone => "date.timezone",
        }
    }

    /// The numbers it takes, or none for another kind of value.
    #[must_use]
    pub const fn range(self) -> Option<(u32, u32)> {
        match self {
            Self::MemoryLimit => Some((16, 65_536)),
            Self::MaxExecutionTime | Self::MaxInputTime => Some((1, 3_600)),
            Self::MaxInputVars => Some((100, 100_000)),
            Self::MaxFileUploads => Some((1, 1_000)),
            Self::SessionLifetime => Some((60, 31_536_000)),
            Self::DisplayErrors | Self::ShortOpenTag | Self::AllowUrlFopen | Self::OutputCompression | Self::TimeZone => None,
        }
    }

    fn takes(self, value: &IniValue) -> bool {
        match (self, value) {
            (Self::TimeZone, IniValue::Zone(_)) => true,
            (Self::TimeZone, _) | (_, IniValue::Zone(_)) => false,
            (_, IniValue::Number(n)) => self.range().is_some_and(|(least, most)| (least..=most).contains(n)),
            (_, IniValue::Switch(_)) => self.range().is_none(),
        }
    }
}

/// Settings with their values.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(into = "BTreeMap<PhpSetting, IniValue>")]
pub struct PhpIni(BTreeMap<PhpSetting, IniValue>);

impl<'de> Deserialize<'de> for PhpIni {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Settings)
    }
}

/// Reads one setting after the other, so that a refusal stands at the setting it is about.
struct Settings;

impl<'de> Visitor<'de> for Settings {
    type Value = PhpIni;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PHP settings by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PhpIni, A::Error> {
        let mut settings = BTreeMap::new();
        // By its text and not as a member: whoever follows where a refusal stands can only see keys that are texts.
        while let Some(name) = map.next_key::<String>()? {
            let known = PhpSetting::ALL.into_iter().find(|setting| setting.name() == name);
            let setting = known.ok_or_else(|| Error::custom(format_args!("unknown field `{name}`, there is no such setting here")))?;
            if settings.insert(setting, map.next_value_seed(setting)?).is_some() {
                return Err(Error::duplicate_field(setting.name()));
            }
        }
        Ok(PhpIni(settings))
    }
}

/// A setting reads its own value.
impl<'de> DeserializeSeed<'de> for PhpSetting {
    type Value = IniValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<IniValue, D::Error> {
        let refused = || Error::custom(Invalid::new(self.name(), self.allowed()));
        let value = IniValue::deserialize(deserializer).map_err(|_: D::Error| refused())?;
        if self.takes(&value) { Ok(value) } else { Err(refused()) }
    }
}

impl PhpIni {
    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = (PhpSetting, &IniValue)> {
        self.0.iter().map(|(setting, value)| (*setting, value))
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number a setting is set to.
    #[must_use]
    pub fn number(&self, setting: PhpSetting) -> Option<u32> {
        match self.0.get(&setting) {
            Some(IniValue::Number(n)) => Some(*n),
            _ => None,
        }
    }

    /// These settings over others.
    #[must_use]
    pub fn over(&self, others: &Self) -> Self {
        let mut all = others.0.clone();
        all.extend(self.0.clone());
        Self(all)
    }
}

impl TryFrom<BTreeMap<PhpSetting, IniValue>> for PhpIni {
    type Error = Invalid;
    fn try_from(settings: BTreeMap<PhpSetting, IniValue>) -> Result<Self, Invalid> {
        match settings.iter().find(|(setting, value)| !setting.takes(value)) {
            None => Ok(Self(settings)),
            Some((setting, _)) => Err(Invalid::new(setting.name(), setting.allowed())),
        }
    }
}

impl From<PhpIni> for BTreeMap<PhpSetting, IniValue> {
    fn from(ini: PhpIni) -> Self {
        ini.0
    }
}

impl PhpSetting {
    const fn allowed(self) -> &'static str {
        match self {
            Self::MemoryLimit => "give 16 to 65536 MiB",
            Self::MaxExecutionTime | Self::MaxInputTime => "give 1 to 3600 seconds",
            Self::MaxInputVars => "give 100 to 100000",
            Self::MaxFileUploads => "give 1 to 1000",
            Self::SessionLifetime => "give 60 to 31536000 seconds",
            Self::DisplayErrors | Self::ShortOpenTag | Self::AllowUrlFopen | Self::OutputCompression => "give true or false",
            Self::TimeZone => "give a time zone such as Asia/Jakarta",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PhpIni, String> {
        serde_json::from_str(text).map_err(|e: serde_json::Error| e.to_string())
    }

    #[test]
    fn only_listed_settings_with_values_of_their_kind() {
        let ini = parse(r#"{"memory_limit":256,"display_errors":false,"date.timezone":"Asia/Jakarta"}"#).unwrap();
        assert_eq!(ini.number(PhpSetting::MemoryLimit), Some(256));
        assert_eq!(ini.iter().count(), 3);
        for bad in [
            r#"{"memory_limit":8}"#,
            r#"{"memory_limit":"256M"}"#,
            r#"{"memory_limit":true}"#,
            r#"{"display_errors":1}"#,
            r#"{"date.timezone":"a;b"}"#,
            r#"{"open_basedir":"/"}"#,
            r#"{"extension":"x.so"}"#,
            r#"{"disable_functions":true}"#,
            r#"{"memory_limit":64,"memory_limit":128}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_setting_is_listed_once_under_its_name() {
        for setting in PhpSetting::ALL {
            assert_eq!(serde_json::to_value(setting).unwrap(), setting.name());
        }
        assert!(PhpSetting::ALL.is_sorted_by(|a, b| a < b));
        assert_eq!(PhpSetting::ALL.last(), Some(&PhpSetting::TimeZone));
        let refused = parse("{\"memory_limit\":64,\n\"max_input_vars\":5}").unwrap_err();
        assert_eq!(refused, "max_input_vars is not valid: give 100 to 100000 at line 2 column 19");
    }

    #[test]
    fn a_site_goes_over_its_account() {
        let account = parse(r#"{"memory_limit":128,"max_input_vars":500}"#).unwrap();
        let site = parse(r#"{"memory_limit":256}"#).unwrap();
        assert_eq!(site.over(&account), parse(r#"{"memory_limit":256,"max_input_vars":500}"#).unwrap());
    }
}
