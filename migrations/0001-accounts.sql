-- Accounts. The API's role reads its own user only (see 0005); signing in goes through definer functions,
-- because before it nobody is signed in whose rows could be shown.

create table app_user (
  id uuid primary key,
  email text not null,
  username text not null,
  password_hash text not null,
  active boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  constraint app_user_email_length check (length(email) between 3 and 254),
  constraint app_user_username_length check (length(username) between 3 and 40),
  constraint app_user_password_hash_form check (password_hash like 'h1$$2b$%')
);
create unique index app_user_email_key on app_user (lower(email));
create unique index app_user_username_key on app_user (lower(username));

-- One row per signed-in client. Its opaque token renews access tokens; only the token's hash is kept.
create table session (
  id uuid primary key,
  user_id uuid not null references app_user,
  token_hash bytea not null unique,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  constraint session_token_hash_length check (octet_length(token_hash) = 32),
  constraint session_expires_after_creation check (expires_at > created_at)
);
create index session_user_id_idx on session (user_id);
