#pragma once

// What is told of users. MongoDB keeps them by database; here a name is one user, who is shown as
// one of that database whose roles are the only ones that it has, else of admin.

#include <string>

#include "base/result.h"
#include "catalog/model.h"
#include "protocol/mongodb/command/reply.h"

namespace octavo::mongodb {

class CommandCall;

// The database whose user it is shown as.
std::string home_of(const catalog::CatalogState& definitions, const catalog::User& user);

Result<Reply> run_users_info(CommandCall& call);

}  // namespace octavo::mongodb
