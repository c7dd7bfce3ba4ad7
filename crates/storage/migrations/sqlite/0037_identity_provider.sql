-- Sign-in by an identity provider (OpenID Connect).

-- Identities that are linked with accounts: one opens one account.
create table identities (
    id integer primary key,
    account_id integer not null references accounts (id) on delete cascade,
    issuer text not null,
    -- The provider's name of the person, which stays; an e-mail address may change hands.
    subject text not null,
    -- E-mail address that the provider told, so that a person recognises the identity.
    email text,
    linked_at text not null,
    unique (issuer, subject)
) strict;
create index identities_by_account on identities (account_id);

-- Visits of people at the provider, from the redirect to the return, which may reach another server.
create table provider_visits (
    -- Of the state that the provider gives back.
    digest blob primary key,
    -- Of the cookie of the browser in which it began.
    browser blob not null,
    -- Its end and its secrets, sealed under the secret key.
    sealed blob not null,
    until_at text not null
) strict;
create index provider_visits_by_end on provider_visits (until_at);

-- True if the provider asked for a second step: the account then needs none of its own for this sign-in.
alter table sign_ins add column second_step_elsewhere integer not null default 0;
-- The provider's token of the sign-in, sealed, with which the person is signed out there as well.
alter table sign_ins add column id_token blob;
