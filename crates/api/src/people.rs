//! People: logins of the panel, their roles, and their part in accounts.

use chrono::{DateTime, Utc};
use nusantara_types::{EmailAddress, Network, RoleName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::ActionState;

/// A login of the panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Its name.
    pub username: String,
    /// Its role.
    pub role: String,
    /// Whom to write to.
    pub email: Option<String>,
    /// Its state.
    pub state: UserState,
    /// Whether the password alone does not log in: a code or a passkey is asked for besides.
    pub second_factor: bool,
    /// When the second factor goes because somebody who may asked for that; its owner keeps it by showing it before. Null when nobody did.
    #[serde(default)]
    pub second_factor_drops_at: Option<DateTime<Utc>>,
    /// The accounts it has a part in.
    pub accounts: Vec<UserAccount>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When somebody last logged in with it.
    pub last_login_at: Option<DateTime<Utc>>,
    /// What the caller may do with it.
    pub actions: UserActions,
}

/// State of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Lets in who knows its password.
    Active,
    /// Waits for its owner to choose a password.
    Invited,
    /// Lets nobody in.
    Disabled,
}

/// A login's part in an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserAccount {
    /// The account.
    pub account: String,
    /// Whether as an owner; else as a helper.
    pub owner: bool,
}

/// What the caller may do with a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserActions {
    /// Change its role, address and state.
    pub update: ActionState,
    /// Remove it.
    pub delete: ActionState,
    /// Make a link by which its password is set.
    pub link: ActionState,
    /// Have its view.
    pub view: ActionState,
    /// Have its second factor forgotten a day later, or take that back.
    pub drop_second_factor: ActionState,
}

/// `POST /api/v1/users`: a login whose owner chooses the password by the link in the answer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// Its name: 3 to 32 letters, digits, dots, hyphens and underscores.
    pub username: String,
    /// Its role; none that may do what the caller may not.
    #[schema(value_type = String, example = "user")]
    pub role: RoleName,
    /// Whom to write to.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub email: Option<EmailAddress>,
}

/// `PUT /api/v1/users/{username}`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    /// Its role; none that may do what the caller may not.
    #[schema(value_type = String, example = "operator")]
    pub role: RoleName,
    /// Whom to write to; null for nobody.
    #[schema(value_type = Option<String>)]
    pub email: Option<EmailAddress>,
    /// Whether it lets nobody in. Its sessions end and its tokens stop working.
    pub disabled: bool,
}

/// A login, with the link by which its owner chooses a password. The link is shown this once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct InvitedUser {
    /// The login.
    pub user: User,
    /// The link.
    pub link: PasswordLink,
}

/// A link by which a password is set. It works once, and is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PasswordLink {
    /// What comes after the panel's own address. The secret stands behind `#`, so that no log gets it.
    pub path: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// `GET /api/v1/roles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoleList {
    /// Built-in ones first.
    pub items: Vec<Role>,
    /// Every permission that a role may hold.
    pub permissions: Vec<String>,
    /// Those that a role which is about own accounts only may hold.
    pub own_permissions: Vec<String>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Whether it came with the panel and cannot be changed.
    pub built_in: bool,
    /// Whether it is about accounts that the login has a part in, and not about all.
    pub own_only: bool,
    /// What it allows, as `module:verb`.
    pub permissions: Vec<String>,
}

/// `PUT /api/v1/roles/{name}`: makes a role, or changes it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutRole {
    /// Whether it is about accounts that the login has a part in, and not about all.
    pub own_only: bool,
    /// What it allows, as `module:verb`; nothing that the caller may not.
    pub permissions: Vec<String>,
}

/// `GET /api/v1/accounts/{username}/members`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemberList {
    /// Owners first, then by name.
    pub items: Vec<Member>,
    /// What a helper may be allowed.
    pub permissions: Vec<String>,
    /// Whether the caller may let somebody in.
    pub invite: ActionState,
    /// Whether the caller may make somebody an owner.
    pub own: ActionState,
}

/// Somebody with a part in an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// Name of the login.
    pub username: String,
    /// Whether as an owner; else as a helper.
    pub owner: bool,
    /// What a helper may do; empty for an owner, who may do what the role allows.
    pub permissions: Vec<String>,
    /// Whether the login waits for its owner to choose a password, or lets nobody in.
    pub waiting: bool,
    /// When they were let in.
    pub created_at: DateTime<Utc>,
    /// Change or take back their part.
    pub update: ActionState,
}

/// `POST /api/v1/accounts/{username}/members`: lets somebody in. A login that is not there yet is made, and its owner chooses a
/// password by the link in the answer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMember {
    /// Name of the login: 3 to 32 letters, digits, dots, hyphens and underscores.
    pub username: String,
    /// Whether as an owner, which only an admin may make.
    #[serde(default)]
    pub owner: bool,
    /// What a helper may do.
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// `PUT /api/v1/accounts/{username}/members/{name}`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMember {
    /// Whether as an owner, which only an admin may make.
    pub owner: bool,
    /// What a helper may do.
    pub permissions: Vec<String>,
}

/// Somebody who was let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AddedMember {
    /// Name of the login.
    pub username: String,
    /// The link by which a new login's owner chooses a password; null for a login that was there.
    pub link: Option<PasswordLink>,
}

/// `GET /api/v1/access`, and the answer to its change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Access {
    /// Addresses and networks that reach the panel; all when empty.
    pub networks: Vec<String>,
    /// The address that the caller comes from.
    pub your_address: String,
}

/// `PUT /api/v1/access`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutAccess {
    /// Addresses and networks that reach the panel; all when empty. The caller's own has to be among them.
    #[schema(value_type = Vec<String>, max_items = 64)]
    pub networks: Vec<Network>,
}

/// `POST /api/v1/rescue/{username}`, for root at the host's prompt: lets the owner of a login back in.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rescue {
    /// Make a link by which the password is set, end all sessions, and switch the login on again.
    pub password: bool,
    /// Ask for no second factor any more, from the same time tomorrow on: forget the app, the recovery codes and the passkeys. Until then
    /// whoever has it sees that it goes, and keeps it by showing it.
    pub second_factor: bool,
    /// With `second_factor`: without that day.
    pub at_once: bool,
    /// Forget failed logins, so that nobody has to wait.
    pub unlock: bool,
    /// Give it the role `admin`.
    pub admin: bool,
}

/// What came of a rescue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rescued {
    /// Name of the login.
    pub username: String,
    /// The link, where one was asked for.
    pub link: Option<PasswordLink>,
    /// When its second factor goes, unless somebody shows it before; null when that was not asked for, or done at once.
    #[serde(default)]
    pub second_factor_drops_at: Option<DateTime<Utc>>,
}
