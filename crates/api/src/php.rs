//! PHP of an account: what its sites start from.

use nusantara_types::PhpVersion;
use nusantara_types::sites::{self as spec, PhpSetting};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, Object, ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// How the settings of `nusantara_types` look in the document: a closed list, each with its own range.
pub(crate) struct PhpIni;

impl ToSchema for PhpIni {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("PhpIni")
    }
}

impl PartialSchema for PhpIni {
    fn schema() -> RefOr<Schema> {
        let whole = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("PHP settings by PHP's own names; sizes in MiB, times in seconds. What is absent is at PHP's default."))
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        PhpSetting::ALL.into_iter().fold(whole, |whole, setting| whole.property(setting.name(), value_of(setting))).into()
    }
}

fn value_of(setting: PhpSetting) -> Object {
    match (setting, setting.range()) {
        (_, Some((least, most))) => ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(most)).build(),
        (PhpSetting::TimeZone, None) => ObjectBuilder::new().schema_type(Type::String).build(),
        (_, None) => ObjectBuilder::new().schema_type(Type::Boolean).build(),
    }
}

/// `GET /api/v1/accounts/{username}/php`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AccountPhp {
    /// The branch of sites that name none.
    pub version: String,
    /// Settings of all sites, which each site may override.
    #[schema(value_type = PhpIni)]
    pub ini: spec::PhpIni,
    /// Branches that the host has, ascending.
    pub installed: Vec<String>,
}

/// `PUT /api/v1/accounts/{username}/php`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePhp {
    /// The branch of sites that name none.
    #[schema(value_type = String, example = "8.2")]
    pub version: PhpVersion,
    /// All settings as they shall be.
    #[schema(value_type = PhpIni)]
    pub ini: spec::PhpIni,
}
