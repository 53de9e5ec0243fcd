//! Operators: who there are, and what admins change about them.

use archive::{Account, AccountRefusal, AccountResult, Archive, Role};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::address::{Id, NoParameters};
use crate::blocking::blocking;
use crate::body::Body;
use crate::operator::{Admin, Operator, Viewer};
use crate::problem::Problem;

/// An operator.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UserBody {
    pub(crate) name: String,
    /// `viewer`, `editor` or `admin`.
    pub(crate) role: &'static str,
    /// RFC 3339, UTC.
    pub(crate) added_at: String,
    /// Whether the operator can sign in to the site.
    pub(crate) has_password: bool,
    /// When the operator's token was made.
    pub(crate) token_since: Option<String>,
    /// Until when signing in is refused after many wrong passwords.
    pub(crate) locked_until: Option<String>,
    /// When the operator last signed in.
    pub(crate) signed_in_at: Option<String>,
}

/// The roles, as the API names them.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes `Role`, which knows nothing of the API")]
enum RoleName {
    Viewer,
    Editor,
    Admin,
}

/// What an operator is or is to be. What is left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserAsked {
    /// `viewer` (default), `editor` or `admin`.
    #[serde(default)]
    #[schema(value_type = Option<RoleName>, inline)]
    role: Option<Role>,
    /// A password of 12 characters and more.
    #[serde(default)]
    #[schema(min_length = 12)]
    password: Option<String>,
}

/// A token, which is shown here and never again.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TokenBody {
    pub(crate) token: String,
}

/// All operators, by name.
#[utoipa::path(get, path = "/api/v1/users", tag = "operators",
    responses((status = 200, body = Vec<UserBody>), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn users(
    _: Admin,
    State(app): State<App>,
    NoParameters: NoParameters,
) -> Result<Json<Vec<UserBody>>, Problem> {
    Ok(Json(all(&app).await?))
}

pub(crate) async fn all(app: &App) -> Result<Vec<UserBody>, Problem> {
    let archive = app.archive.clone();
    let accounts = blocking(move || archive.accounts()).await?;
    Ok(accounts.into_iter().map(UserBody::from).collect())
}

/// Adds an operator, or changes role and password of one; sessions of the operator end.
#[utoipa::path(put, path = "/api/v1/users/{name}", tag = "operators", request_body = UserAsked,
    params(("name" = String, Path, description = "as it is typed to sign in")),
    responses((status = 200, body = UserBody, description = "changed"),
        (status = 201, body = UserBody, description = "added"), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 415, body = Problem),
        (status = 422, body = Problem)))]
pub(crate) async fn put(
    Admin(operator): Admin,
    State(app): State<App>,
    Id(name): Id,
    NoParameters: NoParameters,
    Body(asked): Body<UserAsked>,
) -> Result<(StatusCode, Json<UserBody>), Problem> {
    let known = all(&app).await?.into_iter().any(|user| user.name == name);
    let archive = operator.archive(&app);
    if known {
        change(archive, name.clone(), asked.role, asked.password).await?;
    } else {
        add(archive, name.clone(), asked.role.unwrap_or_default(), asked.password).await?;
    }
    let changed = all(&app).await?.into_iter().find(|user| user.name == name.trim());
    let changed = changed.ok_or_else(|| Problem::not_found("another admin removed it"))?;
    Ok((if known { StatusCode::OK } else { StatusCode::CREATED }, Json(changed)))
}

/// Adds an operator in an admin's hands.
pub(crate) async fn add(
    archive: Archive,
    name: String,
    role: Role,
    password: Option<String>,
) -> Result<(), Problem> {
    done(move || archive.add_account(&name, role, password.as_deref(), Timestamp::now())).await
}

/// Changes an operator in an admin's hands.
pub(crate) async fn change(
    archive: Archive,
    name: String,
    role: Option<Role>,
    password: Option<String>,
) -> Result<(), Problem> {
    // Nothing is changed by halves.
    if let Some(password) = &password {
        let checked = archive.check_password(&name, password);
        checked.map_err(|weak| Problem::bad_request(weak.to_string()))?;
    }
    if let Some(role) = role {
        let (archive, name) = (archive.clone(), name.clone());
        done(move || archive.set_role(&name, role, Timestamp::now())).await?;
    }
    match password {
        Some(password) => {
            done(move || archive.set_password(&name, &password, Timestamp::now())).await
        }
        None => Ok(()),
    }
}

/// Removes an operator, with password, token and sessions.
#[utoipa::path(delete, path = "/api/v1/users/{name}", tag = "operators",
    params(("name" = String, Path, description = "as it is typed to sign in")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
pub(crate) async fn remove(
    Admin(operator): Admin,
    State(app): State<App>,
    Id(name): Id,
    NoParameters: NoParameters,
) -> Result<StatusCode, Problem> {
    dismiss(operator.archive(&app), name).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn dismiss(archive: Archive, name: String) -> Result<(), Problem> {
    done(move || archive.remove_account(&name, Timestamp::now())).await
}

/// Makes a token for an operator, in place of an older one. Everybody may make their own, an admin
/// anybody's.
#[utoipa::path(post, path = "/api/v1/users/{name}/token", tag = "operators",
    params(("name" = String, Path, description = "whose")),
    responses((status = 201, body = TokenBody), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(crate) async fn make_token(
    Viewer(operator): Viewer,
    State(app): State<App>,
    Id(name): Id,
    NoParameters: NoParameters,
) -> Result<(StatusCode, Json<TokenBody>), Problem> {
    Ok((StatusCode::CREATED, Json(new_token(&app, &operator, name).await?)))
}

/// Makes a token where the operator may.
pub(crate) async fn new_token(
    app: &App,
    operator: &Operator,
    name: String,
) -> Result<TokenBody, Problem> {
    own_or_admin(operator, &name)?;
    let archive = operator.archive(app);
    let token = done(move || archive.make_token(&name, Timestamp::now())).await?;
    Ok(TokenBody { token })
}

/// Ends an operator's token.
#[utoipa::path(delete, path = "/api/v1/users/{name}/token", tag = "operators",
    params(("name" = String, Path, description = "whose")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn remove_token(
    Viewer(operator): Viewer,
    State(app): State<App>,
    Id(name): Id,
    NoParameters: NoParameters,
) -> Result<StatusCode, Problem> {
    end_token(&app, &operator, name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a token where the operator may.
pub(crate) async fn end_token(app: &App, operator: &Operator, name: String) -> Result<(), Problem> {
    own_or_admin(operator, &name)?;
    let missing = Problem::not_found(format!("`{name}` has no token"));
    let archive = operator.archive(app);
    match blocking(move || archive.remove_token(&name, Timestamp::now())).await? {
        true => Ok(()),
        false => Err(missing),
    }
}

fn own_or_admin(operator: &Operator, name: &str) -> Result<(), Problem> {
    if operator.name == name || operator.role == Role::Admin {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "only an admin may do this for others"))
}

/// Runs a change of operators; a refusal is the asker's to hear.
async fn done<T: Send + 'static>(
    work: impl FnOnce() -> AccountResult<T> + Send + 'static,
) -> Result<T, Problem> {
    blocking(work).await?.map_err(|refusal| {
        let status = match refusal {
            AccountRefusal::Unknown(_) => StatusCode::NOT_FOUND,
            AccountRefusal::Taken(_) | AccountRefusal::LastAdmin(_) => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        };
        Problem::new(status, refusal.to_string())
    })
}

impl From<Account> for UserBody {
    fn from(account: Account) -> Self {
        let Account { name, role, added_at, has_password, token_since, .. } = account;
        let role = role.as_str();
        let (locked_until, signed_in_at) = (account.locked_until, account.signed_in_at);
        Self { name, role, added_at, has_password, token_since, locked_until, signed_in_at }
    }
}
