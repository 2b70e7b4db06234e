#pragma once

// Names of databases and collections, as MongoDB allows them: 73 InvalidNamespace for others.

#include <string_view>

#include "base/result.h"

namespace octavo::mongodb {

Status check_database_name(std::string_view name);
Status check_collection_name(std::string_view database, std::string_view name);

}  // namespace octavo::mongodb
