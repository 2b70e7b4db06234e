#pragma once

// Credentials of SCRAM-SHA-1 beside those of a user, for clients of MongoDB that have no other.
// They cannot be made from the ones that all protocols use, so that they exist for passwords that
// were set over that protocol, where the password itself is at hand. They are kept as an option of
// the database that is always there, and hold only while the user has the very credentials that
// they were made with: a password that is set elsewhere ends them.

#include <optional>
#include <string_view>

#include "catalog/change.h"
#include "catalog/model.h"

namespace octavo::catalog {

constexpr std::uint32_t kSha1Iterations = 10'000;

// Of a password as MongoDB's clients give it to SCRAM-SHA-1: the MD5 of "user:mongo:password" in
// hexadecimal digits (SASL specification of its drivers). With a fresh random salt.
Credentials make_sha1_credentials(std::string_view user, std::string_view password);
// Of somebody who has none: as credentials look that were made up (scram.h).
Credentials made_up_sha1_credentials(const Credentials& made_up);

// nullopt: the user has none, or none any more.
std::optional<Credentials> sha1_credentials(const CatalogState& state, std::string_view user);

// Beside the change that gives the user these credentials; unset: it has none of SHA-1. What was
// kept of others that holds no more goes. nullopt: nothing changes.
std::optional<Change> put_sha1_credentials(const CatalogState& state, const User& user,
                                           const std::optional<Credentials>& sha1);

// Whether a change of a database is one of these and nothing else: who may change users may make
// it.
bool changes_sha1_credentials(const DatabaseDefinition& before, const DatabaseDefinition& after);

}  // namespace octavo::catalog
